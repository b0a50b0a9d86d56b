"""A hosted PostgreSQL gives no superuser: bootstrap still makes everything, and says what stays open."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dialer.env import REPOSITORY
from dialer.runtime.postgres import Postgres
from dialer.runtime.testcluster import free_port
from tenants.db.bootstrap import Report, bootstrap, read_credentials
from tenants.db.startup import check_login_rights
from tenants.vault.keyring import create_keyrings
from tenants.vault.sealed import SealedText


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Postgres]:
    """A server with one login that may make roles and databases and nothing more."""
    server = Postgres(
        tmp_path / "postgres",
        port=free_port(),
        superuser_password=SealedText("of-a-test"),
        log=tmp_path / "postgres.log",
        durable=False,
    )
    server.start()
    server.wait_ready()
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE ROLE landlord LOGIN CREATEROLE CREATEDB PASSWORD 'of-a-test'")
    create_keyrings(tmp_path / "keys")
    yield server
    server.stop()


def _bootstrap(hosted: Postgres, tmp_path: Path) -> Report:
    return bootstrap(
        hosted.dsn("landlord", "of-a-test", "postgres"), credentials=read_credentials(tmp_path / "keys")
    )


def test_it_makes_everything_and_says_what_stays_open(hosted: Postgres, tmp_path: Path) -> None:
    assert [_bootstrap(hosted, tmp_path).is_new, _bootstrap(hosted, tmp_path).is_new] == [True, False]
    assert ["catalogs stay open" in text for text in _bootstrap(hosted, tmp_path).warnings] == [True]
    passwords = read_credentials(tmp_path / "keys")
    with psycopg.connect(
        hosted.dsn("keyhole_owner", passwords["owner"].open_text(), "keyhole"), autocommit=True
    ) as owner:
        owner.execute((REPOSITORY / "tenants" / "sql" / "0009_login_check.up.sql").read_bytes())
        owner.execute("CREATE TABLE example (a int)")
        owner.execute("CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 7'")
    with psycopg.connect(hosted.dsn("keyhole_agent", passwords["agent"].open_text(), "keyhole")) as agent:
        leaks = check_login_rights(agent, process="agent")
        assert any("how many rows" in line for line in leaks)
        for refused in ("SELECT * FROM example", "SELECT fresh()", "CREATE TABLE mine (a int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), agent.transaction():
                agent.execute(refused.encode())
