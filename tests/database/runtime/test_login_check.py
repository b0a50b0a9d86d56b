"""No process starts with a login that may do more than its work: each fault is planted once and refused."""

from collections.abc import Iterator

import psycopg
import pytest

from dialer.env import REPOSITORY
from dialer.runtime.testcluster import TestCluster
from tenants.db.startup import LoginRightsError, check_login_rights

SERVING = ("firm", "agent", "gateway", "worker", "ledger")


@pytest.fixture(scope="module")
def checked(ground: TestCluster) -> Iterator[TestCluster]:
    """The cluster with the check's function, a table of a firm and a table of sessions."""
    folder = REPOSITORY / "tenants" / "sql"
    with psycopg.connect(ground.dsn("owner"), autocommit=True) as owner:
        owner.execute((folder / "0009_login_check.up.sql").read_bytes())
        owner.execute("CREATE TABLE example_contact (firm_id int, name text)")
        owner.execute("ALTER TABLE example_contact ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE example_contact FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT SELECT ON example_contact TO keyhole_firm, keyhole_worker")
        owner.execute("CREATE TABLE tenants_session (token text)")
        yield ground
        owner.execute("DROP TABLE example_contact, tenants_session")
        owner.execute((folder / "0009_login_check.down.sql").read_bytes())


def _check(ground: TestCluster, process: str) -> list[str]:
    with psycopg.connect(ground.dsn(process)) as conn:
        return check_login_rights(conn, process=process)


@pytest.mark.parametrize("process", SERVING)
def test_it_accepts_the_logins_as_they_are_made(checked: TestCluster, process: str) -> None:
    assert _check(checked, process) == []


def test_it_accepts_the_owner_for_the_owner_s_work_alone(checked: TestCluster) -> None:
    assert _check(checked, "owner") == []
    with (
        psycopg.connect(checked.dsn("owner")) as conn,
        pytest.raises(LoginRightsError, match="signed in to PostgreSQL as keyhole_owner"),
    ):
        check_login_rights(conn, process="firm")


@pytest.mark.parametrize("process", [*SERVING, "owner"])
def test_it_refuses_the_superuser(checked: TestCluster, process: str) -> None:
    with (
        psycopg.connect(checked.superuser_dsn("keyhole")) as conn,
        pytest.raises(LoginRightsError, match="superuser"),
    ):
        check_login_rights(conn, process=process)


@pytest.mark.parametrize(
    ("process", "plant", "remove", "said"),
    [
        ("firm", "ALTER ROLE keyhole_firm SUPERUSER", "ALTER ROLE keyhole_firm NOSUPERUSER", "superuser"),
        ("firm", "ALTER ROLE keyhole_firm BYPASSRLS", "ALTER ROLE keyhole_firm NOBYPASSRLS", "BYPASSRLS"),
        (
            "worker",
            "ALTER ROLE keyhole_worker CREATEROLE",
            "ALTER ROLE keyhole_worker NOCREATEROLE",
            "make roles",
        ),
        (
            "worker",
            "ALTER ROLE keyhole_worker CREATEDB",
            "ALTER ROLE keyhole_worker NOCREATEDB",
            "make databases",
        ),
        (
            "agent",
            "ALTER ROLE keyhole_agent REPLICATION",
            "ALTER ROLE keyhole_agent NOREPLICATION",
            "replication",
        ),
        (
            "agent",
            "GRANT keyhole_owner TO keyhole_agent",
            "REVOKE keyhole_owner FROM keyhole_agent",
            "keyhole_owner",
        ),
        (
            "gateway",
            "GRANT keyhole_definer TO keyhole_gateway",
            "REVOKE keyhole_definer FROM keyhole_gateway",
            "keyhole_definer",
        ),
        (
            "agent",
            "GRANT keyhole_catalog TO keyhole_agent",
            "REVOKE keyhole_catalog FROM keyhole_agent",
            "catalog",
        ),
        ("firm", "GRANT pg_monitor TO keyhole_firm", "REVOKE pg_monitor FROM keyhole_firm", "pg_monitor"),
        (
            "firm",
            "ALTER TABLE example_contact OWNER TO keyhole_firm",
            "ALTER TABLE example_contact OWNER TO keyhole_owner; "
            "GRANT SELECT ON example_contact TO keyhole_firm",
            "owns example_contact",
        ),
        (
            "worker",
            "GRANT CREATE ON SCHEMA public TO keyhole_worker",
            "REVOKE CREATE ON SCHEMA public FROM keyhole_worker",
            "schema public",
        ),
        (
            "agent",
            "GRANT SELECT ON example_contact TO keyhole_agent",
            "REVOKE SELECT ON example_contact FROM keyhole_agent",
            "example_contact",
        ),
        (
            "gateway",
            "GRANT SELECT (name) ON example_contact TO PUBLIC",
            "REVOKE SELECT (name) ON example_contact FROM PUBLIC",
            "example_contact",
        ),
        (
            "firm",
            "ALTER TABLE example_contact NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE example_contact FORCE ROW LEVEL SECURITY",
            "not forced",
        ),
        (
            "worker",
            "ALTER TABLE example_contact DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE example_contact ENABLE ROW LEVEL SECURITY",
            "not forced",
        ),
        (
            "firm",
            "GRANT SELECT ON tenants_session TO keyhole_firm",
            "REVOKE SELECT ON tenants_session FROM keyhole_firm",
            "tenants_session",
        ),
    ],
)
def test_it_refuses_a_login_that_was_given_more(
    checked: TestCluster, process: str, plant: str, remove: str, said: str
) -> None:
    with psycopg.connect(checked.superuser_dsn("keyhole"), autocommit=True) as conn:
        conn.execute(plant.encode())
        try:
            with pytest.raises(LoginRightsError, match=said):
                _check(checked, process)
        finally:
            conn.execute(remove.encode())
    assert _check(checked, process) == []


@pytest.mark.parametrize(
    ("plant", "remove", "said"),
    [
        ("GRANT SELECT ON pg_class TO PUBLIC", "REVOKE SELECT ON pg_class FROM PUBLIC", "how many rows"),
        (
            "GRANT EXECUTE ON FUNCTION pg_stat_get_live_tuples(oid) TO PUBLIC",
            "REVOKE EXECUTE ON FUNCTION pg_stat_get_live_tuples(oid) FROM PUBLIC",
            "how many rows",
        ),
        (
            "GRANT TEMPORARY ON DATABASE keyhole TO PUBLIC",
            "REVOKE TEMPORARY ON DATABASE keyhole FROM PUBLIC",
            "temporary tables",
        ),
        (
            "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
            "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
            "postgres",
        ),
    ],
)
def test_it_says_what_leaks_and_lets_the_process_start(
    checked: TestCluster, plant: str, remove: str, said: str
) -> None:
    with psycopg.connect(checked.superuser_dsn("keyhole"), autocommit=True) as conn:
        conn.execute(plant.encode())
        try:
            assert [said in line for line in _check(checked, "agent")] == [True]
        finally:
            conn.execute(remove.encode())


def test_it_refuses_to_start_where_it_cannot_ask(ground: TestCluster) -> None:
    with psycopg.connect(ground.dsn("owner"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE keyhole_bare TEMPLATE {ground.template}".encode())
        try:
            with (
                psycopg.connect(ground.dsn("agent", "keyhole_bare")) as conn,
                pytest.raises(LoginRightsError, match="migrate"),
            ):
                check_login_rights(conn, process="agent")
        finally:
            owner.execute("DROP DATABASE keyhole_bare")
