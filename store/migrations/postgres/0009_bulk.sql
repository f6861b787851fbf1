-- What makes many faces at once quicker.
-- Embeddings of up to 2,000 numbers lie in the row's own page, not in pieces in another table; longer ones still do.
ALTER TABLE embeddings SET (toast_tuple_target = 8160);
-- A trigger looked the collection up for each face. Whoever adds faces holds its row, and it goes after its faces.
ALTER TABLE faces DROP CONSTRAINT faces_collection_fkey;
