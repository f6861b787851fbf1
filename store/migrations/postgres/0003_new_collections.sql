-- Nodes ask for the map when its version grows: a new collection has to be placed.
CREATE FUNCTION note_new_collection() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN UPDATE cluster SET map_version = map_version + 1; RETURN NULL; END $$;
CREATE TRIGGER collections_are_placed AFTER INSERT ON collections
  FOR EACH STATEMENT EXECUTE FUNCTION note_new_collection();
