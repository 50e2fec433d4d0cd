-- Where a thread's messages stand, by their numbers. A message gets its place with the next summary of
-- its conversation, so that a burst touches the page of its thread once and not with each message.
CREATE TABLE places (
  conversation BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  message      INTEGER NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
-- Every message up to this one has its place; those after it are looked through at the start.
CREATE TABLE placed (upto INTEGER NOT NULL);

INSERT INTO places SELECT m.conversation, m.seq, m.id FROM messages m
  JOIN conversations v ON v.id = m.conversation WHERE m.seq <= v.last_seq ORDER BY m.conversation, m.seq;
INSERT INTO placed SELECT coalesce(
  (SELECT min(m.id) - 1 FROM messages m JOIN conversations v ON v.id = m.conversation WHERE m.seq > v.last_seq),
  (SELECT max(id) FROM messages), 0);
DROP INDEX messages_seq;
