-- Most ids that clients make begin with the time, so this way round a batch of messages meets in a few
-- pages at the end of the index, not in as many pages as it has senders.
DROP INDEX messages_key;
CREATE UNIQUE INDEX messages_key ON messages (client_key, scope);

-- With the explanation in the row, a table that is its own index would put each on a page of its own;
-- appended in the order of their making, several share one.
CREATE TABLE assignments_appended (
  id          INTEGER PRIMARY KEY,
  session     BLOB NOT NULL,
  fence       INTEGER NOT NULL,
  brand       BLOB NOT NULL,
  agent       BLOB NOT NULL,
  offered     INTEGER NOT NULL,
  opened_at   INTEGER NOT NULL,
  accepted_at INTEGER,
  closed_at   INTEGER,
  reason      TEXT,
  explanation TEXT
);
INSERT INTO assignments_appended (session, fence, brand, agent, offered, opened_at, accepted_at, closed_at, reason, explanation)
  SELECT session, fence, brand, agent, offered, opened_at, accepted_at, closed_at, reason, explanation
  FROM assignments ORDER BY opened_at;
DROP TABLE assignments;
ALTER TABLE assignments_appended RENAME TO assignments;
CREATE UNIQUE INDEX assignments_fence ON assignments (session, fence);
-- At most one active assignment, offers included, per session. Loads are counted along it, once, at the start.
CREATE UNIQUE INDEX assignments_active ON assignments (session) WHERE closed_at IS NULL;
