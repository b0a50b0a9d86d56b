"""Starts a child process that dies with its parent and, when started as root, as an unprivileged user.

It must never pass a secret by argument or environment, and never lets a child write to the terminal.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.env import REPOSITORY

_PR_SET_PDEATHSIG: Final = 1
_LOG_LIMIT_BYTES: Final = 20_000_000


class ServerError(RuntimeError):
    """A server could not be started; the text says what happened and what to do next."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The unprivileged user that servers run as when Keyhole itself was started as root."""

    name: str
    uid: int
    gid: int


def server_user(checkout: Path = REPOSITORY) -> ServerUser | None:
    """The user for servers: None when Keyhole does not run as root, else the checkout's owner, else `nobody`.

    A bare uid would not do: initdb looks its user up.

    Raises: ServerError when the machine has no user to drop to.
    """
    if os.geteuid() != 0:
        return None
    owner = checkout.stat().st_uid
    if owner != 0:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwuid(owner)
            return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServerError(
            "PostgreSQL refuses to run as root and this machine has no user named nobody. "
            "Nothing was started. Start Keyhole as an ordinary user."
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def spawn(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str],
    user: ServerUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    stdin: bytes | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `argv` with its output appended to `log`; it gets `death_signal` when this process dies.

    The working folder is entered before the user changes, so it may lie under one that is closed to the user.
    `stdin` is written through a pipe (under 64 kB) and the pipe is closed.
    Call it from a thread that lives as long as the child should: the kernel watches the thread.
    """
    with open_log(log) as output:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=tuple(pass_fds),
            preexec_fn=_die_with_parent(death_signal),  # noqa: PLW1509  it only makes two system calls
            # A group of its own keeps Ctrl-C for the supervisor, which stops its children in order.
            process_group=0,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    if stdin is not None and child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(stdin)
    return child


def run_once(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str],
    user: ServerUser | None = None,
    pass_fds: Sequence[int] = (),
) -> int:
    """Run `argv` to its end and return its exit code."""
    return spawn(argv, cwd=cwd, log=log, env=env, user=user, pass_fds=pass_fds).wait()


def bare_env() -> dict[str, str]:
    """An environment for servers that carries nothing of ours and makes messages predictable."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C",
        "LC_ALL": "C",
        "TZ": "UTC",
    }


def end(child: subprocess.Popen[bytes], *, signals: Sequence[tuple[signal.Signals, float]]) -> int:
    """Send each signal in turn, waiting its seconds, until the child has ended. Returns its exit code."""
    for number, wait_s in signals:
        if child.poll() is not None:
            break
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(wait_s)
    child.kill()
    return child.wait()


def open_log(path: Path) -> _LogFile:
    """Open a log file for appending, closed to other users; a large one is set aside first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT_BYTES:
            path.replace(path.with_name(path.name + ".1"))
    return _LogFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))


def last_lines(path: Path, *, count: int, since: int = 0) -> list[str]:
    """The last `count` lines that `path` gained after byte `since`."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(min(since, size), size - 16_384))
            text = log.read()
    except FileNotFoundError:
        return []
    return text.decode(errors="replace").splitlines()[-count:]


class _LogFile:
    """A file descriptor that is closed in this process once the child has its own."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> int:
        return self._number

    def __exit__(self, *_: object) -> None:
        os.close(self._number)


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    # Elsewhere than on Linux there is no such call; the supervisor's own clean stop is what remains.
    if sys.platform != "linux":
        return None
    # Loaded before the fork: the child must not take the loader's lock.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        # The parent may have died between the fork and the line above.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_kernel
