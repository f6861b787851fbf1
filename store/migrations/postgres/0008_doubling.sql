-- Doubling of a collection's partitions (decision record 0010). Queries ask the partitions first … first + partitions - 1.
-- doubling: 0 none, 1 twice as many are built beside them, 2 the old ones leave. beside: the first number of the others;
-- while there are none, of the next ones to be.
-- Embeddings stay where they are: under the partition that their id has of `stored`, the collection's number of
-- partitions when it was made.
ALTER TABLE collections ADD COLUMN first BIGINT NOT NULL DEFAULT 0, ADD COLUMN doubling BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN beside BIGINT NOT NULL DEFAULT 1, ADD COLUMN stored BIGINT NOT NULL DEFAULT 1;
UPDATE collections SET stored = partitions, beside = partitions;
-- The mutations of this partition are those of two further ones, too: of this number, and of `partitions` more. 0: none.
ALTER TABLE partitions ADD COLUMN half BIGINT NOT NULL DEFAULT 0;

-- The place of an id among `partitions`, as in decision record 0003: of the first four bytes of the digest the last two
-- decide, since there are never more than 65,536.
CREATE FUNCTION partition_of(id BYTEA, partitions BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
  $$ SELECT (CAST(get_byte(sha256(id), 2) AS BIGINT) * 256 + get_byte(sha256(id), 3)) & (partitions - 1) $$;
