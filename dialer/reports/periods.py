"""Months and stretches of days in a firm's own time zone. Pure; it asks no clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})\Z")
# Until when of the next month a review is expected to be signed.
DUE_DAY: Final = 10


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in a zone, as UTC: a zone's own hours do not add up when the clock is changed."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar, written 2026-10."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month a day is in."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """Read 2026-10; None for anything else."""
        match = _MONTH.match(text)
        if match is None or not 1 <= int(match[2]) <= 12 or not 2000 <= int(match[1]) <= 9000:
            return None
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def following(self) -> "Month":
        """The month after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        """The month before."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        """The last day."""
        return self.following.first - timedelta(days=1)

    def period(self, zone: ZoneInfo) -> "Period":
        """Return the month as a stretch of time."""
        return Period(self.first, self.last, zone)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included, in a zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """The first moment, which counts in."""
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment that does not count in any more."""
        return midnight(self.last + timedelta(days=1), self.zone)

    def __str__(self) -> str:
        return f"{self.first.isoformat()} – {self.last.isoformat()}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Walk from the first month to the last, both included."""
    month = first
    while month <= last:
        yield month
        month = month.following


def ended_months(*, since: datetime, now: datetime, zone: ZoneInfo) -> list[Month]:
    """Return the months from the one of `since` on that have ended, the last one first."""
    last = Month.of(now.astimezone(zone).date()).previous
    return list(months_between(Month.of(since.astimezone(zone).date()), last))[::-1]


def is_overdue(month: Month, *, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a month that nobody signed should have been: after the 10th of the next."""
    return now.astimezone(zone).date() > month.following.first.replace(day=DUE_DAY)
