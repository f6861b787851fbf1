-- Doubling of a collection's partitions (decision record 0010). Queries ask the partitions first … first + partitions - 1.
-- doubling: 0 none, 1 twice as many are built beside them, 2 the old ones leave. beside: the first number of the others;
-- while there are none, of the next ones to be.
-- Embeddings stay where they are: under the partition that their id has of `stored`, the collection's number of
-- partitions when it was made.
ALTER TABLE collections ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN doubling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN beside INTEGER NOT NULL DEFAULT 1;
ALTER TABLE collections ADD COLUMN stored INTEGER NOT NULL DEFAULT 1;
UPDATE collections SET stored = partitions, beside = partitions;
-- The mutations of this partition are those of two further ones, too: of this number, and of `partitions` more. 0: none.
ALTER TABLE partitions ADD COLUMN half INTEGER NOT NULL DEFAULT 0;
