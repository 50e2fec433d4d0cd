-- What is due is taken door by door, so that none waits for another's.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (entry_point, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_hurried ON outbox (entry_point, due_at) WHERE due_at IS NOT NULL AND expires_at IS NOT NULL;

-- A door that could not be pulled is left alone for a while, and the longer the more often.
ALTER TABLE pulls ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pulls ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
