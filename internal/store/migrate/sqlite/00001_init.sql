-- +goose Up

-- What this installation is: the key file it belongs to, and the like.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Brands as applied, every version kept: evidence points at them.
CREATE TABLE brands (
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  config     TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (id, version)
) STRICT;

-- Notices by version and language; a published text never changes.
CREATE TABLE notices (
  brand      TEXT NOT NULL,
  notice     TEXT NOT NULL,
  version    TEXT NOT NULL,
  language   TEXT NOT NULL,
  body       TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (brand, notice, version, language)
) STRICT;

CREATE TABLE api_keys (
  hash       BLOB PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  brand      TEXT NOT NULL,
  label      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE TABLE sign_in_links (
  hash       BLOB PRIMARY KEY,
  brand      TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a person and brand. "key" is the person's key, wrapped by the master key.
CREATE TABLE persons (
  id         TEXT PRIMARY KEY,
  brand      TEXT NOT NULL,
  key        BLOB NOT NULL,
  facts      TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE addresses (
  brand     TEXT NOT NULL,
  bidx      BLOB NOT NULL,
  person    TEXT NOT NULL REFERENCES persons (id),
  kind      TEXT NOT NULL,
  sealed    BLOB NOT NULL,
  proven_at INTEGER,
  PRIMARY KEY (brand, bidx)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX addresses_person ON addresses (person, kind);

-- The projection of a person's events: one row a channel and topic.
CREATE TABLE permissions (
  person   TEXT NOT NULL REFERENCES persons (id),
  channel  TEXT NOT NULL,
  topic    TEXT NOT NULL,
  state    TEXT NOT NULL,
  basis    TEXT NOT NULL,
  grade    TEXT NOT NULL,
  since    INTEGER NOT NULL,
  until    INTEGER,
  program  TEXT NOT NULL,
  notice   TEXT NOT NULL,
  event    TEXT NOT NULL,
  asked_at INTEGER,
  PRIMARY KEY (person, channel, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX permissions_pending ON permissions (until) WHERE state = 'pending';

-- What has been acted on: the same cause never acts twice.
CREATE TABLE causes (
  brand  TEXT NOT NULL,
  source TEXT NOT NULL,
  ref    TEXT NOT NULL,
  event  TEXT NOT NULL,
  PRIMARY KEY (brand, source, ref)
) STRICT, WITHOUT ROWID;

-- The evidence, sealed; the leaf is a salted hash of the ciphertext. Append-only.
CREATE TABLE events (
  id     TEXT PRIMARY KEY,
  brand  TEXT NOT NULL,
  person TEXT NOT NULL,
  type   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  leaf   BLOB NOT NULL
) STRICT;
CREATE INDEX events_person ON events (person, id);

-- Events that wait for a place in the log.
CREATE TABLE ledger_queue (
  brand TEXT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (brand, event)
) STRICT, WITHOUT ROWID;

-- Places in the log. Append-only.
CREATE TABLE leaves (
  brand      TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  event      TEXT NOT NULL UNIQUE,
  PRIMARY KEY (brand, leaf_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_tiles (
  brand  TEXT NOT NULL,
  level  INTEGER NOT NULL,
  idx    INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (brand, level, idx)
) STRICT;

-- Signed heads of the log. Append-only.
CREATE TABLE checkpoints (
  brand TEXT NOT NULL,
  size  INTEGER NOT NULL,
  root  BLOB NOT NULL,
  note  BLOB NOT NULL,
  at    INTEGER NOT NULL,
  PRIMARY KEY (brand, size)
) STRICT;

-- Whom we must not write to, by blind index; it outlives the person's details.
CREATE TABLE suppressions (
  brand     TEXT NOT NULL,
  channel   TEXT NOT NULL,
  bidx      BLOB NOT NULL,
  reason    TEXT NOT NULL,
  event     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  lifted_at INTEGER,
  PRIMARY KEY (brand, bidx, channel)
) STRICT, WITHOUT ROWID;

-- Links handed out, by hash.
CREATE TABLE tokens (
  hash       BLOB PRIMARY KEY,
  brand      TEXT NOT NULL,
  person     TEXT NOT NULL,
  uses       TEXT NOT NULL,
  bidx       BLOB NOT NULL,
  channel    TEXT NOT NULL,
  event      TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every message there ever was, and its fate.
CREATE TABLE outbox (
  id           TEXT PRIMARY KEY,
  brand        TEXT NOT NULL,
  person       TEXT NOT NULL,
  event        TEXT NOT NULL,
  channel      TEXT NOT NULL,
  about        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  contact      TEXT NOT NULL,
  template     TEXT NOT NULL,
  topics       TEXT NOT NULL,
  program      TEXT NOT NULL,
  fate         TEXT NOT NULL,
  due_at       INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  follows      TEXT,
  sealed       BLOB NOT NULL,
  verdict      TEXT NOT NULL,
  door         TEXT,
  token        TEXT,
  lease_until  INTEGER,
  begun_at     INTEGER,
  provider     TEXT,
  provider_id  TEXT,
  error        TEXT,
  settled_at   INTEGER,
  tries        INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, due_at, id) WHERE fate = 'queued';
CREATE INDEX outbox_sending ON outbox (lease_until) WHERE fate = 'sending';
CREATE INDEX outbox_person ON outbox (person, id);
CREATE INDEX outbox_follows ON outbox (follows) WHERE fate = 'queued';
CREATE UNIQUE INDEX outbox_token ON outbox (token) WHERE token IS NOT NULL;
CREATE INDEX outbox_provider_id ON outbox (provider_id) WHERE provider_id IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
  SELECT RAISE(ABORT, 'events is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
  SELECT RAISE(ABORT, 'events is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves
BEGIN
  SELECT RAISE(ABORT, 'leaves is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves
BEGIN
  SELECT RAISE(ABORT, 'leaves is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN
  SELECT RAISE(ABORT, 'checkpoints is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN
  SELECT RAISE(ABORT, 'checkpoints is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices
BEGIN
  SELECT RAISE(ABORT, 'notices is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices
BEGIN
  SELECT RAISE(ABORT, 'notices is append-only');
END;
-- +goose StatementEnd
