-- Where an operator wants a replica, or does not want one, whatever the formula of placement says.
CREATE TABLE pins (
  collection BIGINT NOT NULL REFERENCES collections (n) ON DELETE CASCADE,
  part BIGINT NOT NULL,
  node TEXT COLLATE "C" NOT NULL REFERENCES nodes (name),
  away BIGINT NOT NULL, -- 0: wanted there, 1: not wanted there
  PRIMARY KEY (collection, part, node)
);
