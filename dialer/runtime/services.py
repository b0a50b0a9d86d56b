"""What the supervisor watches: a server or a process of ours, started, asked whether it answers, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from dialer.env import REPOSITORY, Env
from dialer.runtime.child import ServerError, end, spawn


class Service(Protocol):
    """One thing that is kept alive."""

    @property
    def pid(self) -> int | None:
        """Process id, None before the first start."""

    def start(self) -> None:
        """Start it; returns before it answers. Raises: ServerError."""

    def answers(self) -> bool:
        """Whether it does its work now."""

    def poll(self) -> int | None:
        """Exit code when it has ended, None while it runs."""

    def stop(self) -> None:
        """End it and tidy up."""


class ProcessService:
    """A process of ours. Without a port it counts as answering as long as it runs."""

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, port: tuple[str, int] | None = None
    ) -> None:
        self._argv = list(argv)
        self._env = dict(env)
        self._log = log
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None before the first start."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the process; returns before it answers."""
        self._child = spawn(self._argv, cwd=REPOSITORY, log=self._log, env=self._env)

    def answers(self) -> bool:
        """Whether its port accepts connections."""
        if self._port is None:
            return self.poll() is None
        try:
            with socket.create_connection(self._port, timeout=1.0):
                return True
        except OSError:
            return False

    def poll(self) -> int | None:
        """Exit code when it has ended, None while it runs. Raises: ServerError before the first start."""
        if self._child is None:
            raise ServerError("This process was not started yet.")
        return self._child.poll()

    def stop(self) -> None:
        """Ask it to finish what it holds and wait ten seconds, then end it."""
        if self._child is not None:
            end(self._child, signals=((signal.SIGTERM, 10.0),))


def process_environment(process: str, *, demo: bool) -> dict[str, str]:
    """The environment of a process: this one's, without what only the bootstrap may know."""
    kept = {name: value for name, value in os.environ.items() if name != "KEYHOLE_SUPERUSER_URL"}
    return {
        **kept,
        "KEYHOLE_PROCESS": process,
        "KEYHOLE_DEMO": "1" if demo else "0",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "dialer.settings"),
        "PYTHONUNBUFFERED": "1",
    }


def surface(env: Env, process: str, *, demo: bool) -> ProcessService:
    """The firm's or the agents' surface."""
    port = env.firm_port if process == "firm" else env.agent_port
    argv = [
        sys.executable,
        "-m",
        "uvicorn",
        "dialer.asgi:application",
        "--host",
        env.host,
        "--port",
        str(port),
    ]
    # An access log would hold addresses that name records; the record of access is in the database.
    argv += ["--ws", "websockets-sansio", "--no-access-log", "--no-server-header"]
    argv += ["--log-level", "warning"]
    argv += ["--timeout-graceful-shutdown", "5"]
    # Only behind a proxy of the operator's own is the caller's address taken from a header.
    argv += ["--no-proxy-headers"] if env.is_local else ["--proxy-headers"]
    return ProcessService(
        argv,
        env=process_environment(process, demo=demo),
        log=env.log / f"{process}.log",
        port=(_reached_at(env.host), port),
    )


def command(env: Env, process: str, *, demo: bool) -> ProcessService:
    """A process that is a management command named as the process: the gateway or the worker."""
    return ProcessService(
        [sys.executable, str(REPOSITORY / "manage.py"), process],
        env=process_environment(process, demo=demo),
        log=env.log / f"{process}.log",
    )


def _reached_at(host: str) -> str:
    # Who listens everywhere answers on loopback.
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound
    return everywhere.get(host, host)
