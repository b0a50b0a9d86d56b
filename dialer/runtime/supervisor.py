"""Keeps services alive: starts them in order, says what died, starts it again, stops all in reverse order.

It never gives up on a service that once ran; the pauses between attempts grow to five seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.runtime.child import ServerError, end, last_lines, spawn
from dialer.runtime.services import Service

SHORTEST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
# Who lived this long is not in a loop of crashes.
_STEADY_S: Final = 10.0
_LOOK_S: Final = 0.1
_SHOWN_LINES: Final = 12

Say = Callable[[str], None]


@dataclass(slots=True)
class Watched:
    """A service with its words: `label` for people, `log` for its last lines, `start_s` to answer."""

    label: str
    service: Service
    log: Path
    start_s: float = 60.0
    log_from: int = 0
    started_at: float = 0.0


class Supervisor:
    """The services of one instance. Invariant: whatever was started is stopped when `run` ends."""

    def __init__(self, *, say: Say) -> None:
        self._say = say
        self._running: list[Watched] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    async def run(self, body: Callable[[Supervisor], Awaitable[None]]) -> None:
        """Run `body`, which adds services, then watch until SIGINT or SIGTERM; in the end stop everything.

        Raises: ServerError when a service did not start at first, and whatever `body` raises.
        """
        loop = asyncio.get_running_loop()
        with _signals(loop, self._stop.set):
            starting = asyncio.ensure_future(body(self))
            stopping = asyncio.ensure_future(self._stop.wait())
            try:
                await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if starting.done():
                    starting.result()
                    await stopping
            finally:
                for task in (starting, stopping):
                    task.cancel()
                await asyncio.gather(starting, stopping, return_exceptions=True)
                await self._stop_all()

    async def add(self, label: str, service: Service, *, log: Path, start_s: float = 60.0) -> None:
        """Start a service, wait until it answers, and watch it from then on.

        Raises: ServerError when it ends or does not answer within `start_s` seconds.
        """
        watched = Watched(label=label, service=service, log=log, start_s=start_s)
        self._running.append(watched)
        _start(watched)
        if not await self._answers(watched):
            raise ServerError(
                f"{label} did not start. Nothing was lost. {_tail(watched)}\n  The whole log is {watched.log}"
            )
        self._watchers.append(asyncio.create_task(self._watch(watched)))

    def stop(self) -> None:
        """Ask `run` to stop everything and return."""
        self._stop.set()

    async def _watch(self, watched: Watched) -> None:
        pause_s = SHORTEST_PAUSE_S
        while True:
            await asyncio.sleep(_LOOK_S)
            code = watched.service.poll()
            if code is None:
                continue
            if time.monotonic() - watched.started_at > _STEADY_S:
                pause_s = SHORTEST_PAUSE_S
            self._say(
                f"{watched.label} {_ending(code)}; starting it again in {pause_s:.1f} s. {_tail(watched)}"
            )
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            await self._start_again(watched)

    async def _start_again(self, watched: Watched) -> None:
        try:
            _start(watched)
        except (ServerError, OSError) as error:
            self._say(f"{watched.label} could not be started: {error}")
            return
        if await self._answers(watched):
            self._say(f"{watched.label} is back.")

    async def _answers(self, watched: Watched) -> bool:
        until = time.monotonic() + watched.start_s
        while time.monotonic() < until:
            if watched.service.poll() is not None:
                return False
            if await asyncio.to_thread(watched.service.answers):
                return watched.service.poll() is None
            await asyncio.sleep(0.05)
        return False

    async def _stop_all(self) -> None:
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        if self._running:
            self._say("Stopping.")
        for watched in reversed(self._running):
            try:
                await asyncio.to_thread(watched.service.stop)
            except OSError as error:
                # The rest must be stopped all the same.
                self._say(f"{watched.label} could not be stopped cleanly: {error}")
        if self._running:
            self._say("Everything has stopped.")
        self._running.clear()


def _start(watched: Watched) -> None:
    watched.log_from = _size(watched.log)
    watched.started_at = time.monotonic()
    watched.service.start()


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _tail(watched: Watched) -> str:
    lines = last_lines(watched.log, count=_SHOWN_LINES, since=watched.log_from)
    return "Its log says nothing." if not lines else "Its log ends with:\n  " + "\n  ".join(lines)


def _ending(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"was ended by {name}"
    return f"ended with code {code}"


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> Iterator[None]:
    chosen = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in chosen:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in chosen:
            loop.remove_signal_handler(number)


async def run_step(argv: list[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
    """Run a command to its end, ending it when this task is cancelled.

    Raises: ServerError when it fails; the text has the last lines it wrote.
    """
    size = _size(log)
    child = spawn(argv, cwd=cwd, log=log, env=env)
    try:
        # No event tells of a child's end without a thread or a handler for the whole process.
        while child.poll() is None:
            await asyncio.sleep(0.05)
    finally:
        end(child, signals=((signal.SIGTERM, 10.0),))
    if child.returncode != 0:
        lines = "\n  ".join(last_lines(log, count=_SHOWN_LINES, since=size))
        raise ServerError(f"{Path(argv[1]).name} {argv[2]} failed; it said:\n  {lines}")
