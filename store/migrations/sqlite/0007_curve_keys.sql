-- The public CURVE key by which ZeroMQ lets a key in; empty: HTTP alone.
ALTER TABLE keys ADD COLUMN curve_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX keys_by_curve_key ON keys (curve_key) WHERE curve_key <> '';
