-- Cameras, which Rekognition calls stream processors. Only the claim of the newest epoch may write for one.
CREATE TABLE stream_processors (
  key BLOB PRIMARY KEY CHECK (length(key) = 16),
  name TEXT NOT NULL UNIQUE,
  input TEXT NOT NULL,
  collection TEXT NOT NULL,
  threshold REAL NOT NULL,
  details TEXT NOT NULL,
  started INTEGER NOT NULL,
  run INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  node TEXT NOT NULL,
  claimed_until INTEGER NOT NULL, -- by the clock of the database
  status INTEGER NOT NULL, -- store::processor_status
  message TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
);

-- What happened before them. seq: given out by event_head within the transaction, so its order is that of commits.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  processor BLOB NOT NULL CHECK (length(processor) = 16),
  camera TEXT NOT NULL,
  collection TEXT NOT NULL,
  kind TEXT NOT NULL,
  captured INTEGER NOT NULL,
  decided INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX events_by_camera ON events (camera, seq);
CREATE INDEX events_by_age ON events (decided);

-- Without a row before the first event.
CREATE TABLE event_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL
);
