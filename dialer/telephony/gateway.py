"""The gateway: the one process that opens numbers. It turns dial tokens into calls and calls into the record.

It must never dial a call twice, nor by itself, nor say a number: logs hold call ids and codes only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from dialer.calls.results import CONGESTION, TEMPORARY_FAILURE
from dialer.calls.states import ANSWERED, Event, State, result_of
from dialer.telephony.numbers import Dial, NumberOpener
from dialer.telephony.port import Exchange, ExchangeError
from dialer.telephony.recorder import Recorder
from dialer.telephony.store import STORE_ERRORS, CallStore, Command, OpenAttempt
from dialer.telephony.wakes import Wakes
from tenants.vault.errors import VaultError

POLL_S: Final = 0.5
COMPARE_S: Final = 10.0
# Under COMPARE_S, so that a call unknown at two comparisons in a row is none that is just being redeemed.
REDEEM_S: Final = 8.0
STOP_S: Final = 5.0
MAX_CALLS: Final = 2_000

log = structlog.get_logger(__name__)
Sleep = Callable[[float], Awaitable[None]]


class Gateway:
    """Carries calls between the record and the exchange. One gateway for one database."""

    def __init__(
        self,
        *,
        store: CallStore,
        exchange: Exchange,
        opener: NumberOpener,
        wakes: Wakes,
        max_calls: int = MAX_CALLS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._opener = opener
        self._wakes = wakes
        self._max_calls = max_calls
        self._sleep = sleep
        self._recorder = Recorder(on_end=self._settle, sleep=sleep)
        self._broken: asyncio.Task[None] | None = None
        self._is_broken = asyncio.Event()
        # The agent of each call that is not known to be over and written down.
        self._calls: dict[UUID, UUID] = {}
        self._dials: set[asyncio.Task[None]] = set()
        self._taken: set[int] = set()
        self._strangers: set[UUID] = set()
        self._has_commands = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. Calls go on in the exchange; the next gateway takes them up."""
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
        finally:
            serving.cancel()
            stopping.cancel()
            await asyncio.gather(serving, stopping, return_exceptions=True)
            await self._stop()

    def dial(self, token: str) -> None:
        """Begin to turn a dial token into a call."""
        task = asyncio.create_task(self.handle_dial(token))
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)
        task.add_done_callback(self._settle)

    async def handle_dial(self, token: str) -> None:
        """Redeem a token, open its number and originate the call; whatever fails is the end of that call."""
        dial = await self._redeem(token)
        if dial is None:
            log.info("gateway.token_refused")
            return
        is_full = len(self._calls) >= self._max_calls
        self._calls[dial.call_id] = dial.agent_id
        if is_full:
            self._fail(dial.call_id, CONGESTION, "gateway:full")
            return
        try:
            number = self._opener.open_number(dial)
            await self._exchange.originate(dial.call_id, number, ring_s=dial.ring_s)
        except VaultError as error:
            self._fail(dial.call_id, None, error.code)
        except ExchangeError:
            self._fail(dial.call_id, TEMPORARY_FAILURE, "gateway:not_begun")
        else:
            log.info("gateway.dialled", call_id=str(dial.call_id))
            await self._wakes.wake_desk(dial.agent_id)

    async def _serve(self) -> None:
        await self._take_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wakes.listen(on_dial=self.dial, on_wake=self._has_commands.set))
            group.create_task(self._hear_exchange())
            group.create_task(self._serve_commands())
            group.create_task(self._compare_for_ever())
            group.create_task(self._watch())

    def _settle(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._broken = task
            self._is_broken.set()

    async def _watch(self) -> None:
        """Fail with whatever broke a call's own task: a fresh gateway knows better where the call stands."""
        await self._is_broken.wait()
        if self._broken is not None:
            await self._broken

    async def _stop(self) -> None:
        if self._dials:
            await asyncio.wait(self._dials, timeout=STOP_S)
        left = await self._recorder.drain(STOP_S)
        await self._exchange.close()
        log.info("gateway.stopped", calls=len(self._calls), unwritten=left)

    async def _redeem(self, token: str) -> Dial | None:
        # An answer that was lost may have used the token up; `_compare` finds such a call and ends it.
        try:
            async with asyncio.timeout(REDEEM_S):
                while True:
                    try:
                        return await self._store.redeem(token)
                    except STORE_ERRORS as error:
                        log.warning("gateway.redeem_failed", code=type(error).__name__)
                        await self._sleep(POLL_S)
        except TimeoutError:
            return None

    async def _take_up(self) -> None:
        open_attempts = await self._read_open()
        carried = await self._exchange.reattach([attempt.call for attempt in open_attempts])
        for attempt in open_attempts:
            call = attempt.call
            self._calls[call.call_id] = attempt.agent_id
            if call.call_id not in carried:
                self._end_lost(attempt)
        log.info("gateway.started", calls=len(open_attempts), carried=len(carried))

    async def _read_open(self) -> list[OpenAttempt]:
        while True:
            try:
                return await self._store.open_attempts()
            except STORE_ERRORS as error:
                log.warning("gateway.waiting_for_record", code=type(error).__name__)
                await self._sleep(1.0)

    async def _hear_exchange(self) -> None:
        async for heard in self._exchange.events():
            if heard.call_id in self._calls:
                self._put_event(heard.call_id, heard.event, heard.cause)
            else:
                log.warning("gateway.unknown_call", call_id=str(heard.call_id), code=str(heard.event))

    async def _serve_commands(self) -> None:
        while True:
            try:
                for command in await self._store.commands():
                    await self._obey(command)
            except STORE_ERRORS as error:
                log.warning("gateway.commands_unread", code=type(error).__name__)
            # Cleared before the wait, so a wake-up during the reading is not missed.
            try:
                async with asyncio.timeout(POLL_S):
                    await self._has_commands.wait()
            except TimeoutError:
                continue
            self._has_commands.clear()

    async def _obey(self, command: Command) -> None:
        # A call that is only requested, or is being redeemed now, is not ours yet: the command waits for it.
        is_ours = command.call_id in self._calls
        if command.id in self._taken or not (is_ours or command.state is State.ENDED):
            return
        self._taken.add(command.id)
        operation = self._operations().get(command.verb)
        if operation is None:
            log.warning("gateway.command_refused", call_id=str(command.call_id))
        elif is_ours:
            await operation(command.call_id)
        self._recorder.put(command.call_id, lambda: self._finish(command.id))

    def _operations(self) -> dict[str, Callable[[UUID], Awaitable[None]]]:
        exchange = self._exchange
        return {
            "hang_up": exchange.hang_up,
            "hold": exchange.hold,
            "unhold": exchange.unhold,
            "mute": exchange.mute,
            "unmute": exchange.unmute,
        }

    async def _finish(self, command_id: int) -> None:
        await self._store.finish(command_id)
        self._taken.discard(command_id)

    def _put_event(self, call_id: UUID, event: Event, cause: int | None) -> None:
        self._recorder.put(call_id, lambda: self._record(call_id, event, cause))

    async def _record(self, call_id: UUID, event: Event, cause: int | None) -> None:
        state = await self._store.record(call_id, event, cause)
        agent_id = self._calls.get(call_id)
        if result_of(event) is not None:
            self._calls.pop(call_id, None)
        if state is None:
            # As it should be when the first answer was lost; otherwise worth a look.
            log.warning("gateway.event_refused", call_id=str(call_id), code=str(event))
        else:
            log.info("gateway.event", call_id=str(call_id), code=str(event), cause=cause)
        if agent_id is not None:
            await self._wakes.wake_desk(agent_id)

    def _fail(self, call_id: UUID, cause: int | None, code: str) -> None:
        log.warning("gateway.call_failed", call_id=str(call_id), code=code)
        self._put_event(call_id, Event.ENDED_FAILED, cause)

    def _end_lost(self, attempt: OpenAttempt) -> None:
        """End a call that the exchange does not have. It is not dialled again: nobody asked for that."""
        is_answered = attempt.call.state in ANSWERED
        log.warning("gateway.call_lost", call_id=str(attempt.call.call_id), code=str(attempt.call.state))
        event = Event.ENDED_DROPPED if is_answered else Event.ENDED_FAILED
        self._put_event(attempt.call.call_id, event, None)

    async def _compare_for_ever(self) -> None:
        while True:
            await self._sleep(COMPARE_S)
            try:
                await self._compare()
            except STORE_ERRORS as error:
                log.warning("gateway.compare_failed", code=type(error).__name__)

    async def _compare(self) -> None:
        """End what only the record has, and hang up what only we have."""
        known = {call_id for call_id in self._calls if not self._recorder.is_busy(call_id)}
        attempts = {attempt.call.call_id: attempt for attempt in await self._store.open_attempts()}
        strangers = attempts.keys() - self._calls.keys()
        for call_id in strangers & self._strangers:
            self._calls[call_id] = attempts[call_id].agent_id
            self._end_lost(attempts[call_id])
        self._strangers = strangers - self._calls.keys()
        for call_id in known - attempts.keys():
            if call_id in self._calls and not self._recorder.is_busy(call_id):
                log.warning("gateway.call_unrecorded", call_id=str(call_id))
                await self._exchange.hang_up(call_id)
                self._calls.pop(call_id, None)
