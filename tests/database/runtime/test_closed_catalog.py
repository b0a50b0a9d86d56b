"""What the agents' and the gateway's logins learn from PostgreSQL itself: nothing."""

import psycopg
import pytest

from dialer.runtime.testcluster import TestCluster

CLOSED = ("agent", "gateway", "ledger")

# Each reads, counts, names, blocks or stores something, and would work for who may do it.
STATEMENTS = [
    "SELECT reltuples FROM pg_class",
    "SELECT count(*) FROM pg_stat_user_tables",
    "SELECT n_live_tup FROM pg_stat_all_tables",
    "SELECT query FROM pg_stat_activity",
    "SELECT prosrc FROM pg_proc",
    "SELECT rolname FROM pg_roles",
    "SELECT table_name FROM information_schema.tables",
    "SELECT pg_stat_get_live_tuples(1259)",
    "SELECT pg_stat_get_tuples_inserted(1259)",
    "SELECT pg_stat_get_db_tuples_fetched(1)",
    "SELECT pg_stat_get_activity(NULL)",
    "SELECT pg_relation_size('pg_type')",
    "SELECT pg_total_relation_size('pg_type')",
    "SELECT pg_database_size(current_database())",
    "SELECT pg_relation_filepath('pg_type')",
    "SELECT pg_get_functiondef(1)",
    "SELECT pg_get_viewdef(1)",
    "SELECT pg_get_userbyid(10)",
    "SELECT obj_description(1, 'pg_class')",
    "SELECT format_type(23, NULL)",
    "SELECT has_table_privilege('pg_type', 'SELECT')",
    "SELECT to_regclass('pg_type')",
    "SELECT pg_lock_status()",
    "SELECT pg_blocking_pids(1)",
    "SELECT pg_current_snapshot()",
    "SELECT pg_current_xact_id()",
    "SELECT txid_current()",
    "SELECT pg_current_wal_lsn()",
    "SELECT age('3'::xid)",
    "SELECT pg_export_snapshot()",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock(1)",
    "SELECT pg_advisory_xact_lock_shared(1, 2)",
    "SELECT pg_cancel_backend(pg_backend_pid())",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "DO $$ BEGIN PERFORM 1; END $$",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMP TABLE mine (a int)",
    "CREATE TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/dev/null'",
    "SET ROLE keyhole_owner",
    "SET ROLE keyhole_definer",
    "SET ROLE keyhole_catalog",
    "SET SESSION AUTHORIZATION keyhole_owner",
    "SET session_replication_role = replica",
    "ALTER ROLE keyhole_firm PASSWORD NULL",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "CREATE ROLE mine",
]


def _reads(dsn: str, statement: str) -> bool:
    with psycopg.connect(dsn) as conn:
        try:
            conn.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            conn.rollback()
    return True


def _catalog(ground: TestCluster) -> list[str]:
    with psycopg.connect(ground.superuser_dsn(ground.database)) as conn:
        rows = conn.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') "
            "AND c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
        ).fetchall()
    return [name for (name,) in rows]


@pytest.mark.parametrize("process", CLOSED)
def test_it_reads_no_relation_of_the_catalogs(ground: TestCluster, process: str) -> None:
    names = _catalog(ground)
    assert len(names) > 200
    opened = []
    with psycopg.connect(ground.dsn(process), autocommit=True) as conn:
        for name in names:
            try:
                conn.execute(f"SELECT 1 FROM {name} LIMIT 1")
            except psycopg.errors.InsufficientPrivilege:
                continue
            opened.append(name)
    assert opened == []


def test_the_same_relations_can_be_read_by_the_superuser(ground: TestCluster) -> None:
    with psycopg.connect(ground.superuser_dsn(ground.database), autocommit=True) as conn:
        for name in _catalog(ground):
            # The view of memory nodes needs hardware that a machine may lack.
            if not name.endswith("_numa"):
                conn.execute(f"SELECT 1 FROM {name} LIMIT 1")
        assert conn.execute("SELECT reltuples FROM pg_class WHERE relname = 'pg_type'").fetchone() is not None


