-- Share of the nearest references that a collection's searches may be relied on to find; 1: they are exact.
ALTER TABLE collections ADD COLUMN recall_floor DOUBLE PRECISION NOT NULL DEFAULT 1;
