-- What the nodes of a cluster share: who they are, who may do what for how long, and which node holds which partition.

-- The store's clock, in milliseconds since 1970 UTC: every lease is counted on it.
CREATE FUNCTION store_now() RETURNS BIGINT LANGUAGE sql VOLATILE AS
  $$ SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) $$;

CREATE TABLE cluster (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  id BYTEA NOT NULL CHECK (length(id) = 16),
  map_version BIGINT NOT NULL DEFAULT 0 -- grows with each change of placements
);
INSERT INTO cluster (one, id) VALUES (1, decode(replace(CAST(gen_random_uuid() AS TEXT), '-', ''), 'hex'));

CREATE TABLE nodes (
  name TEXT COLLATE "C" PRIMARY KEY,
  generation BIGINT NOT NULL, -- grows with each instance that takes the name
  instance BYTEA NOT NULL CHECK (length(instance) = 16),
  roles BIGINT NOT NULL,      -- bits
  address TEXT NOT NULL,
  public_key TEXT NOT NULL,
  zone TEXT NOT NULL,
  capacity DOUBLE PRECISION NOT NULL,
  version TEXT NOT NULL,
  state BIGINT NOT NULL DEFAULT 0,       -- 0 active, 1 draining, 2 dead
  beat_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0  -- it may answer searches until then
);

CREATE TABLE leases (
  name TEXT COLLATE "C" PRIMARY KEY,
  holder TEXT NOT NULL,
  token BIGINT NOT NULL, -- grows with each holder
  until BIGINT NOT NULL
);

CREATE TABLE placements (
  collection BIGINT NOT NULL REFERENCES collections (n) ON DELETE CASCADE,
  part BIGINT NOT NULL,
  node TEXT COLLATE "C" NOT NULL REFERENCES nodes (name),
  state BIGINT NOT NULL, -- 0 loading, 1 ready, 2 leaving
  PRIMARY KEY (collection, part, node)
);
CREATE INDEX placements_by_node ON placements (node);
