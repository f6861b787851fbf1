-- The role of nodes that do not own the schema, for psql, as the owner, after the tables are there; may be run again.
-- docs/postgresql.md says what for.
--   psql -v ON_ERROR_STOP=1 -v password="$(cat FILE)" -f rights.sql
SELECT 'CREATE ROLE rollcall_node LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcall_node') \gexec
ALTER ROLE rollcall_node PASSWORD :'password';
GRANT USAGE ON SCHEMA public TO rollcall_node;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rollcall_node;
REVOKE UPDATE, DELETE ON decisions, decision_candidates FROM rollcall_node;
REVOKE INSERT, UPDATE, DELETE ON schema_versions FROM rollcall_node;
