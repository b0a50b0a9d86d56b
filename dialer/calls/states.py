"""The states of a call as one table: what may follow what. Pure; it must never guess a state for an event.

The database's `dialer_record_event_v1` enforces the same rows; a test holds the two equal.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a call is. `ended` is final; before `requested` there is no call."""

    REQUESTED = "requested"
    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class Result(StrEnum):
    """How a call ended, as the network and the exchange see it; the agent's disposition is another matter."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    DROPPED = "dropped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What may happen to a call. An end names its result."""

    REDEEMED = "redeemed"
    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    MUTED = "muted"
    UNMUTED = "unmuted"
    ENDED_ANSWERED = "ended_answered"
    ENDED_NO_ANSWER = "ended_no_answer"
    ENDED_BUSY = "ended_busy"
    ENDED_MACHINE = "ended_machine"
    ENDED_UNREACHABLE = "ended_unreachable"
    ENDED_INVALID = "ended_invalid"
    ENDED_DROPPED = "ended_dropped"
    ENDED_FAILED = "ended_failed"
    ENDED_CANCELLED = "ended_cancelled"


# Live calls before and after somebody, or a machine, took the call.
UNANSWERED: Final = frozenset({State.REQUESTED, State.DIALLING, State.RINGING})
ANSWERED: Final = frozenset({State.TALKING, State.HELD})
# A call that was answered can no longer end as one that was not, and the other way round.
_ENDS_ANSWERED: Final = (Result.ANSWERED, Result.MACHINE, Result.DROPPED, Result.FAILED)
_ENDS_UNANSWERED: Final = tuple(
    result for result in Result if result not in (Result.ANSWERED, Result.DROPPED)
)


def ended(result: Result) -> Event:
    """Give the event that ends a call with this result."""
    return Event(f"ended_{result}")


def result_of(event: Event) -> Result | None:
    """Give the result an event ends a call with, None for an event that ends nothing."""
    name = event.removeprefix("ended_")
    return Result(name) if name != event else None


def _table() -> dict[tuple[State, Event], State]:
    table = {
        (State.REQUESTED, Event.REDEEMED): State.DIALLING,
        (State.DIALLING, Event.RINGING): State.RINGING,
        # Some networks answer without ever having said that it rings.
        (State.DIALLING, Event.ANSWERED): State.TALKING,
        (State.RINGING, Event.ANSWERED): State.TALKING,
        (State.TALKING, Event.HELD): State.HELD,
        (State.HELD, Event.RESUMED): State.TALKING,
    }
    table |= {(state, event): state for state in ANSWERED for event in (Event.MUTED, Event.UNMUTED)}
    table |= {(state, ended(result)): State.ENDED for state in UNANSWERED for result in _ENDS_UNANSWERED}
    table |= {(state, ended(result)): State.ENDED for state in ANSWERED for result in _ENDS_ANSWERED}
    return table


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(_table())


def next_state(state: State, event: Event) -> State | None:
    """Give the state after an event, None when the event may not happen in this state."""
    return TRANSITIONS.get((state, event))


def transition_rows() -> list[tuple[str, str, str]]:
    """Give the table as sorted rows (from, event, to), to compare with the database's."""
    return sorted((str(before), str(event), str(after)) for (before, event), after in TRANSITIONS.items())
