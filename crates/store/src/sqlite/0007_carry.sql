-- One-time codes that carry a visitor over to a platform; a visitor's newest one lives.
CREATE TABLE carry_codes (
  code_hash    BLOB PRIMARY KEY,
  brand        BLOB NOT NULL,
  identity     BLOB NOT NULL UNIQUE,
  customer     BLOB NOT NULL,
  conversation BLOB NOT NULL,
  made_at      INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX carry_codes_end ON carry_codes (expires_at);
