"""Fixtures of every test: a clean database under the product's own logins, and the cast in a world of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from dialer.env import read_env
from tenants.db.roles import LOGINS
from tenants.vault.keyring import load_keyring
from tests.cluster import copy_database
from tests.world import World

FULL = os.environ.get("KEYHOLE_TESTS_FULL", "") not in ("", "0")
# Rows that migrations made stay; everything else goes between tests.
_KEPT = ("django_migrations", "tenants_pepper")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser and the long tests to the full run."""
    if FULL:
        return
    for item in items:
        for name in ("browser", "full"):
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason="runs in full (KEYHOLE_TESTS_FULL=1)"))


class Database:
    """The test database and how each login gets in. Its owner cleans it; nothing is tested as the owner."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys = read_env().keys
        self._kept: dict[str, psycopg.Connection[tuple[object, ...]]] = {}

    def dsn(self, process: str) -> str:
        """Connection string of a process's login to this database."""
        base = django_settings.DATABASES["default"]
        password = load_keyring(self.keys, process).login_password.open_text()
        return make_conninfo(
            "",
            host=str(base["HOST"]),
            port=str(base["PORT"]),
            user=LOGINS[process].name,
            password=password,
            dbname=self.name,
        )

    def connect(self, process: str, *, autocommit: bool = True) -> "psycopg.Connection[tuple[object, ...]]":
        """Open a connection as the login of a process."""
        return psycopg.connect(self.dsn(process), autocommit=autocommit)

    @contextmanager
    def borrow(self, process: str) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
        """Lend the run's own connection of a login, for set-up: signing in at the server costs more than most of it."""
        conn = self._kept.get(process)
        try:
            if conn is not None:
                conn.execute("select 1")
        except psycopg.Error:
            # A test ended it, as some are there to do.
            conn = None
        if conn is None:
            conn = self._kept[process] = self.connect(process)
        yield conn

    def connect_superuser(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Open a connection as a database administrator: for tests of what such a one cannot hide, and nothing else."""
        dsn = os.environ["PYTEST_SHARED_CLUSTER"]
        return psycopg.connect(make_conninfo(dsn, dbname=self.name), autocommit=True)

    def clean(self) -> None:
        """Empty every table that holds something, as the owner."""
        with self.borrow("owner") as conn:
            names = conn.execute(
                "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
                " and pg_relation_size(c.oid) > 0 and not c.relname = any (%s)",
                [list(_KEPT)],
            ).fetchall()
            if names:
                tables = sql.SQL(", ").join(sql.Identifier(str(name)) for (name,) in names)
                conn.execute(sql.SQL("truncate {} restart identity cascade").format(tables))

    def use(self, process: str) -> None:
        """Put Django's own connection under the login of a process."""
        for alias in connections:
            connections[alias].close()
        values = connections.settings["default"]
        values["NAME"] = self.name
        values["USER"] = LOGINS[process].name
        values["PASSWORD"] = load_keyring(self.keys, process).login_password.open_text()
        values["OPTIONS"] = {"server_side_binding": True}
        if hasattr(connections._connections, "default"):
            del connections["default"]


@pytest.fixture(scope="session")
def database_name(worker_id: str = "master") -> str:
    """Name of this worker's database."""
    return f"keyhole_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="session")
def prepared_database(database_name: str) -> Database:
    """This worker's own copy of the migrated database."""
    copy_database(database_name)
    return Database(database_name)


@pytest.fixture
def database(prepared_database: Database, django_db_blocker: object) -> Iterator[Database]:
    """A clean database; Django's connection is the firm surface's."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        prepared_database.clean()
        prepared_database.use("firm")
        # django.contrib.postgres, which the agent surface does without, looks types up once and as whoever comes first.
        connections["default"].ensure_connection()
        yield prepared_database
        for alias in connections:
            connections[alias].close()


@pytest.fixture
def world(database: Database) -> World:
    """Two firms, two outsourcers, an agent of each, an auditor, a stranger."""
    return World(database)


@pytest.fixture
def surface(database: Database, settings: object) -> Callable[[str], None]:
    """Make the test's process that of a surface: its login, URL table, cookies and keys."""

    def become(name: str) -> None:
        keyring = load_keyring(database.keys, name)
        values = {
            "KEYHOLE_PROCESS": name,
            "KEYHOLE_SURFACE": name,
            "KEYRING": keyring,
            "ROOT_URLCONF": f"dialer.urls_{name}",
            "SESSION_COOKIE_NAME": f"keyhole_{name}",
            "CSRF_COOKIE_NAME": f"keyhole_{name}_csrf",
            "SECRET_KEY": keyring.django_secret.open_text() if keyring.django_secret else "",
        }
        for key, value in values.items():
            setattr(settings, key, value)
        database.use(name)

    return become


@pytest.fixture
def agent_surface(surface: Callable[[str], None]) -> None:
    """The test's process is the agent surface."""
    surface("agent")


@pytest.fixture
def spool(tmp_path: Path, settings: object) -> Path:
    """A spool folder of the test's own."""
    settings.KEYHOLE_SPOOL = tmp_path / "spool"  # type: ignore[attr-defined]
    return tmp_path / "spool"


__all__ = ["Database", "connection"]
