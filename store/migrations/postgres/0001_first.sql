-- The schema of SQLite's store (migrations/sqlite) at its third version, in PostgreSQL's terms: numbers are BIGINT or
-- DOUBLE PRECISION, ids 16-byte BYTEA, texts compared bytewise, times milliseconds since 1970 UTC.

CREATE TABLE collections (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key BYTEA NOT NULL UNIQUE CHECK (length(key) = 16),
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  model_version TEXT NOT NULL,
  partitions BIGINT NOT NULL,
  dimension BIGINT NOT NULL DEFAULT 0, -- of its embeddings; 0 before the first
  created BIGINT NOT NULL
);

CREATE TABLE tags (
  collection BIGINT NOT NULL REFERENCES collections (n),
  name TEXT COLLATE "C" NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, name)
);

CREATE TABLE users (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection BIGINT NOT NULL REFERENCES collections (n),
  key BYTEA NOT NULL CHECK (length(key) = 16),
  user_id TEXT COLLATE "C" NOT NULL,
  faces BIGINT NOT NULL DEFAULT 0,
  UNIQUE (collection, user_id),
  UNIQUE (collection, key)
);

CREATE TABLE faces (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection BIGINT NOT NULL REFERENCES collections (n),
  id BYTEA NOT NULL CHECK (length(id) = 16),
  image BYTEA NOT NULL CHECK (length(image) = 16),
  external_image_id TEXT COLLATE "C",
  box_left DOUBLE PRECISION NOT NULL,
  box_top DOUBLE PRECISION NOT NULL,
  box_width DOUBLE PRECISION NOT NULL,
  box_height DOUBLE PRECISION NOT NULL,
  confidence DOUBLE PRECISION NOT NULL,
  "user" BIGINT REFERENCES users (n),
  quality DOUBLE PRECISION NOT NULL, -- how good a reference a face's picture gives, 0-100
  UNIQUE (collection, id)
);

-- What makes IndexFaces retry-safe.
CREATE UNIQUE INDEX faces_once ON faces (collection, image, external_image_id, box_left, box_top, box_width, box_height)
  WHERE external_image_id IS NOT NULL;
CREATE INDEX faces_by_user ON faces ("user", id) WHERE "user" IS NOT NULL;

-- The head of each partition: the sequence number of its last committed mutation. Mutations up to `pruned` are gone.
-- Its row is written by every write: room is left in its pages, so that it needn't move.
CREATE TABLE partitions (
  collection BIGINT NOT NULL REFERENCES collections (n),
  part BIGINT NOT NULL,
  head BIGINT NOT NULL DEFAULT 0,
  pruned BIGINT NOT NULL DEFAULT 0,
  faces BIGINT NOT NULL DEFAULT 0,
  users BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (collection, part)
) WITH (fillfactor = 50);

-- The references, apart from the rows that describe them. kind: 0 face, 1 user. seq: the mutation that put it.
-- vector: float32, little-endian; it does not compress. The write that fills this table or `mutations` holds the
-- collection's row: a foreign key would only look for it again, row by row.
CREATE TABLE embeddings (
  collection BIGINT NOT NULL,
  part BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  id BYTEA NOT NULL CHECK (length(id) = 16),
  seq BIGINT NOT NULL,
  vector BYTEA NOT NULL,
  PRIMARY KEY (collection, part, kind, id)
);
ALTER TABLE embeddings ALTER COLUMN vector SET STORAGE EXTERNAL;

-- Order alone, no embeddings: a mutation is a put where a reference bears its number, else a removal.
CREATE TABLE mutations (
  collection BIGINT NOT NULL,
  part BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  id BYTEA NOT NULL CHECK (length(id) = 16),
  PRIMARY KEY (collection, part, seq)
);

-- Callers' retry marks with the first reply.
CREATE TABLE client_tokens (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection BIGINT NOT NULL REFERENCES collections (n),
  token TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT NOT NULL,
  created BIGINT NOT NULL,
  user_key BYTEA NOT NULL,
  user_id TEXT NOT NULL,
  user_status BIGINT NOT NULL,
  UNIQUE (collection, token)
);
CREATE INDEX client_tokens_by_age ON client_tokens (created);

-- The faces of a first reply, in order; why is null for those it names as changed.
CREATE TABLE client_token_faces (
  token BIGINT NOT NULL REFERENCES client_tokens (n) ON DELETE CASCADE,
  place BIGINT NOT NULL,
  id BYTEA NOT NULL,
  why BIGINT,
  user_id TEXT NOT NULL,
  cosine DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (token, place)
);

-- Counters that belong to no collection.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
) WITH (fillfactor = 50);
INSERT INTO counters VALUES ('client_tokens', 0);

-- Access keys of callers. secret: AES-256-GCM under the key file, nonce (12) then ciphertext then tag (16); the access
-- key is its associated data.
CREATE TABLE keys (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  access_key TEXT COLLATE "C" NOT NULL UNIQUE,
  secret BYTEA NOT NULL,
  name TEXT NOT NULL,
  role BIGINT NOT NULL,
  created BIGINT NOT NULL,
  revoked BIGINT
);

CREATE TABLE key_collections (
  key BIGINT NOT NULL REFERENCES keys (n),
  place BIGINT NOT NULL,
  collection TEXT NOT NULL,
  PRIMARY KEY (key, place)
);

-- The decision log: rows are only ever added.
CREATE TABLE decisions (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request BYTEA NOT NULL CHECK (length(request) = 16),
  at BIGINT NOT NULL,
  principal TEXT COLLATE "C" NOT NULL,
  access_key TEXT NOT NULL,
  purpose TEXT NOT NULL,
  operation TEXT NOT NULL,
  collection TEXT COLLATE "C" NOT NULL,
  probe TEXT NOT NULL,
  model_version TEXT NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  gallery_size BIGINT NOT NULL,
  partitions_asked BIGINT NOT NULL,
  partitions_answered BIGINT NOT NULL,
  is_exact BIGINT NOT NULL,
  is_current BIGINT NOT NULL
);
CREATE INDEX decisions_by_request ON decisions (request);
CREATE INDEX decisions_by_collection ON decisions (collection, n);
CREATE INDEX decisions_by_principal ON decisions (principal, n);

CREATE TABLE decision_candidates (
  decision BIGINT NOT NULL REFERENCES decisions (n),
  place BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  similarity DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (decision, place)
);
CREATE INDEX decision_candidates_by_id ON decision_candidates (id, decision);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the decision log is append-only';
END $$;
CREATE TRIGGER decisions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_candidates_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_candidates
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
