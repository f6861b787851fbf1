-- Until when a node gets no serving lease, as a writer could not reach it.
ALTER TABLE nodes ADD COLUMN fenced_until BIGINT NOT NULL DEFAULT 0;
