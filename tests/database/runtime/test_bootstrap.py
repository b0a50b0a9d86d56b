"""Bootstrap makes roles and databases, repairs what was changed, and sends no password in SQL text."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from dialer.runtime.testcluster import TestCluster
from tenants.db.bootstrap import BootstrapError, bootstrap, read_credentials
from tenants.db.roles import LOGINS
from tenants.vault.keyring import create_keyrings


def _again(ground: TestCluster) -> Any:
    return bootstrap(ground.superuser_dsn(), credentials=read_credentials(ground.keys), is_test=True)


def _ask(ground: TestCluster, statement: str, database: str = "keyhole") -> list[tuple[Any, ...]]:
    with psycopg.connect(ground.superuser_dsn(database), autocommit=True) as conn:
        cursor = conn.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_every_login_signs_in_with_the_password_of_its_key_file(ground: TestCluster) -> None:
    for process, login in LOGINS.items():
        with psycopg.connect(ground.dsn(process)) as conn:
            assert conn.execute("SELECT current_user").fetchone() == (login.name,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(ground.dsn("agent"), password=ground.password("gateway"))


def test_no_login_is_more_than_a_login(ground: TestCluster) -> None:
    rows = _ask(
        ground,
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication, rolcanlogin "
        r"FROM pg_roles WHERE rolname LIKE 'keyhole\_%' AND rolname <> 'keyhole_superuser' ORDER BY 1",
    )
    assert [name for name, _, _ in rows] == sorted(
        ["keyhole_catalog", "keyhole_definer", "keyhole_pruner", *(login.name for login in LOGINS.values())]
    )
    assert not any(is_powerful for _, is_powerful, _ in rows)
    assert {name for name, _, can_login in rows if not can_login} == {
        "keyhole_catalog",
        "keyhole_definer",
        "keyhole_pruner",
    }


def test_only_the_owner_of_a_test_cluster_makes_databases(ground: TestCluster, tmp_path: Path) -> None:
    made = "SELECT rolname FROM pg_roles WHERE rolcreatedb AND NOT rolsuper"
    assert _ask(ground, made) == [("keyhole_owner",)]
    bootstrap(ground.superuser_dsn(), credentials=read_credentials(ground.keys))
    assert _ask(ground, made) == []
    assert _ask(ground, "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'keyhole_agent'") == [
        (LOGINS["agent"].connections,)
    ]
    _again(ground)


def test_no_password_is_part_of_an_sql_text(ground: TestCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    execute = psycopg.Connection.execute

    def record(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(query.as_string(self) if hasattr(query, "as_string") else str(query))
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", record)
    _again(ground)
    assert sum("SCRAM-SHA-256$" in text for text in sent) == len(LOGINS)
    assert not [text for text in sent for process in LOGINS if ground.password(process) in text]


def test_running_it_again_repairs_what_was_changed(ground: TestCluster) -> None:
    _ask(ground, "GRANT SELECT ON pg_class TO PUBLIC")
    _ask(ground, "GRANT EXECUTE ON FUNCTION pg_relation_size(regclass, text) TO PUBLIC")
    _ask(ground, "ALTER ROLE keyhole_agent BYPASSRLS CREATEROLE")
    _ask(ground, "GRANT keyhole_definer TO keyhole_agent")
    _ask(ground, "GRANT TEMPORARY ON DATABASE keyhole TO PUBLIC")
    with psycopg.connect(ground.dsn("agent"), autocommit=True) as agent:
        agent.execute("ALTER ROLE keyhole_agent SET default_transaction_read_only = on")
        assert agent.execute("SELECT reltuples FROM pg_class LIMIT 1").fetchone() is not None
    report = _again(ground)
    assert (report.is_new, report.warnings) == (False, [])
    with psycopg.connect(ground.dsn("agent"), autocommit=True) as agent:
        assert agent.execute("SHOW default_transaction_read_only").fetchone() == ("off",)
        for refused in (
            "SELECT 1 FROM pg_class",
            "SELECT pg_relation_size('pg_type')",
            "CREATE TEMP TABLE t (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                agent.execute(refused.encode())
    assert _ask(
        ground, "SELECT rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'keyhole_agent'"
    ) == [(False, False)]
    assert _ask(ground, "SELECT pg_has_role('keyhole_agent', 'keyhole_definer', 'MEMBER')") == [(False,)]


def test_it_changes_a_password_to_that_of_the_key_file(ground: TestCluster, tmp_path: Path) -> None:
    create_keyrings(tmp_path / "keys")
    fresh = read_credentials(tmp_path / "keys")
    bootstrap(ground.superuser_dsn(), credentials=fresh, is_test=True)
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(ground.dsn("agent"))
        psycopg.connect(ground.dsn("agent"), password=fresh["agent"].open_text()).close()
    finally:
        _again(ground)
    psycopg.connect(ground.dsn("agent")).close()


def test_it_says_which_databases_let_everybody_in(ground: TestCluster) -> None:
    _ask(ground, "CREATE DATABASE somebody_elses", "postgres")
    try:
        assert ["somebody_elses" in warning for warning in _again(ground).warnings] == [True]
    finally:
        _ask(ground, "DROP DATABASE somebody_elses", "postgres")


def test_a_login_that_may_not_prepare_the_server_is_told_so(ground: TestCluster) -> None:
    with pytest.raises(BootstrapError, match="superuser"):
        bootstrap(ground.dsn("firm"), credentials=read_credentials(ground.keys))


def test_every_login_has_limits_of_its_own(ground: TestCluster) -> None:
    with psycopg.connect(ground.dsn("agent")) as conn:
        shown = [
            conn.execute(f"SHOW {name}".encode()).fetchone() for name in ("statement_timeout", "search_path")
        ]
    assert shown == [("10s",), ("public",)]
