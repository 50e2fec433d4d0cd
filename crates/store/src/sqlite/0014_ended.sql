-- Nothing reads along it.
DROP INDEX sessions_ended;
