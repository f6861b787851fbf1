-- Nodes ask for the map when its version grows: a new collection has to be placed.
CREATE FUNCTION note_new_collection() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN UPDATE cluster SET map_version = map_version + 1; RETURN NULL; END $$;
CREATE TRIGGER collections_are_placed AFTER INSERT ON collections
  FOR EACH STATEMENT EXECUTE FUNCTION note_new_collection();

-- The newest serving lease of a node: whoever has seen the same number for the length of the span knows that it has run
-- out, whatever the server's clock did meanwhile.
ALTER TABLE nodes ADD COLUMN lease_number BIGINT NOT NULL DEFAULT 0, ADD COLUMN lease_span BIGINT NOT NULL DEFAULT 0;
