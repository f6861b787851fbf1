-- What a node says with its heartbeat about its work, for operators: a JSON object that only they interpret.
ALTER TABLE nodes ADD COLUMN figures TEXT NOT NULL DEFAULT '';
