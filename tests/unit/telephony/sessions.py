"""A gateway's side of an exchange under test: what the contract suite needs of an adapter's rig."""

import asyncio
from typing import Protocol
from uuid import UUID

from dialer.calls.states import Event, State, next_state
from dialer.telephony.port import Exchange, ExchangeEvent
from dialer.telephony.timeline import Fate
from tenants.vault.sealed import SealedText
from tests.unit.telephony.virtual import settle

# From a range kept for fiction.
NUMBER = "+441632960017"
RING_S = 25.0
LONG_S = 600.0


class Rig(Protocol):
    """An exchange under test, with its own time and a gateway that can be killed."""

    def start(self) -> Exchange:
        """Connect to the exchange as a fresh gateway."""

    async def crash(self, exchange: Exchange) -> None:
        """Lose the gateway without a word to the exchange."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the exchange."""

    def find_call(self, fate: Fate) -> UUID:
        """Give an id whose call will go this way."""


class Heard:
    """Everything one gateway heard."""

    def __init__(self, exchange: Exchange) -> None:
        self.all: list[ExchangeEvent] = []
        self._task = asyncio.create_task(self._listen(exchange))

    def of(self, call_id: UUID) -> list[Event]:
        return [heard.event for heard in self.all if heard.call_id == call_id]

    def stop(self) -> None:
        self._task.cancel()

    async def _listen(self, exchange: Exchange) -> None:
        async for event in exchange.events():
            self.all.append(event)


class Session:
    """One gateway at the exchange."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.exchange = rig.start()
        self.heard = Heard(self.exchange)

    async def call(self, fate: Fate, *, ring_s: float = RING_S) -> UUID:
        call_id = self.rig.find_call(fate)
        await self.exchange.originate(call_id, SealedText(NUMBER), ring_s=ring_s)
        return call_id

    async def until(self, call_id: UUID, event: Event) -> None:
        for _ in range(int(LONG_S * 10)):
            if event in self.heard.of(call_id):
                return
            await self.rig.pass_time(0.1)
        raise AssertionError(f"{event} never came")

    async def crash(self) -> None:
        await settle()
        self.heard.stop()
        await self.rig.crash(self.exchange)


def state_after(events: list[Event]) -> State:
    """Walk the table of states; an event that it refuses fails the test."""
    state = State.DIALLING
    for event in events:
        following = next_state(state, event)
        assert following is not None, f"{event} in {state}"
        state = following
    return state
