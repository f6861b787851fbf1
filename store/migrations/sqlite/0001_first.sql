-- Collections and what they hold. `n` is a row number of ours, never reused and never shown; ids are 16-byte blobs;
-- times are milliseconds since 1970 UTC.

CREATE TABLE collections (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
  id TEXT NOT NULL UNIQUE,
  model_version TEXT NOT NULL,
  partitions INTEGER NOT NULL,
  dimension INTEGER NOT NULL DEFAULT 0, -- of its embeddings; 0 before the first
  created INTEGER NOT NULL,
  faces INTEGER NOT NULL DEFAULT 0,     -- counters, kept by every write
  users INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE tags (
  collection INTEGER NOT NULL REFERENCES collections (n),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, name)
) WITHOUT ROWID;

CREATE TABLE users (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collections (n),
  key BLOB NOT NULL CHECK (length(key) = 16),
  user_id TEXT NOT NULL,
  faces INTEGER NOT NULL DEFAULT 0,
  UNIQUE (collection, user_id),
  UNIQUE (collection, key)
);

CREATE TABLE faces (
  n INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections (n),
  id BLOB NOT NULL CHECK (length(id) = 16),
  image BLOB NOT NULL CHECK (length(image) = 16),
  external_image_id TEXT,
  box_left REAL NOT NULL,
  box_top REAL NOT NULL,
  box_width REAL NOT NULL,
  box_height REAL NOT NULL,
  confidence REAL NOT NULL,
  user INTEGER REFERENCES users (n),
  UNIQUE (collection, id)
);

-- What makes IndexFaces retry-safe.
CREATE UNIQUE INDEX faces_once ON faces (collection, image, external_image_id, box_left, box_top, box_width, box_height)
  WHERE external_image_id IS NOT NULL;
CREATE INDEX faces_by_user ON faces (user, id) WHERE user IS NOT NULL;

-- The head of each partition: the sequence number of its last committed mutation. Mutations up to `pruned` are gone.
CREATE TABLE partitions (
  collection INTEGER NOT NULL REFERENCES collections (n),
  part INTEGER NOT NULL,
  head INTEGER NOT NULL DEFAULT 0,
  pruned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (collection, part)
) WITHOUT ROWID;

-- The references, apart from the rows that describe them. kind: 0 face, 1 user. seq: the mutation that put it.
-- vector: float32, little-endian.
CREATE TABLE embeddings (
  n INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections (n),
  part INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  seq INTEGER NOT NULL,
  vector BLOB NOT NULL,
  UNIQUE (collection, part, kind, id)
);

-- Order alone, no embeddings: a mutation is a put where a reference bears its number, else a removal.
CREATE TABLE mutations (
  collection INTEGER NOT NULL REFERENCES collections (n),
  part INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  PRIMARY KEY (collection, part, seq)
) WITHOUT ROWID;

-- Callers' retry marks with the first reply.
CREATE TABLE client_tokens (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collections (n),
  token TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created INTEGER NOT NULL,
  user_key BLOB NOT NULL,
  user_id TEXT NOT NULL,
  user_status INTEGER NOT NULL,
  UNIQUE (collection, token)
);

-- The faces of a first reply, in order; why is null for those it names as changed.
CREATE TABLE client_token_faces (
  token INTEGER NOT NULL REFERENCES client_tokens (n) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  id BLOB NOT NULL,
  why INTEGER,
  user_id TEXT NOT NULL,
  cosine REAL NOT NULL,
  PRIMARY KEY (token, place)
) WITHOUT ROWID;

-- Counters that belong to no collection.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('client_tokens', 0);

-- Access keys of callers. secret: AES-256-GCM under the key file, nonce (12) then ciphertext then tag (16); the access
-- key is its associated data.
CREATE TABLE keys (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  access_key TEXT NOT NULL UNIQUE,
  secret BLOB NOT NULL,
  name TEXT NOT NULL,
  role INTEGER NOT NULL,
  created INTEGER NOT NULL,
  revoked INTEGER
);

CREATE TABLE key_collections (
  key INTEGER NOT NULL REFERENCES keys (n),
  place INTEGER NOT NULL,
  collection TEXT NOT NULL,
  PRIMARY KEY (key, place)
) WITHOUT ROWID;

-- The decision log: rows are only ever added.
CREATE TABLE decisions (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  request BLOB NOT NULL CHECK (length(request) = 16),
  at INTEGER NOT NULL,
  principal TEXT NOT NULL,
  access_key TEXT NOT NULL,
  purpose TEXT NOT NULL,
  operation TEXT NOT NULL,
  collection TEXT NOT NULL,
  probe TEXT NOT NULL,
  model_version TEXT NOT NULL,
  threshold REAL NOT NULL,
  gallery_size INTEGER NOT NULL,
  partitions_asked INTEGER NOT NULL,
  partitions_answered INTEGER NOT NULL,
  is_exact INTEGER NOT NULL,
  is_current INTEGER NOT NULL
);
CREATE INDEX decisions_by_request ON decisions (request);
CREATE INDEX decisions_by_collection ON decisions (collection, n);
CREATE INDEX decisions_by_principal ON decisions (principal, n);

CREATE TABLE decision_candidates (
  decision INTEGER NOT NULL REFERENCES decisions (n),
  place INTEGER NOT NULL,
  id TEXT NOT NULL,
  similarity REAL NOT NULL,
  PRIMARY KEY (decision, place)
) WITHOUT ROWID;
CREATE INDEX decision_candidates_by_id ON decision_candidates (id, decision);

CREATE TRIGGER decisions_keep BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE TRIGGER decision_candidates_keep BEFORE UPDATE ON decision_candidates
BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE TRIGGER decision_candidates_stay BEFORE DELETE ON decision_candidates
BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
CREATE INDEX client_tokens_by_age ON client_tokens (created);