@pytest.mark.parametrize("process", CLOSED)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_it_is_refused(ground: TestCluster, process: str, statement: str) -> None:
    assert not _reads(ground.dsn(process), statement)


@pytest.mark.parametrize("process", CLOSED)
def test_it_makes_no_database(ground: TestCluster, process: str) -> None:
    with (
        psycopg.connect(ground.dsn(process), autocommit=True) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute("CREATE DATABASE mine")


def test_the_refusals_are_those_of_the_login_and_not_of_the_statement(ground: TestCluster) -> None:
    read = [s for s in STATEMENTS if s.startswith("SELECT") and "terminate" not in s and "cancel" not in s]
    for statement in read:
        with psycopg.connect(ground.superuser_dsn(ground.database)) as conn:
            try:
                conn.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                pytest.fail(f"refused to the superuser too: {statement}")
            except psycopg.Error:
                # An oid that was guessed may name nothing; permission came first.
                pass
            finally:
                conn.rollback()


def test_a_login_that_makes_imports_reads_catalogs_and_makes_temporary_tables(ground: TestCluster) -> None:
    for process in ("owner", "firm", "worker"):
        assert _reads(ground.dsn(process), "SELECT reltuples FROM pg_class")
        assert _reads(ground.dsn(process), "CREATE TEMP TABLE mine (a int)")


@pytest.mark.parametrize("process", CLOSED)
def test_it_holds_no_privilege_on_a_function_named_for_the_server(ground: TestCluster, process: str) -> None:
    allowed = {
        *("pg_typeof", "pg_backend_pid", "pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_notify"),
        *("pg_client_encoding", "pg_encoding_to_char", "pg_char_to_encoding", "pg_is_in_recovery"),
        *("pg_input_is_valid", "pg_input_error_info"),
    }
    with psycopg.connect(ground.superuser_dsn(ground.database)) as conn:
        rows = conn.execute(
            r"SELECT DISTINCT proname FROM pg_proc WHERE proname ~ '^(pg_|lo_|txid_|has_)' "
            "AND has_function_privilege(%s, oid, 'EXECUTE')",
            (ground.user(process),),
        ).fetchall()
    assert {name for (name,) in rows} == allowed


@pytest.mark.parametrize("process", CLOSED)
@pytest.mark.parametrize("database", ["postgres", "template1", "keyhole_template"])
def test_it_enters_no_other_database(ground: TestCluster, process: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(ground.dsn(process, database))
    with psycopg.connect(ground.dsn(process)) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_new_function_can_be_called_by_nobody_until_it_is_granted(ground: TestCluster) -> None:
    with psycopg.connect(ground.dsn("owner"), autocommit=True) as owner:
        owner.execute("CREATE FUNCTION fresh() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 7'")
        try:
            assert not _reads(ground.dsn("agent"), "SELECT fresh()")
            owner.execute("ALTER FUNCTION fresh() OWNER TO keyhole_definer")
            assert not _reads(ground.dsn("agent"), "SELECT fresh()")
            owner.execute("GRANT EXECUTE ON FUNCTION fresh() TO keyhole_agent")
            assert _reads(ground.dsn("agent"), "SELECT fresh()")
            assert not _reads(ground.dsn("gateway"), "SELECT fresh()")
        finally:
            owner.execute("DROP FUNCTION fresh()")


def test_a_database_made_from_the_template_is_closed_as_well(ground: TestCluster) -> None:
    from tenants.db.bootstrap import restrict_database

    with psycopg.connect(ground.dsn("owner", "keyhole"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE keyhole_copy TEMPLATE {ground.template}")
        try:
            assert _reads(ground.dsn("agent", "keyhole_copy"), "CREATE TEMP TABLE mine (a int)")
            restrict_database(owner, "keyhole_copy")
            assert not _reads(ground.dsn("agent", "keyhole_copy"), "CREATE TEMP TABLE mine (a int)")
            assert not _reads(ground.dsn("agent", "keyhole_copy"), "SELECT reltuples FROM pg_class")
        finally:
            owner.execute("DROP DATABASE keyhole_copy")
