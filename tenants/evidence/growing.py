"""A file without a name that one thread writes while its reader sends it on. It must never end as if whole when it is not."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import Final

from django.db import connections

from tenants.ledger.bundle import Out

_CHUNK: Final = 256 * 1024
# Files that are written at once: each holds a connection and reads a whole log. Others wait for their turn.
AT_ONCE: Final = 4
_turns: Final = BoundedSemaphore(AT_ONCE)
# Between two looks at a file that has not grown.
_PAUSE_S: Final = 0.1


class ReaderGone(Exception):
    """Nobody reads this file any more."""


class GrowingFile:
    """Starts `write` in a thread of its own, with connections of its own; `read` gives what is there and waits for more.

    Raises what `write` raised, in `wait` and at the end of `read`: a reader that came to the end has the whole file.
    """

    def __init__(self, write: Callable[[Out], None], *, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long as its reader
        self._write = write
        self._is_left = False
        self._done: Future[None] = Future()
        Thread(target=self._run, name="growing-file", daemon=True).start()

    def wait(self, seconds: float) -> int | None:
        """Wait so long for the whole file; returns its size in bytes, None when it is still growing."""
        try:
            self._done.result(seconds)
        except NotYet:
            return None
        except Exception:
            self.close()
            raise
        return os.fstat(self._file.fileno()).st_size

    async def read(self) -> AsyncIterator[bytes]:
        """Give the file in pieces, as soon as they are there."""
        at = 0
        try:
            while True:
                # Asked before the look: what was written before the end is seen by the look after it.
                is_done = self._done.done()
                chunk = await asyncio.to_thread(os.pread, self._file.fileno(), _CHUNK, at)
                at += len(chunk)
                if chunk:
                    yield chunk
                elif is_done:
                    self._done.result()
                    return
                else:
                    await asyncio.sleep(_PAUSE_S)
        finally:
            self.close()

    def close(self) -> None:
        """Let the file go; whoever writes it stops at the next piece."""
        self._is_left = True
        # The thread closes the file itself: its number must not become another file's under it.
        if self._done.done():
            self._file.close()

    def write(self, octets: bytes, /) -> int:
        """See `Out`. Raises: ReaderGone."""
        if self._is_left:
            raise ReaderGone
        rest = memoryview(octets)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]
        return len(octets)

    def flush(self) -> None:
        """See `Out`."""

    def _run(self) -> None:
        try:
            with _turns:
                self._write(self)
        except BaseException as error:
            self._done.set_exception(error)
        else:
            self._done.set_result(None)
        finally:
            connections.close_all()
            if self._is_left:
                self._file.close()
