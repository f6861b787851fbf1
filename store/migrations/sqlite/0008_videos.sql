-- Analyses of stored videos. Only the claim of the newest epoch may write for one.
CREATE TABLE video_jobs (
  n INTEGER PRIMARY KEY, -- given out by video_head: the order in which they were started
  id TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL, -- store::video_kind
  bucket TEXT NOT NULL,
  object TEXT NOT NULL,
  collection_key BLOB NOT NULL CHECK (length(collection_key) = 16),
  collection TEXT NOT NULL,
  threshold REAL NOT NULL,
  wants_all INTEGER NOT NULL,
  tag TEXT NOT NULL,
  principal TEXT NOT NULL,
  access_key TEXT NOT NULL,
  purpose TEXT NOT NULL,
  created INTEGER NOT NULL,
  token TEXT NOT NULL, -- of the caller; empty: none
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL, -- store::video_status; 3: expired, its results are being deleted
  message TEXT NOT NULL,
  metadata TEXT NOT NULL,
  frames INTEGER NOT NULL,
  results INTEGER NOT NULL, -- how many there are
  steps INTEGER NOT NULL, -- how often something was appended
  completed INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  node TEXT NOT NULL,
  claimed_until INTEGER NOT NULL -- by the clock of the database
);
CREATE UNIQUE INDEX video_jobs_by_token ON video_jobs (token) WHERE token <> '';
CREATE INDEX video_jobs_by_status ON video_jobs (status, completed);

CREATE TABLE video_results (
  job INTEGER NOT NULL REFERENCES video_jobs (n),
  seq INTEGER NOT NULL,
  time_ms INTEGER NOT NULL, -- from the start of the video
  person INTEGER NOT NULL,
  track INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
);
CREATE INDEX video_results_by_person ON video_results (job, person, rank, seq);

-- Whom the visits of a job's persons show.
CREATE TABLE video_matches (
  job INTEGER NOT NULL REFERENCES video_jobs (n),
  track INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job, track)
);

-- Whoever starts a job holds this row until it is there. Without a row before the first job.
CREATE TABLE video_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  n INTEGER NOT NULL
);
