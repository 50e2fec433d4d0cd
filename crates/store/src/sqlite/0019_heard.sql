-- What was heard of the platform behind a connection, for the test of its set-up: one row each, whole.
CREATE TABLE heard (
  connection       BLOB PRIMARY KEY,
  brand            BLOB NOT NULL,
  verified_at      INTEGER,
  first_call_at    INTEGER,
  last_call_at     INTEGER,
  first_message_at INTEGER,
  refused_at       INTEGER,
  refused_why      TEXT
) WITHOUT ROWID;
