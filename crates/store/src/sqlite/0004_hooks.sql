-- Conversations whose customer may not have seen the newest words; only where a webhook asks for it.
CREATE TABLE away (
  conversation BLOB PRIMARY KEY,
  brand        BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  since        INTEGER NOT NULL,
  due_at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX away_due ON away (due_at);

-- Events for brands' webhooks: pending while `due_at` stands, then done (1) or given up (2).
CREATE TABLE hook_calls (
  no         INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  brand      BLOB NOT NULL,
  webhook    BLOB NOT NULL,
  event      TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  first_at   INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  state      INTEGER NOT NULL DEFAULT 0,
  due_at     INTEGER,
  tries      TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX hook_calls_due ON hook_calls (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX hook_calls_of ON hook_calls (brand, no);
CREATE INDEX hook_calls_at ON hook_calls (created_at);
