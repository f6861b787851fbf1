-- How good a reference a face's picture gives, 0-100; 0 for those enrolled before it was kept.
ALTER TABLE faces ADD COLUMN quality REAL NOT NULL DEFAULT 0;
