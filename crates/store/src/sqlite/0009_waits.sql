-- The queues of a wait in their order, 24 bytes each: the team and since when (little-endian).
ALTER TABLE sessions ADD COLUMN stops BLOB;
-- The customer left the queue and asked to be answered later.
ALTER TABLE sessions ADD COLUMN left_at INTEGER;
