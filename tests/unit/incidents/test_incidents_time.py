"""The clock of an incident at its edges, and spans in words."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.incidents.clock import ClockState, read_clock
from tenants.incidents.wording import clock_words, span_words

DISCOVERED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DUE = DISCOVERED + timedelta(hours=72)


@pytest.mark.parametrize(
    ("hours", "is_open", "told_h", "state"),
    [
        (0, True, None, ClockState.RUNNING),
        (47.9, True, None, ClockState.RUNNING),
        (48, True, None, ClockState.SOON),
        (72, True, None, ClockState.SOON),
        (72.01, True, None, ClockState.OVERDUE),
        (72.01, False, None, ClockState.CLOSED),
        (500, True, 72, ClockState.TOLD),
        (500, False, 72.01, ClockState.TOLD_LATE),
    ],
)
def test_the_clock_runs_from_the_discovery_until_somebody_is_told(
    hours: float, is_open: bool, told_h: float | None, state: ClockState
) -> None:
    clock = read_clock(
        discovered_at=DISCOVERED,
        due_at=DUE,
        is_open=is_open,
        told_at=None if told_h is None else DISCOVERED + timedelta(hours=told_h),
        now=DISCOVERED + timedelta(hours=hours),
    )
    assert clock.state is state
    assert clock.is_running is (state in {ClockState.RUNNING, ClockState.SOON, ClockState.OVERDUE})
    assert 0 <= clock.used <= clock.whole == 72 * 3600


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(hours=5, minutes=7), "5 hours 7 minutes"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=-2, hours=-3), "2 days 3 hours"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert span_words(span) == words


def test_what_is_overdue_says_by_how_much() -> None:
    now = DUE + timedelta(hours=3)
    clock = read_clock(discovered_at=DISCOVERED, due_at=DUE, is_open=True, told_at=None, now=now)
    assert clock_words(clock) == "Overdue by 3 hours"
