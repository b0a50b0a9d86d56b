"""Writes what happened to calls into the record: in order for each call, one transaction each, never lost.

While the database is away everything waits in memory and is tried again; a log line holds ids and codes only.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from dialer.telephony.store import STORE_ERRORS

Job = Callable[[], Awaitable[None]]

_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 2.0

log = structlog.get_logger(__name__)


class Recorder:
    """One queue for each call. A job that the database refuses is tried until it is done."""

    def __init__(
        self,
        *,
        on_end: Callable[[asyncio.Task[None]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`on_end` gets each finished task, to see whether it broke."""
        self._on_end = on_end
        self._sleep = sleep
        self._queues: dict[UUID, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_away = False

    def put(self, call_id: UUID, job: Job) -> None:
        """Add a job behind those of the same call. It may run twice when the first answer was lost."""
        queue = self._queues.get(call_id)
        if queue is not None:
            queue.append(job)
            return
        self._queues[call_id] = deque((job,))
        task = asyncio.create_task(self._work(call_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._on_end)

    def is_busy(self, call_id: UUID) -> bool:
        """Whether something of this call is still to be written."""
        return call_id in self._queues

    @property
    def waiting(self) -> int:
        """How many jobs are not done."""
        return sum(len(queue) for queue in self._queues.values())

    async def drain(self, timeout_s: float) -> int:
        """Wait until all is written, at most `timeout_s`; give up the rest and say how many jobs that is."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        left = self.waiting
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return left

    async def _work(self, call_id: UUID) -> None:
        queue = self._queues[call_id]
        while queue:
            await self._insist(call_id, queue[0])
            queue.popleft()
        del self._queues[call_id]

    async def _insist(self, call_id: UUID, job: Job) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                await job()
            except STORE_ERRORS as error:
                self._say_away(call_id, error)
                await self._sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self._say_back()
                return

    def _say_away(self, call_id: UUID, error: BaseException) -> None:
        if not self._is_away:
            self._is_away = True
            # The type alone: a database's message may repeat what it was given.
            log.warning(
                "gateway.record_away", call_id=str(call_id), code=type(error).__name__, waiting=self.waiting
            )

    def _say_back(self) -> None:
        if self._is_away:
            self._is_away = False
            log.warning("gateway.record_back", waiting=self.waiting)
