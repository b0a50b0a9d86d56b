"""Folders and files that servers need: a short closed folder for sockets, programs within reach.

Nothing on the way to the data is ever opened to others: what cannot be reached is copied or entered first.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from dialer.runtime.child import ServerError, ServerUser, bare_env

# sockaddr_un holds 108 bytes with the closing zero; PostgreSQL names its socket .s.PGSQL.65535.lock at most.
_LONGEST_SOCKET_FOLDER: Final = 80
_PREFIX: Final = "keyhole-"


class RunFile:
    """A small JSON file beside a server's data: where the running server listens. Holds no secret."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """What was written last; empty when nothing was, or when the writer was interrupted."""
        try:
            found = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, facts: dict[str, Any]) -> None:
        """Replace the file in one step, so that a reader sees the old facts or the new."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(json.dumps(facts))
        fresh.replace(self.path)

    def remove(self) -> None:
        """Forget what was written."""
        self.path.unlink(missing_ok=True)


def make_short_folder() -> Path:
    """Make a folder whose path is short enough for a socket; it holds one folder for each purpose.

    Raises: ServerError when even the system's folder for temporary files has too long a path.
    """
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp names and closes the folder
        if len(os.fsencode(parent)) + 32 <= _LONGEST_SOCKET_FOLDER and Path(parent).is_dir():
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            # The server's user passes through to its own folder inside, and nobody can list it.
            folder.chmod(0o711)
            return folder
    raise ServerError(
        "The folder for temporary files has too long a path for a socket. Nothing was started. "
        "Set TMPDIR to a shorter one."
    )


def make_closed_folder(path: Path, user: ServerUser | None) -> Path:
    """Make `path` with mode 0700 for the server's user; an existing one is put in order."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    if user is not None:
        os.chown(path, user.uid, user.gid)
    return path


def remove_short_folder(path: str | Path | None) -> None:
    """Remove a folder that `make_short_folder` made; anything else is left alone."""
    if not path:
        return
    folder = Path(path)
    with contextlib.suppress(FileNotFoundError):
        facts = folder.lstat()
        if folder.name.startswith(_PREFIX) and stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)


def reachable(binary: Path, user: ServerUser | None) -> bool:
    """Whether the server's user can run `binary` where it lies. It is tried, not guessed."""
    if user is None:
        return os.access(binary, os.X_OK)
    try:
        tried = subprocess.run(
            [str(binary), "--version"],
            cwd="/",
            env=bare_env(),
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def copy_for_all(source: Path, target: Path) -> None:
    """Copy a file or folder so that every user can read it, whatever the modes of the source."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for path in (target, *target.rglob("*")) if target.is_dir() else (target, target.parent):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)


def refuse_taken_port(port: int, *, host: str = "127.0.0.1") -> None:
    """Check that nothing listens on `port` of `host`.

    Raises: ServerError when something does.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise ServerError(
                f"Port {port} of this machine is already in use. Nothing was started. "
                "Stop what uses it, or set KEYHOLE_PORT to another first port."
            ) from None
