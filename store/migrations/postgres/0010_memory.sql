-- What a node's references take and may take, in bytes, as it said with its last heartbeat; 0: it did not say.
ALTER TABLE nodes ADD COLUMN memory_used BIGINT NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN memory_budget BIGINT NOT NULL DEFAULT 0;
