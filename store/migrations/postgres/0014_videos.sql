-- Analyses of stored videos. Only the claim of the newest epoch may write for one.
CREATE TABLE video_jobs (
  n BIGINT PRIMARY KEY, -- given out by video_head: the order in which they were started
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  kind BIGINT NOT NULL, -- store::video_kind
  bucket TEXT NOT NULL,
  object TEXT NOT NULL,
  collection_key BYTEA NOT NULL CHECK (length(collection_key) = 16),
  collection TEXT NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  wants_all BIGINT NOT NULL,
  tag TEXT NOT NULL,
  principal TEXT NOT NULL,
  access_key TEXT NOT NULL,
  purpose TEXT NOT NULL,
  created BIGINT NOT NULL,
  token TEXT COLLATE "C" NOT NULL, -- of the caller; empty: none
  fingerprint TEXT NOT NULL,
  status BIGINT NOT NULL, -- store::video_status; 3: expired, its results are being deleted
  message TEXT NOT NULL,
  metadata TEXT NOT NULL,
  frames BIGINT NOT NULL,
  results BIGINT NOT NULL, -- how many there are
  steps BIGINT NOT NULL, -- how often something was appended
  completed BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  node TEXT COLLATE "C" NOT NULL,
  claimed_until BIGINT NOT NULL -- by the clock of the database
);
CREATE UNIQUE INDEX video_jobs_by_token ON video_jobs (token) WHERE token <> '';
CREATE INDEX video_jobs_by_status ON video_jobs (status, completed);

CREATE TABLE video_results (
  job BIGINT NOT NULL REFERENCES video_jobs (n),
  seq BIGINT NOT NULL,
  time_ms BIGINT NOT NULL, -- from the start of the video
  person BIGINT NOT NULL,
  track BIGINT NOT NULL,
  rank BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
);
CREATE INDEX video_results_by_person ON video_results (job, person, rank, seq);

-- Whom the visits of a job's persons show.
CREATE TABLE video_matches (
  job BIGINT NOT NULL REFERENCES video_jobs (n),
  track BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job, track)
);

-- Whoever starts a job holds this row until it is there. Without a row before the first job.
CREATE TABLE video_head (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  n BIGINT NOT NULL
);
