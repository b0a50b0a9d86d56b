"""The port to an exchange: what the gateway asks of one and what it hears. Pure; a number passes only sealed.

Every adapter passes the contract suite of the tests. Asterisk's adapter (its REST interface and its websocket
of events) comes beside `simulated` as `asterisk`; bridging, playing, recording and listening come with it.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from dialer.calls.states import Event, State
from tenants.vault.sealed import SealedText


class Clock(Protocol):
    """Time as the exchange sees it, so that tests can let hours pass in none."""

    def now(self) -> datetime:
        """Give the present, aware, in UTC."""

    async def sleep_until(self, at: datetime) -> None:
        """Return at `at`, at once when it has passed."""


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, at: datetime) -> None:
        """Return at `at`, at once when it has passed."""
        await asyncio.sleep(max(0.0, (at - self.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class ExchangeEvent:
    """Something happened to a call. `cause` is the hangup cause (Q.850) of an end, if any; `at` is UTC."""

    call_id: UUID
    event: Event
    cause: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call as the record has it, for `reattach`: what of its events was written down."""

    call_id: UUID
    state: State
    is_muted: bool


class ExchangeError(RuntimeError):
    """The exchange did not begin this call. Nobody was rung; the contact can be called again."""


class Exchange(Protocol):
    """What the gateway asks of an exchange.

    Operations on a call that is over, unknown or not in a state for them do nothing: a request may arrive
    twice, and the person called may have hung up meanwhile. What happens is told by events, in order for each
    call.
    """

    async def originate(self, call_id: UUID, number: SealedText, *, ring_s: float) -> None:
        """Start to call a number (E.164) and let it ring at most `ring_s` seconds.

        When it returns, the exchange carries the call whatever becomes of the gateway. A call id that it
        already carries is not called again.

        Raises: ExchangeError when the call was not begun.
        """

    async def hang_up(self, call_id: UUID) -> None:
        """End the call for the agent: cancelled before the answer, answered after it."""

    async def hold(self, call_id: UUID) -> None:
        """Put the person called on hold."""

    async def unhold(self, call_id: UUID) -> None:
        """Take the person called back from hold."""

    async def mute(self, call_id: UUID) -> None:
        """Stop carrying the agent's voice."""

    async def unmute(self, call_id: UUID) -> None:
        """Carry the agent's voice again."""

    async def reattach(self, calls: Collection[OpenCall]) -> frozenset[UUID]:
        """Take up the calls of a gateway that went away; give the ids of those the exchange knows.

        For these it tells, as ordinary events, what happened beyond what the record has. Calls it carries
        and the record does not have open are hung up.
        """

    def events(self) -> AsyncIterator[ExchangeEvent]:
        """Give what happens, for ever, to one listener, each event once; ends at `close`."""

    async def close(self) -> None:
        """Leave the exchange. Its calls go on."""
