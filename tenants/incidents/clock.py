"""The clock of an incident: how much of its time is left. Pure arithmetic; the words are elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SOON: Final = timedelta(hours=24)


class ClockState(StrEnum):
    """How an incident stands against its time."""

    RUNNING = "running"
    SOON = "soon"
    OVERDUE = "overdue"
    TOLD = "told"
    TOLD_LATE = "told_late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the clock stands. `left` is negative once the time is over; both `used` and `whole` are whole seconds."""

    state: ClockState
    due_at: datetime
    left: timedelta
    used: int
    whole: int

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to be told."""
        return self.state in (ClockState.RUNNING, ClockState.SOON, ClockState.OVERDUE)


def read_clock(
    *, discovered_at: datetime, due_at: datetime, is_open: bool, told_at: datetime | None, now: datetime
) -> Clock:
    """Return where the clock stands at `now`; it stops when the authority was told, or when the incident is closed."""
    left = due_at - (told_at or now)
    whole = max(1, int((due_at - discovered_at).total_seconds()))
    used = min(whole, max(0, whole - int(left.total_seconds())))
    return Clock(_state(left, is_open=is_open, told_at=told_at), due_at, left, used, whole)


def _state(left: timedelta, *, is_open: bool, told_at: datetime | None) -> ClockState:
    is_over = left < timedelta(0)
    if told_at is not None:
        return ClockState.TOLD_LATE if is_over else ClockState.TOLD
    if not is_open:
        return ClockState.CLOSED
    if is_over:
        return ClockState.OVERDUE
    return ClockState.SOON if left <= SOON else ClockState.RUNNING
