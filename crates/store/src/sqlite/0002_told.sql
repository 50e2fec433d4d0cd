-- What platforms told by callbacks and is not a message: acted on while `due_at` stands, and looked at
-- by administrators afterwards. The platform's own key makes a repetition one row.
CREATE TABLE told (
  no         INTEGER PRIMARY KEY,
  brand      BLOB NOT NULL,
  connection BLOB NOT NULL,
  event      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  body       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  due_at     INTEGER
);
CREATE UNIQUE INDEX told_event ON told (connection, event);
CREATE INDEX told_due ON told (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX told_at ON told (at);

-- Files that lie at a platform and are not here yet; written with their message, gone when they are.
CREATE TABLE fetches (
  conversation BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  brand        BLOB NOT NULL,
  entry_point  BLOB NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  due_at       INTEGER NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE INDEX fetches_due ON fetches (due_at);

-- When a platform was last asked who this is.
ALTER TABLE identities ADD COLUMN profiled_at INTEGER;
