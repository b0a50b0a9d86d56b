"""Looks after every open console of this process: closes the signed out, looks again for who waits."""

import asyncio
import logging
import time
import weakref
from typing import Any, Final, Protocol

from tenants.db.functions import acall

logger = logging.getLogger(__name__)

CHECK_S: Final = 2.0
LOOK_S: Final = 5.0
AT_ONCE: Final = 8
SIGNED_OUT: Final = 4401


class Socket(Protocol):
    """What the watch needs of an open console."""

    token_hash: bytes
    looked_at: float
    desk: Any

    async def end(self, code: int) -> None:
        """Close it."""

    async def look(self, *, arriving: bool = False) -> None:
        """Load and push its state."""


class Watch:
    """The open consoles of one event loop and the task that looks after them."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, socket: Socket) -> None:
        """Look after a socket; the task starts with the first."""
        self.sockets.add(socket)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def discard(self, socket: Socket) -> None:
        """Stop looking after a socket; the task ends by itself after the last."""
        self.sockets.discard(socket)

    async def _run(self) -> None:
        while self.sockets:
            await asyncio.sleep(CHECK_S)
            try:
                await self.check_sessions()
                await self.look_again()
            # Whatever fails, sessions must be checked again: a dead watch leaves the signed out connected.
            except Exception as error:
                logger.warning("watch: %s", type(error).__name__)

    async def check_sessions(self) -> None:
        """Close every socket whose session is over or whose person was disabled."""
        sockets = list(self.sockets)
        if not sockets:
            return
        hashes = list({socket.token_hash for socket in sockets})
        alive = {bytes(found) for found in await acall("dialer_check_sessions_v1", hashes) or []}
        for socket in sockets:
            if socket.token_hash not in alive:
                await socket.end(SIGNED_OUT)

    async def look_again(self) -> None:
        """Let agents who wait look again: a wake-up may have been lost, an hour may have opened."""
        now = time.monotonic()
        due = [
            s for s in self.sockets if s.desk is not None and s.desk.waiting and now - s.looked_at >= LOOK_S
        ]
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*(s.look() for s in due[start : start + AT_ONCE]))


_watches: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = weakref.WeakKeyDictionary()


def watch() -> Watch:
    """Give the running loop's watch."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = Watch()
    return _watches[loop]
