"""May a person be called at this instant: weekly hours and closed days, on the clock of the called person.

Pure. A zone key may name several zones: all of them must be open, and an unknown one is never open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SEARCH_DAYS = 30
# Keys come from tables of the number plan; the cache is bounded all the same.
_CACHE = 2048


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One stretch of a weekday (1 Monday to 7 Sunday), local time; `closes` is no longer in it."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class WeekHours:
    """When people may be called: windows of the week, but for the closed dates. No window means never."""

    windows: tuple[Window, ...]
    closed: frozenset[date] = frozenset()

    def window_at(self, local: datetime) -> Window | None:
        """Return the window a local time falls into, None when closed."""
        if local.date() in self.closed:
            return None
        clock, weekday = local.time(), local.isoweekday()
        for window in self.windows:
            if window.weekday == weekday and window.opens <= clock < window.closes:
                return window
        return None

    def on(self, day: date) -> tuple[Window, ...]:
        """Return the windows of a date in order; none when it is closed."""
        if day in self.closed:
            return ()
        return tuple(sorted(window for window in self.windows if window.weekday == day.isoweekday()))


@lru_cache(maxsize=_CACHE)
def zones_of(zone_key: str) -> tuple[ZoneInfo, ...]:
    """Return the zones of a key such as 'America/Chicago+America/Denver'; none when one is unknown."""
    try:
        return tuple(ZoneInfo(name) for name in zone_key.split("+")) if zone_key else ()
    except (KeyError, ValueError, OSError):
        return ()


def is_open(zone_key: str, at: datetime, hours: WeekHours) -> bool:
    """Say whether every zone of the key is open at an aware instant."""
    zones = zones_of(zone_key)
    return bool(zones) and all(hours.window_at(at.astimezone(zone)) for zone in zones)


def next_opening(zone_key: str, at: datetime, hours: WeekHours) -> datetime | None:
    """Return the first instant (UTC) after `at` at which every zone is open; None within `SEARCH_DAYS` days.

    It is None too when the zones are open already.
    """
    zones = zones_of(zone_key)
    if not zones or is_open(zone_key, at, hours):
        return None
    # All zones are open from the moment the last of them opens, so only openings need trying.
    starts = {start for zone in zones for start in _edges(zone, at, hours, opening=True) if start > at}
    return next((start for start in sorted(starts) if is_open(zone_key, start, hours)), None)


def closing(zone_key: str, at: datetime, hours: WeekHours) -> datetime | None:
    """Return the instant (UTC) at which the first zone of the key closes; None when not open at `at`."""
    if not is_open(zone_key, at, hours):
        return None
    ends = {end for zone in zones_of(zone_key) for end in _edges(zone, at, hours, opening=False) if end > at}
    return next((end for end in sorted(ends) if not is_open(zone_key, end, hours)), None)


def _edges(zone: ZoneInfo, at: datetime, hours: WeekHours, *, opening: bool) -> Iterator[datetime]:
    first = at.astimezone(zone).date()
    for offset in range(SEARCH_DAYS + 1):
        day = first + timedelta(days=offset)
        for window in hours.on(day):
            wall = datetime.combine(day, window.opens if opening else window.closes, zone)
            yield wall.astimezone(UTC)
