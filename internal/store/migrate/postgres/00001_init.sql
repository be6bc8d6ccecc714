-- +goose Up

-- What this installation is: the key file it belongs to, and the like.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- Brands as applied, every version kept: evidence points at them.
CREATE TABLE brands (
  id         TEXT NOT NULL,
  version    BIGINT NOT NULL,
  config     TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  PRIMARY KEY (id, version)
);

-- Notices by version and language; a published text never changes.
CREATE TABLE notices (
  brand      TEXT NOT NULL,
  notice     TEXT NOT NULL,
  version    TEXT NOT NULL,
  language   TEXT NOT NULL,
  body       TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  PRIMARY KEY (brand, notice, version, language)
);

CREATE TABLE api_keys (
  hash       BYTEA PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  brand      TEXT NOT NULL,
  label      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);

CREATE TABLE sign_in_links (
  hash       BYTEA PRIMARY KEY,
  brand      TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- One row a person and brand. "key" is the person's key, wrapped by the master key.
CREATE TABLE persons (
  id         TEXT PRIMARY KEY,
  brand      TEXT NOT NULL,
  key        BYTEA NOT NULL,
  facts      TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE addresses (
  brand     TEXT NOT NULL,
  bidx      BYTEA NOT NULL,
  person    TEXT NOT NULL REFERENCES persons (id),
  kind      TEXT NOT NULL,
  sealed    BYTEA NOT NULL,
  proven_at BIGINT,
  PRIMARY KEY (brand, bidx)
);
CREATE UNIQUE INDEX addresses_person ON addresses (person, kind);

-- The projection of a person's events: one row a channel and topic.
CREATE TABLE permissions (
  person   TEXT NOT NULL REFERENCES persons (id),
  channel  TEXT NOT NULL,
  topic    TEXT NOT NULL,
  state    TEXT NOT NULL,
  basis    TEXT NOT NULL,
  grade    TEXT NOT NULL,
  since    BIGINT NOT NULL,
  until    BIGINT,
  program  TEXT NOT NULL,
  notice   TEXT NOT NULL,
  event    TEXT NOT NULL,
  asked_at BIGINT,
  PRIMARY KEY (person, channel, topic)
);
CREATE INDEX permissions_pending ON permissions (until) WHERE state = 'pending';

-- What has been acted on: the same cause never acts twice.
CREATE TABLE causes (
  brand  TEXT NOT NULL,
  source TEXT NOT NULL,
  ref    TEXT NOT NULL,
  event  TEXT NOT NULL,
  PRIMARY KEY (brand, source, ref)
);

-- The evidence, sealed; the leaf is a salted hash of the ciphertext. Append-only.
CREATE TABLE events (
  id     TEXT PRIMARY KEY,
  brand  TEXT NOT NULL,
  person TEXT NOT NULL,
  type   TEXT NOT NULL,
  at     BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  leaf   BYTEA NOT NULL
);
CREATE INDEX events_person ON events (person, id);

-- Events that wait for a place in the log.
CREATE TABLE ledger_queue (
  brand TEXT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (brand, event)
);

-- Places in the log. Append-only.
CREATE TABLE leaves (
  brand      TEXT NOT NULL,
  leaf_index BIGINT NOT NULL,
  event      TEXT NOT NULL UNIQUE,
  PRIMARY KEY (brand, leaf_index)
);

CREATE TABLE ledger_tiles (
  brand  TEXT NOT NULL,
  level  BIGINT NOT NULL,
  idx    BIGINT NOT NULL,
  hashes BYTEA NOT NULL,
  PRIMARY KEY (brand, level, idx)
);

-- Signed heads of the log. Append-only.
CREATE TABLE checkpoints (
  brand TEXT NOT NULL,
  size  BIGINT NOT NULL,
  root  BYTEA NOT NULL,
  note  BYTEA NOT NULL,
  at    BIGINT NOT NULL,
  PRIMARY KEY (brand, size)
);

-- Whom we must not write to, by blind index; it outlives the person's details.
CREATE TABLE suppressions (
  brand     TEXT NOT NULL,
  channel   TEXT NOT NULL,
  bidx      BYTEA NOT NULL,
  reason    TEXT NOT NULL,
  event     TEXT NOT NULL,
  at        BIGINT NOT NULL,
  lifted_at BIGINT,
  PRIMARY KEY (brand, bidx, channel)
);

-- Links handed out, by hash.
CREATE TABLE tokens (
  hash       BYTEA PRIMARY KEY,
  brand      TEXT NOT NULL,
  person     TEXT NOT NULL,
  uses       TEXT NOT NULL,
  bidx       BYTEA NOT NULL,
  channel    TEXT NOT NULL,
  event      TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

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
  due_at       BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  follows      TEXT,
  sealed       BYTEA NOT NULL,
  verdict      TEXT NOT NULL,
  door         TEXT,
  token        TEXT,
  lease_until  BIGINT,
  begun_at     BIGINT,
  provider     TEXT,
  provider_id  TEXT,
  error        TEXT,
  settled_at   BIGINT,
  tries        BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (channel, due_at, id) WHERE fate = 'queued';
CREATE INDEX outbox_sending ON outbox (lease_until) WHERE fate = 'sending';
CREATE INDEX outbox_person ON outbox (person, id);
CREATE INDEX outbox_follows ON outbox (follows) WHERE fate = 'queued';
CREATE UNIQUE INDEX outbox_token ON outbox (token) WHERE token IS NOT NULL;
CREATE INDEX outbox_provider_id ON outbox (provider_id) WHERE provider_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER leaves_append_only BEFORE UPDATE OR DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER leaves_no_truncate BEFORE TRUNCATE ON leaves FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER notices_append_only BEFORE UPDATE OR DELETE ON notices FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER notices_no_truncate BEFORE TRUNCATE ON notices FOR EACH STATEMENT EXECUTE FUNCTION append_only();
