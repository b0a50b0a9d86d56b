"""The exchange that comes with the product: no telephone rings, but calls go as calls do.

It must never keep, write or show a number; it looks at one once, to refuse what no network could route.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from dialer.calls.results import NORMAL_CLEARING
from dialer.calls.states import ANSWERED, Event, State
from dialer.telephony.journal import Fact, Journal
from dialer.telephony.line import Draw, Line, asked_fact, hung_up_fact, restore_lines
from dialer.telephony.port import Clock, ExchangeError, ExchangeEvent, OpenCall, WallClock
from tenants.vault.sealed import SealedText

# As exchanges keep their call records for a while: a gateway that was away learns how its calls ended.
KEPT_S: Final = 3600.0
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)

log = structlog.get_logger(__name__)


class SimulatedExchange:
    """An `Exchange` whose calls follow their timelines, `speed` times as fast as people do."""

    def __init__(
        self,
        journal: Journal,
        *,
        seed: int,
        speed: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        self._journal = journal
        self._seed = seed
        self._speed = speed
        self._clock: Clock = clock or WallClock()
        self._events: asyncio.Queue[ExchangeEvent | None] = asyncio.Queue()
        self._lines = restore_lines(journal.read())
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._forget_old()

    async def originate(self, call_id: UUID, number: SealedText, *, ring_s: float) -> None:
        """Start a call; see `Exchange`. Raises: ExchangeError when it cannot be written down."""
        if call_id in self._lines:
            return
        draw = Draw(
            began_at=self._clock.now(),
            ring_s=ring_s,
            seed=self._seed,
            speed=self._speed,
            is_refused=not _E164.fullmatch(number.open_text()),
        )
        line = Line(call_id, draw)
        # Written first: a call that goes on must be found again.
        try:
            for fact in line.facts():
                self._journal.append(fact)
        except OSError:
            raise ExchangeError((ExchangeError.__doc__ or "").strip()) from None
        self._lines[call_id] = line
        self._follow(line)
        if self._journal.is_long:
            self._forget_old()

    async def hang_up(self, call_id: UUID) -> None:
        """End the call for the agent; see `Exchange`."""
        now = self._clock.now()
        line = self._lines.get(call_id)
        if line is None or not self._catch_up(line, now).hang_up(now):
            return
        self._tell_hung_up(line)
        self._write_down(hung_up_fact(call_id, now))

    async def hold(self, call_id: UUID) -> None:
        """Put the person called on hold; see `Exchange`."""
        self._switch(call_id, Event.HELD)

    async def unhold(self, call_id: UUID) -> None:
        """Take the person called back from hold; see `Exchange`."""
        self._switch(call_id, Event.RESUMED)

    async def mute(self, call_id: UUID) -> None:
        """Stop carrying the agent's voice; see `Exchange`."""
        self._switch(call_id, Event.MUTED)

    async def unmute(self, call_id: UUID) -> None:
        """Carry the agent's voice again; see `Exchange`."""
        self._switch(call_id, Event.UNMUTED)

    async def reattach(self, calls: Collection[OpenCall]) -> frozenset[UUID]:
        """Take up calls; see `Exchange`. A call that the record does not have open is hung up."""
        now = self._clock.now()
        wanted = {call.call_id: call for call in calls}
        for call_id, line in self._lines.items():
            call = wanted.get(call_id)
            if call is not None:
                self._take_up(line, call, now)
            elif line.hang_up(now):
                self._write_down(hung_up_fact(call_id, now))
        return frozenset(wanted.keys() & self._lines.keys())

    async def events(self) -> AsyncIterator[ExchangeEvent]:
        """Give what happens; see `Exchange`."""
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """Leave; the journal keeps the calls going."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._events.put_nowait(None)
        self._journal.close()

    def _switch(self, call_id: UUID, event: Event) -> None:
        now = self._clock.now()
        line = self._lines.get(call_id)
        if line is not None and self._catch_up(line, now).switch(event, now):
            self._tell(line, event, None, now)
            self._write_down(asked_fact(call_id, str(event)))

    def _take_up(self, line: Line, call: OpenCall, now: datetime) -> None:
        line.resume_from(call.state)
        self._catch_up(line, now)
        state = line.state(now)
        if state in ANSWERED and (state is State.HELD) != (call.state is State.HELD):
            self._tell(line, Event.HELD if line.is_held else Event.RESUMED, None, now)
        if state in ANSWERED and line.is_muted != call.is_muted:
            self._tell(line, Event.MUTED if line.is_muted else Event.UNMUTED, None, now)
        if line.hung_up_at is not None:
            self._tell_hung_up(line)
        else:
            self._follow(line)

    def _follow(self, line: Line) -> None:
        task = asyncio.create_task(self._walk(line))
        self._tasks[line.call_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(line.call_id, None))

    async def _walk(self, line: Line) -> None:
        while line.hung_up_at is None and line.told < len(line.steps):
            await self._clock.sleep_until(line.time_of(line.steps[line.told]))
            self._catch_up(line, self._clock.now())

    def _catch_up(self, line: Line, now: datetime) -> Line:
        for step in line.past(now)[line.told :]:
            line.told += 1
            self._tell(line, step.event, step.cause, line.time_of(step))
        return line

    def _tell_hung_up(self, line: Line) -> None:
        if (task := self._tasks.get(line.call_id)) is not None:
            task.cancel()
        self._tell(line, line.hung_up_event(), NORMAL_CLEARING, line.ends_at())

    def _tell(self, line: Line, event: Event, cause: int | None, at: datetime) -> None:
        self._events.put_nowait(ExchangeEvent(call_id=line.call_id, event=event, cause=cause, at=at))

    def _write_down(self, fact: Fact) -> None:
        try:
            self._journal.append(fact)
        except OSError as error:
            # It has happened all the same. A restart would not know of it; the call then ends by itself.
            log.warning("exchange.not_written", call_id=fact["call"], code=type(error).__name__)

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._lines = {
            call_id: line
            for call_id, line in self._lines.items()
            if (now - line.ends_at()).total_seconds() < KEPT_S
        }
        self._journal.rewrite(fact for line in self._lines.values() for fact in line.facts())
