-- What platforms counted, by account and day; `userid` is empty for the account as a whole.
CREATE TABLE upstream_days (
  entry_point BLOB NOT NULL,
  day         INTEGER NOT NULL,
  userid      TEXT NOT NULL,
  brand       BLOB NOT NULL,
  numbers     TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (entry_point, day, userid)
) WITHOUT ROWID;
