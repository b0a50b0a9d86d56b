-- Promise: as version 1, with the ledger's login among those for functions alone: a process can ask what its own login may do beyond its purpose, and learns that alone.
-- One row for each fault; a fault beginning with "leak" is no reason to stop, every other is.
CREATE FUNCTION tenants_check_login_v2() RETURNS TABLE (fault text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH me AS (
        SELECT r.*, r.rolname IN ('keyhole_agent', 'keyhole_gateway', 'keyhole_ledger') AS functions_only
        FROM pg_roles r WHERE r.rolname = session_user
    ), relation AS (
        SELECT c.oid, c.relname, c.relkind, c.relowner, c.relrowsecurity AND c.relforcerowsecurity AS is_guarded,
               EXISTS (SELECT FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = 'firm_id' AND NOT a.attisdropped) AS has_firm
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    )
    SELECT 'superuser', '' FROM me WHERE rolsuper
    UNION ALL SELECT 'bypassrls', '' FROM me WHERE rolbypassrls
    UNION ALL SELECT 'createrole', '' FROM me WHERE rolcreaterole
    UNION ALL SELECT 'createdb', '' FROM me WHERE rolcreatedb
    UNION ALL SELECT 'replication', '' FROM me WHERE rolreplication
    UNION ALL
    SELECT 'member', r.rolname FROM me, pg_roles r
    WHERE r.oid <> me.oid AND NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'MEMBER')
      AND (r.rolname <> 'keyhole_catalog' OR me.functions_only)
    UNION ALL SELECT 'owner', c.relname FROM me, relation c WHERE c.relowner = me.oid
    UNION ALL SELECT 'owner', p.proname FROM me, pg_proc p WHERE p.proowner = me.oid
    UNION ALL SELECT 'owner', d.datname FROM me, pg_database d WHERE d.datdba = me.oid
    UNION ALL
    SELECT 'create', n.nspname FROM me, pg_namespace n
    WHERE NOT me.rolsuper AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'
      AND has_schema_privilege(me.oid, n.oid, 'CREATE')
    UNION ALL
    SELECT 'table', c.relname FROM me, relation c
    WHERE me.functions_only AND NOT me.rolsuper AND CASE
        WHEN c.relkind = 'S' THEN has_sequence_privilege(me.oid, c.oid, 'USAGE, SELECT, UPDATE')
        ELSE has_table_privilege(me.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
             OR has_any_column_privilege(me.oid, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
        END
    UNION ALL
    SELECT 'unguarded', c.relname FROM me, relation c
    WHERE c.relkind IN ('r', 'p') AND c.has_firm AND NOT c.is_guarded AND NOT me.rolsuper
      AND (has_table_privilege(me.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
           OR has_any_column_privilege(me.oid, c.oid, 'SELECT, INSERT, UPDATE'))
    UNION ALL
    SELECT 'secret', c.relname FROM me, relation c
    WHERE NOT me.rolsuper
      AND c.relname IN ('tenants_session', 'tenants_credential', 'tenants_recoverycode', 'tenants_invitation',
                        'tenants_worktoken')
      AND (has_table_privilege(me.oid, c.oid, 'SELECT') OR has_any_column_privilege(me.oid, c.oid, 'SELECT'))
    UNION ALL
    SELECT 'leak_temporary', current_database() FROM me
    WHERE me.functions_only AND NOT me.rolsuper AND has_database_privilege(me.oid, current_database(), 'TEMPORARY')
    UNION ALL
    SELECT 'leak_counts', '' FROM me
    WHERE me.functions_only AND NOT me.rolsuper
      AND (has_table_privilege(me.oid, 'pg_class', 'SELECT')
           OR has_table_privilege(me.oid, 'pg_stat_all_tables', 'SELECT')
           OR has_function_privilege(me.oid, 'pg_stat_get_live_tuples(oid)', 'EXECUTE')
           OR has_function_privilege(me.oid, 'pg_relation_size(regclass, text)', 'EXECUTE'))
    UNION ALL
    SELECT 'leak_database', d.datname FROM me, pg_database d
    WHERE me.functions_only AND NOT me.rolsuper AND d.datallowconn AND d.datname <> current_database()
      AND d.datname NOT LIKE 'keyhole%' AND d.datname NOT LIKE 'test\_keyhole%'
      AND has_database_privilege(me.oid, d.oid, 'CONNECT')
$$;
ALTER FUNCTION tenants_check_login_v2() OWNER TO keyhole_definer;
REVOKE ALL ON FUNCTION tenants_check_login_v2() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_check_login_v2()
    TO keyhole_firm, keyhole_agent, keyhole_gateway, keyhole_worker, keyhole_ledger;
