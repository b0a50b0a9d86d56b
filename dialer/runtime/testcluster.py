"""A PostgreSQL for tests: not durable, its roles and template made, its passwords in key files of its own.

It must never be pointed at a folder that holds anything worth keeping.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from dialer.runtime.passwords import superuser_password
from dialer.runtime.postgres import Postgres
from tenants.db.bootstrap import bootstrap, read_credentials
from tenants.db.roles import DATABASE, LOGINS, TEMPLATE
from tenants.vault.keyring import create_keyrings

# Two crowds of two hundred clients may meet, one from each process of the run.
_SETTINGS = {"max_connections": "800"}


@dataclass(frozen=True, slots=True)
class TestCluster:
    """A running test server: where it listens and how each login gets in."""

    # pytest must not collect it.
    __test__ = False

    postgres: Postgres
    keys: Path
    host: str
    port: int
    template: str = TEMPLATE
    database: str = DATABASE

    def user(self, process: str) -> str:
        """Login name of a process: owner, firm, agent, gateway or worker."""
        return LOGINS[process].name

    def password(self, process: str) -> str:
        """Password of a process's login, in clear: for settings and connection strings alone."""
        return read_credentials(self.keys)[process].open_text()

    def dsn(self, process: str, database: str | None = None) -> str:
        """Connection string of a process's login."""
        return make_conninfo(
            "",
            host=self.host,
            port=self.port,
            user=self.user(process),
            password=self.password(process),
            dbname=database or self.database,
        )

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Connection string of the superuser: for controls, never for the thing that is tested."""
        return self.postgres.superuser_dsn(database)

    def stop(self) -> None:
        """End the server; the folder is left to whoever made it."""
        self.postgres.stop()


def start_test_cluster(folder: Path) -> TestCluster:
    """Start a server over `folder`, about a second from nothing. The owner's login may make databases.

    Raises: ServerError when it does not start.
    """
    keys = folder / "keys"
    create_keyrings(keys)
    postgres = Postgres(
        folder / "postgres",
        port=free_port(),
        superuser_password=superuser_password(keys),
        log=folder / "log" / "postgres.log",
        settings=_SETTINGS,
        durable=False,
    )
    postgres.start()
    try:
        postgres.wait_ready()
        bootstrap(postgres.superuser_dsn(), credentials=read_credentials(keys), is_test=True)
    except BaseException:
        postgres.stop()
        raise
    return TestCluster(postgres=postgres, keys=keys, host=str(postgres.socket_folder), port=postgres.port)


def free_port() -> int:
    """A loopback port that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
