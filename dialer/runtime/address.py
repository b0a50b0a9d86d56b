"""Where the database and the channel layer of this instance listen, for processes and commands.

An address of the operator's own comes first, then what the running supervisor wrote down. Holds no password
of a database login; those are in the key files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dialer.env import Env
from dialer.runtime.folders import RunFile
from dialer.runtime.valkey import layer_url
from tenants.db.roles import DATABASE, LOGINS
from tenants.vault.sealed import SealedText


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Host (or socket folder), port and name of a database; `options` are further libpq parameters."""

    host: str
    port: str
    name: str
    options: dict[str, str] = field(default_factory=dict)

    def dsn(self, process: str, password: SealedText) -> str:
        """Connection string of a process's login; it holds the password, so it must not be logged."""
        return make_conninfo(
            "",
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=LOGINS[process].name,
            password=password.open_text(),
            **self.options,
        )

    def url(self, process: str, password: SealedText) -> str:
        """The same as a URL, which every PostgreSQL tool takes."""
        user = f"{quote(LOGINS[process].name)}:{quote(password.open_text(), safe='')}"
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        options = f"?{urlencode(self.options)}" if self.options else ""
        return f"postgresql://{user}@{host}:{self.port}/{quote(self.name, safe='')}{options}"


def postgres_data(env: Env) -> Path:
    """Folder of the embedded PostgreSQL's data."""
    return env.var / "postgres"


def database_address(env: Env, *, over_tcp: bool = False) -> DatabaseAddress:
    """Where to connect. The socket is preferred where this user can enter its folder.

    `over_tcp` asks for the loopback port instead, for whoever runs under another user.
    """
    if env.database_url is not None:
        given = {name: str(value) for name, value in conninfo_to_dict(env.database_url).items()}
        return DatabaseAddress(
            host=given.pop("host", "127.0.0.1"),
            port=given.pop("port", "5432"),
            name=given.pop("dbname", DATABASE),
            options=given,
        )
    socket_folder = str(RunFile(env.var / "postgres.run.json").read().get("socket", ""))
    if socket_folder and not over_tcp and os.access(socket_folder, os.X_OK):
        return DatabaseAddress(host=socket_folder, port=str(env.postgres_port), name=DATABASE)
    return DatabaseAddress(host="127.0.0.1", port=str(env.postgres_port), name=DATABASE)


def layer_address(env: Env, password: SealedText) -> str:
    """Address of the channel layer for channels_redis; it may hold a password, so it must not be logged."""
    if env.layer_url is not None:
        return env.layer_url
    socket_path = RunFile(env.var / "valkey.run.json").read().get("socket") or env.var / "valkey.socket"
    return layer_url(socket_path, password.open_text())
