-- Cameras, which Rekognition calls stream processors. Only the claim of the newest epoch may write for one.
CREATE TABLE stream_processors (
  key BYTEA PRIMARY KEY CHECK (length(key) = 16),
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  input TEXT NOT NULL,
  collection TEXT COLLATE "C" NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  details TEXT NOT NULL,
  started BIGINT NOT NULL,
  run BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  node TEXT COLLATE "C" NOT NULL,
  claimed_until BIGINT NOT NULL, -- by the clock of the database
  status BIGINT NOT NULL, -- store::processor_status
  message TEXT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL
);

-- What happened before them. seq: given out by event_head within the transaction, so its order is that of commits.
CREATE TABLE events (
  seq BIGINT PRIMARY KEY,
  id BYTEA NOT NULL UNIQUE CHECK (length(id) = 16),
  processor BYTEA NOT NULL CHECK (length(processor) = 16),
  camera TEXT COLLATE "C" NOT NULL,
  collection TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  captured BIGINT NOT NULL,
  decided BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX events_by_camera ON events (camera, seq);
CREATE INDEX events_by_age ON events (decided);

-- Without a row before the first event.
CREATE TABLE event_head (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  seq BIGINT NOT NULL
);
