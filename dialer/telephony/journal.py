"""What the simulated exchange remembers of its calls when its process dies: one small line a fact, in a file.

It must never hold a number: a call is its id, when it began, how it was drawn and what was asked of it.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

Fact = dict[str, Any]

_REWRITE_AFTER: Final = 20_000


class JournalBusyError(RuntimeError):
    """Another gateway uses this exchange. This one was not started; stop the other one first."""


class Journal:
    """An append-only file of facts under a lock. What `append` returned from survives the process."""

    def __init__(self, folder: Path) -> None:
        """Open the journal in `folder`, made 0700 when there is none.

        Raises: JournalBusyError while another process holds it; OSError when it cannot be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / "calls.jsonl"
        self._count = 0
        self._limit = _REWRITE_AFTER
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise JournalBusyError((JournalBusyError.__doc__ or "").strip()) from None
        self._file = self._open()

    @property
    def is_long(self) -> bool:
        """Whether it holds so many facts that a rewrite is worth its time."""
        return self._count >= self._limit

    def read(self) -> list[Fact]:
        """Give every whole fact, oldest first. A line that a dying process left half written is none."""
        facts = []
        for line in self._path.read_bytes().splitlines():
            try:
                fact = json.loads(line)
            except ValueError:
                continue
            if isinstance(fact, dict):
                facts.append(fact)
        self._count = len(facts)
        return facts

    def append(self, fact: Fact) -> None:
        """Add a fact. Raises: OSError when the disk does not take it; then it does not count."""
        line = _line(fact)
        if os.write(self._file, line) != len(line):
            raise OSError("the journal took a part of a line")
        self._count += 1

    def rewrite(self, facts: Iterable[Fact]) -> None:
        """Put these facts in the place of all others, in one step."""
        fresh = self._path.with_suffix(".tmp")
        lines = [_line(fact) for fact in facts]
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(lines)
        fresh.replace(self._path)
        os.close(self._file)
        self._file = self._open()
        self._count = len(lines)
        self._limit = max(_REWRITE_AFTER, 2 * self._count)

    def close(self) -> None:
        """Let the file and its lock go."""
        os.close(self._file)
        os.close(self._lock)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _line(fact: Fact) -> bytes:
    # The line break comes first as well, so a half-written line before spoils only itself.
    return b"\n" + json.dumps(fact, separators=(",", ":")).encode("ascii") + b"\n"
