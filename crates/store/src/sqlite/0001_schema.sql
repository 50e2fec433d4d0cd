-- Ids are 16 bytes, big-endian, so that byte order is time order. Times are unix milliseconds.
-- The brand stands in every table and every query.

CREATE TABLE store (
  epoch       TEXT NOT NULL,
  created_at  INTEGER NOT NULL
);

CREATE TABLE setup (
  brand       BLOB NOT NULL,
  kind        TEXT NOT NULL,
  id          BLOB NOT NULL,
  name_key    TEXT,
  body        TEXT NOT NULL,
  rev         INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (brand, kind, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX setup_key ON setup (brand, kind, name_key) WHERE name_key IS NOT NULL;
CREATE UNIQUE INDEX setup_brand_slug ON setup (name_key) WHERE kind = 'brand';

CREATE TABLE passwords (
  brand       BLOB NOT NULL,
  agent       BLOB NOT NULL,
  hash        TEXT NOT NULL,
  must_change INTEGER NOT NULL,
  PRIMARY KEY (brand, agent)
) WITHOUT ROWID;

-- What agents said about themselves last; outlives a restart.
CREATE TABLE agent_states (
  brand        BLOB NOT NULL,
  agent        BLOB NOT NULL,
  availability TEXT NOT NULL,
  reason       TEXT NOT NULL,
  since_at     INTEGER NOT NULL,
  PRIMARY KEY (brand, agent)
) WITHOUT ROWID;

-- Sign-ins and one-time tickets, under the hash of their secret.
CREATE TABLE logins (
  token_hash  BLOB PRIMARY KEY,
  brand       BLOB NOT NULL,
  agent       BLOB NOT NULL,
  ticket      INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX logins_agent ON logins (brand, agent);

CREATE TABLE visitor_tokens (
  token_hash   BLOB PRIMARY KEY,
  brand        BLOB NOT NULL,
  entry_point  BLOB NOT NULL,
  identity     BLOB NOT NULL,
  conversation BLOB NOT NULL,
  customer     BLOB NOT NULL,
  expires_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX visitor_tokens_lapse ON visitor_tokens (expires_at);

CREATE TABLE customers (
  id              BLOB PRIMARY KEY,
  brand           BLOB NOT NULL,
  name            TEXT NOT NULL,
  name_proven     INTEGER NOT NULL DEFAULT 0,
  avatar_media_id TEXT,
  mark            TEXT,
  blocked         INTEGER NOT NULL DEFAULT 0,
  owner           BLOB,
  language        TEXT,
  tags            TEXT NOT NULL DEFAULT '[]',
  remark          TEXT NOT NULL DEFAULT '',
  phone           TEXT NOT NULL DEFAULT '',
  attributes      TEXT NOT NULL DEFAULT '{}',
  created_at      INTEGER NOT NULL,
  rev             INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE INDEX customers_brand ON customers (brand, id);

CREATE TABLE identities (
  id          BLOB PRIMARY KEY,
  brand       BLOB NOT NULL,
  customer    BLOB NOT NULL,
  entry_point BLOB NOT NULL,
  kind        TEXT NOT NULL,
  value       TEXT NOT NULL,
  evidence    TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX identities_value ON identities (brand, entry_point, kind, value);
CREATE INDEX identities_customer ON identities (customer);

CREATE TABLE customer_notes (
  id         INTEGER PRIMARY KEY,
  brand      BLOB NOT NULL,
  customer   BLOB NOT NULL,
  agent      BLOB,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX customer_notes_customer ON customer_notes (customer);

CREATE TABLE footsteps (
  id         INTEGER PRIMARY KEY,
  brand      BLOB NOT NULL,
  customer   BLOB NOT NULL,
  body       TEXT NOT NULL
);
CREATE INDEX footsteps_customer ON footsteps (customer);

-- A row sums up its messages as of last_seq; messages beyond it are folded in when it is read. It is
-- never behind unless its session is open.
CREATE TABLE conversations (
  id                BLOB PRIMARY KEY,
  brand             BLOB NOT NULL,
  kf_account        BLOB NOT NULL,
  customer          BLOB NOT NULL,
  entry_point       BLOB NOT NULL,
  identity          BLOB NOT NULL,
  last_seq          INTEGER NOT NULL DEFAULT 0,
  last_rev          INTEGER NOT NULL DEFAULT 0,
  last_line         INTEGER NOT NULL DEFAULT 0,
  chain             INTEGER NOT NULL DEFAULT 0,
  customer_read_seq INTEGER NOT NULL DEFAULT 0,
  agent_read_seq    INTEGER NOT NULL DEFAULT 0,
  unread            INTEGER NOT NULL DEFAULT 0,
  credits           TEXT,
  source            TEXT,
  last_agent        BLOB,
  sessions          INTEGER NOT NULL DEFAULT 0,
  last_at           INTEGER NOT NULL,
  created_at        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX conversations_one ON conversations (kf_account, customer);
CREATE INDEX conversations_recent ON conversations (brand, last_at);
CREATE INDEX conversations_customer ON conversations (customer);

-- Appended in filing order, so that a batch writes full pages; `id` is also the search index's mark.
-- `said` is a hash of the content as first filed, by which a repeated id is told from a misused one.
CREATE TABLE messages (
  id           INTEGER PRIMARY KEY,
  conversation BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  brand        BLOB NOT NULL,
  rev          INTEGER NOT NULL DEFAULT 0,
  origin       INTEGER NOT NULL,
  agent        BLOB,
  session      BLOB,
  entry_point  BLOB NOT NULL,
  sent_at      INTEGER NOT NULL,
  scope        BLOB NOT NULL,
  client_key   TEXT NOT NULL,
  content      TEXT NOT NULL,
  delivery     INTEGER,
  failure      TEXT,
  recalled     INTEGER NOT NULL DEFAULT 0,
  said         INTEGER NOT NULL,
  checksum     INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_seq ON messages (conversation, seq);
CREATE UNIQUE INDEX messages_key ON messages (scope, client_key);
CREATE INDEX messages_rev ON messages (conversation, rev) WHERE rev > 0;

CREATE TABLE lines (
  conversation BLOB NOT NULL,
  no           INTEGER NOT NULL,
  brand        BLOB NOT NULL,
  after_seq    INTEGER NOT NULL,
  agent        BLOB,
  event        TEXT,
  body         TEXT NOT NULL,
  client_key   TEXT,
  sent_at      INTEGER NOT NULL,
  PRIMARY KEY (conversation, no)
) WITHOUT ROWID;
CREATE INDEX lines_after ON lines (conversation, after_seq);
CREATE UNIQUE INDEX lines_key ON lines (conversation, client_key) WHERE client_key IS NOT NULL;

CREATE TABLE sessions (
  id               BLOB PRIMARY KEY,
  brand            BLOB NOT NULL,
  conversation     BLOB NOT NULL,
  kf_account       BLOB NOT NULL,
  entry_point      BLOB NOT NULL,
  no               INTEGER NOT NULL,
  service_state    INTEGER NOT NULL,
  team             BLOB,
  agent            BLOB,
  fence            INTEGER NOT NULL,
  offer_agent      BLOB,
  offer_until      INTEGER,
  priority         INTEGER NOT NULL,
  opened_at        INTEGER NOT NULL,
  enqueued_at      INTEGER,
  assigned_at      INTEGER,
  first_reply_at   INTEGER,
  turn_since       INTEGER,
  last_customer_at INTEGER NOT NULL,
  last_agent_at    INTEGER,
  warned_at        INTEGER,
  ended_at         INTEGER,
  end_reason       TEXT,
  declined         BLOB NOT NULL,
  score            INTEGER,
  comment          TEXT,
  why              TEXT,
  source           TEXT,
  first_seq        INTEGER NOT NULL,
  last_seq         INTEGER NOT NULL
) WITHOUT ROWID;
-- At most one open session per conversation.
CREATE UNIQUE INDEX sessions_open ON sessions (conversation) WHERE service_state < 4;
CREATE INDEX sessions_conversation ON sessions (conversation, no);
CREATE INDEX sessions_ended ON sessions (brand, ended_at) WHERE service_state = 4;
CREATE INDEX sessions_live ON sessions (brand, service_state, agent) WHERE service_state < 4;
CREATE INDEX sessions_waiting ON sessions (brand, enqueued_at) WHERE service_state = 2;

CREATE TABLE assignments (
  session     BLOB NOT NULL,
  fence       INTEGER NOT NULL,
  brand       BLOB NOT NULL,
  agent       BLOB NOT NULL,
  offered     INTEGER NOT NULL,
  opened_at   INTEGER NOT NULL,
  accepted_at INTEGER,
  closed_at   INTEGER,
  reason      TEXT,
  explanation TEXT,
  PRIMARY KEY (session, fence)
) WITHOUT ROWID;
-- At most one active assignment, offers included, per session.
CREATE UNIQUE INDEX assignments_active ON assignments (session) WHERE closed_at IS NULL;
CREATE INDEX assignments_load ON assignments (agent) WHERE closed_at IS NULL;

CREATE TABLE handoffs (
  id           BLOB PRIMARY KEY,
  brand        BLOB NOT NULL,
  conversation BLOB NOT NULL,
  customer     BLOB NOT NULL,
  kind         TEXT NOT NULL,
  target       BLOB NOT NULL,
  name         TEXT NOT NULL,
  title        TEXT NOT NULL,
  agent        BLOB,
  seq          INTEGER NOT NULL,
  config_id    TEXT,
  status       INTEGER NOT NULL,
  offered_at   INTEGER NOT NULL,
  seen_at      INTEGER,
  opened_at    INTEGER,
  done_at      INTEGER,
  expires_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX handoffs_customer ON handoffs (customer);
CREATE INDEX handoffs_offered ON handoffs (brand, offered_at);

-- `no` is the order of filing, and of going out within a conversation. Only the first pending row of
-- a conversation has a `due_at`: its next try, or the end of its lease; it is handed on when it is settled.
CREATE TABLE outbox (
  no           INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE,
  brand        BLOB NOT NULL,
  conversation BLOB NOT NULL,
  entry_point  BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  next_at      INTEGER NOT NULL,
  due_at       INTEGER,
  state        INTEGER NOT NULL DEFAULT 0,
  failure      TEXT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_lane ON outbox (conversation, no) WHERE state = 0;
CREATE INDEX outbox_message ON outbox (conversation, seq) WHERE seq > 0;
CREATE INDEX outbox_given_up ON outbox (brand, state, no) WHERE state > 1;

-- The brand of a row that only has a cursor is filled in by its first bell.
CREATE TABLE pulls (
  entry_point BLOB PRIMARY KEY,
  brand       BLOB NOT NULL DEFAULT x'00000000000000000000000000000000',
  cursor      TEXT NOT NULL DEFAULT '',
  token       TEXT,
  bell_at     INTEGER NOT NULL DEFAULT 0,
  pulled_bell INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Events seen, for at least a week.
CREATE TABLE seen_events (
  scope   BLOB NOT NULL,
  event   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (scope, event)
) WITHOUT ROWID;
CREATE INDEX seen_events_at ON seen_events (at);

CREATE TABLE media (
  id           BLOB PRIMARY KEY,
  brand        BLOB NOT NULL,
  conversation BLOB,
  hash         TEXT NOT NULL,
  name         TEXT NOT NULL,
  mime         TEXT NOT NULL,
  size         INTEGER NOT NULL,
  width        INTEGER,
  height       INTEGER,
  created_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX media_hash ON media (brand, hash);
