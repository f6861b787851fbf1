-- Nodes that were let in by an operator: tokens that each admit one node once, and the keys that came by them.
CREATE TABLE join_tokens (
  hash BYTEA PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256; the token itself is not kept
  node TEXT COLLATE "C" NOT NULL,    -- for this name only; empty: for any
  made_by TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_by TEXT COLLATE "C" -- the node that it admitted
);

CREATE TABLE node_keys (
  node TEXT COLLATE "C" PRIMARY KEY, -- need not have started yet
  public_key TEXT NOT NULL UNIQUE
);
