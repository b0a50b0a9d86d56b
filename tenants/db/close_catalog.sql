-- Promise: a login that is not a member of keyhole_catalog learns no count, name, source, size, activity or position
-- from PostgreSQL's own catalogs, takes no advisory lock, stores no large object and writes no procedure of its own.
-- Everything that PUBLIC may read is closed; functions are closed by name, because operators need theirs.
-- Run by a superuser, once in each database; running it again closes only what has been opened since.
DO $close$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.oid::regclass AS name,
               EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT') AS readable
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('pg_catalog', 'information_schema')
          AND c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S')
          AND (EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0)
               OR EXISTS (SELECT FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid AND a.grantee = 0))
    LOOP
        IF item.readable THEN
            EXECUTE format('GRANT SELECT ON %s TO keyhole_catalog', item.name);
        END IF;
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', item.name);
    END LOOP;

    FOR item IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
          AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))
          AND (p.proname ~ '^(pg_|lo_|txid_|has_|to_reg|brin_|gin_clean|binary_upgrade_)'
               OR p.proname ~ '(_to_xml|_to_xmlschema|_to_xml_and_xmlschema|_description)$'
               OR p.proname IN ('loread', 'lowrite', 'currtid2', 'format_type', 'row_security_active', 'ts_stat',
                                'ts_rewrite', 'mxid_age')
               -- The age of a guessed transaction tells how many there were.
               OR p.oid = 'age(xid)'::regprocedure)
          AND p.proname NOT IN ('pg_typeof', 'pg_backend_pid', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until',
                                'pg_notify', 'pg_client_encoding', 'pg_encoding_to_char', 'pg_char_to_encoding',
                                'pg_is_in_recovery', 'pg_input_is_valid', 'pg_input_error_info')
    LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO keyhole_catalog', item.name);
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', item.name);
    END LOOP;
END
$close$;

REVOKE ALL ON SCHEMA information_schema FROM PUBLIC;
GRANT USAGE ON SCHEMA information_schema TO keyhole_catalog;

-- Without a language there is no DO block and no function of one's own.
REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql, sql TO keyhole_owner, keyhole_definer;
