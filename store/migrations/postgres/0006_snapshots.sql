-- The snapshots of partitions that nodes have on their disks, by their digests: what is not here is not used, so that a
-- store restored from a backup is not mixed with what came after it.
CREATE TABLE snapshots (
  collection BIGINT NOT NULL REFERENCES collections (n) ON DELETE CASCADE,
  part BIGINT NOT NULL,
  node TEXT COLLATE "C" NOT NULL REFERENCES nodes (name),
  digest BYTEA NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (collection, part, node, digest)
);
