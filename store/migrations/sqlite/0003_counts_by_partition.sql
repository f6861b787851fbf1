-- Counters by partition, where the head's row is written anyway: the collection's row is then left alone by writes.
ALTER TABLE partitions ADD COLUMN faces INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN users INTEGER NOT NULL DEFAULT 0;
-- Only their sum is ever read; later writes count where they happen.
UPDATE partitions SET
  faces = (SELECT c.faces FROM collections c WHERE c.n = partitions.collection),
  users = (SELECT c.users FROM collections c WHERE c.n = partitions.collection)
  WHERE part = 0;
ALTER TABLE collections DROP COLUMN faces;
ALTER TABLE collections DROP COLUMN users;
