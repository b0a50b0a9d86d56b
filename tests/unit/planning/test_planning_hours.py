"""Hours at the called person: every zone must be open, an unknown one never is, and clocks that change are kept."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from campaigns.planning.hours import WeekHours, Window, closing, is_open, next_opening

EVERY_DAY = WeekHours(tuple(Window(day, time(8), time(21)) for day in range(1, 8)))
WEEKDAYS = WeekHours(tuple(Window(day, time(9), time(17)) for day in range(1, 6)))
# A Tuesday.
NINE_IN_NEW_YORK = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)


def test_a_zone_is_open_within_its_window_and_closed_at_its_end() -> None:
    assert is_open("America/New_York", NINE_IN_NEW_YORK, EVERY_DAY)
    at_close = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
    assert is_open("America/New_York", at_close - timedelta(seconds=1), EVERY_DAY)
    assert not is_open("America/New_York", at_close, EVERY_DAY)


def test_every_zone_of_a_key_must_be_open() -> None:
    assert not is_open("America/Los_Angeles", NINE_IN_NEW_YORK, EVERY_DAY)
    assert not is_open("America/Los_Angeles+America/New_York", NINE_IN_NEW_YORK, EVERY_DAY)
    assert is_open("America/Chicago+America/New_York", NINE_IN_NEW_YORK, EVERY_DAY)


@pytest.mark.parametrize("key", ["", "Mars/Olympus", "America/New_York+Mars/Olympus", "../etc/passwd", "+"])
def test_an_unknown_zone_is_never_open(key: str) -> None:
    assert not is_open(key, NINE_IN_NEW_YORK, EVERY_DAY)
    assert next_opening(key, NINE_IN_NEW_YORK, EVERY_DAY) is None


def test_a_closed_day_is_closed_on_the_clock_of_the_person() -> None:
    closed = WeekHours(EVERY_DAY.windows, frozenset({date(2026, 11, 17)}))
    assert not is_open("America/New_York", NINE_IN_NEW_YORK, closed)
    # It is the 18th in Auckland already.
    assert is_open("Pacific/Auckland", datetime(2026, 11, 17, 20, 0, tzinfo=UTC), closed)


def test_no_window_means_never() -> None:
    assert not is_open("Europe/London", NINE_IN_NEW_YORK, WeekHours(()))
    assert next_opening("Europe/London", NINE_IN_NEW_YORK, WeekHours(())) is None


def test_the_next_opening_of_several_zones_is_when_the_last_of_them_opens() -> None:
    early = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)
    assert next_opening("America/New_York", early, EVERY_DAY) == datetime(2026, 11, 17, 13, 0, tzinfo=UTC)
    both = next_opening("America/Los_Angeles+America/New_York", early, EVERY_DAY)
    assert both == datetime(2026, 11, 17, 16, 0, tzinfo=UTC)


def test_the_next_opening_passes_over_the_weekend_and_closed_days() -> None:
    friday_evening = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    hours = WeekHours(WEEKDAYS.windows, frozenset({date(2026, 11, 23)}))
    assert next_opening("Europe/London", friday_evening, hours) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_an_open_zone_has_no_next_opening_but_a_closing() -> None:
    assert next_opening("America/New_York", NINE_IN_NEW_YORK, EVERY_DAY) is None
    assert closing("America/New_York", NINE_IN_NEW_YORK, EVERY_DAY) == datetime(
        2026, 11, 18, 2, 0, tzinfo=UTC
    )
    assert closing("America/Los_Angeles", NINE_IN_NEW_YORK, EVERY_DAY) is None


def test_windows_that_touch_are_one_opening() -> None:
    hours = WeekHours((Window(2, time(8), time(12)), Window(2, time(12), time(14))))
    at = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    assert closing("Europe/London", at, hours) == datetime(2026, 11, 17, 14, 0, tzinfo=UTC)


def test_the_clock_change_moves_the_opening_in_utc() -> None:
    # London leaves summer time on 25 October 2026.
    before = next_opening("Europe/London", datetime(2026, 10, 24, 2, 0, tzinfo=UTC), EVERY_DAY)
    after = next_opening("Europe/London", datetime(2026, 10, 25, 2, 0, tzinfo=UTC), EVERY_DAY)
    assert before == datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    assert after == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
