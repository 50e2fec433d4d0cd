-- What is known of the tries of an intent, so that a start does not have to doubt all of them.
ALTER TABLE outbox ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN held_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
