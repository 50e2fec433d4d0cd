-- A conversation put off by its agent.
ALTER TABLE conversations ADD COLUMN snooze TEXT;

-- Notes that name an agent who has not looked yet.
CREATE TABLE mentions (
  agent        BLOB NOT NULL,
  conversation BLOB NOT NULL,
  no           INTEGER NOT NULL,
  brand        BLOB NOT NULL,
  PRIMARY KEY (agent, conversation, no)
) WITHOUT ROWID;
