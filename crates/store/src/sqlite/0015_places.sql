-- Where a thread's messages stand, by their numbers. Messages get their places with the next summary of
-- their conversation, so that a burst makes one row here: the number of its first message, and the rows of
-- all of them, as an array.
CREATE TABLE places (
  conversation BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  messages     TEXT NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
-- Every message up to this one has its place; those after it are looked through at the start.
CREATE TABLE placed (upto INTEGER NOT NULL);

INSERT INTO places
  SELECT m.conversation, min(m.seq), json_group_array(m.id ORDER BY m.seq)
  FROM messages m JOIN conversations v ON v.id = m.conversation WHERE m.seq <= v.last_seq
  GROUP BY m.conversation, (m.seq - 1) / 64;
INSERT INTO placed SELECT coalesce(
  (SELECT min(m.id) - 1 FROM messages m JOIN conversations v ON v.id = m.conversation WHERE m.seq > v.last_seq),
  (SELECT max(id) FROM messages), 0);
DROP INDEX messages_seq;
