"""What a country's law and custom give a new plan: hours, ring times, holidays. Data, each with its source.

A starting point for the firm, not legal advice; the firm's plan decides, and may be narrower.
"""

from dataclasses import dataclass
from datetime import date, time

import holidays

from campaigns.planning.hours import Window

_WEEKDAYS = (1, 2, 3, 4, 5)
_ALL_DAYS = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Profile:
    """One country: `windows` at the called person, ring times in seconds, and where each rule comes from."""

    country: str
    name: str
    time_zone: str
    windows: tuple[Window, ...]
    min_ring_s: int
    max_ring_s: int
    closed_on_holidays: bool
    hours_source: str
    ring_source: str

    def closed_days(self, years: range) -> list[tuple[date, str]]:
        """Return the national holidays of the years on which nobody is called, in order."""
        if not self.closed_on_holidays:
            return []
        found = holidays.country_holidays(self.country, years=years)
        return sorted((day, name[:120]) for day, name in found.items())


def _week(days: tuple[int, ...], opens: int, closes: int) -> tuple[Window, ...]:
    return tuple(Window(day, time(opens), time(closes)) for day in days)


PROFILES: dict[str, Profile] = {
    profile.country: profile
    for profile in (
        Profile(
            country="GB",
            name="United Kingdom",
            time_zone="Europe/London",
            windows=(*_week(_WEEKDAYS, 9, 20), *_week((6,), 10, 17)),
            min_ring_s=15,
            max_ring_s=30,
            closed_on_holidays=True,
            hours_source="No law sets hours; a careful custom.",
            ring_source="Ofcom, Persistent misuse: policy statement (2016): 15 s at least.",
        ),
        Profile(
            country="US",
            name="United States",
            time_zone="America/New_York",
            windows=_week(_ALL_DAYS, 8, 21),
            min_ring_s=15,
            max_ring_s=30,
            closed_on_holidays=True,
            hours_source="47 CFR 64.1200(c)(1): 8:00 to 21:00 at the called person. Holidays are custom.",
            ring_source="47 CFR 64.1200(a)(6): 15 s or four rings at least.",
        ),
        Profile(
            country="ES",
            name="Spain",
            time_zone="Europe/Madrid",
            windows=_week(_WEEKDAYS, 9, 21),
            min_ring_s=15,
            max_ring_s=30,
            closed_on_holidays=True,
            hours_source="Real Decreto Legislativo 1/2007, art. 96: 9:00 to 21:00, not on weekends or "
            "holidays. Regional holidays have to be added.",
            ring_source="No law sets a ring time; as in the United Kingdom.",
        ),
        Profile(
            country="PL",
            name="Poland",
            time_zone="Europe/Warsaw",
            windows=_week(_WEEKDAYS, 9, 20),
            min_ring_s=15,
            max_ring_s=30,
            closed_on_holidays=True,
            hours_source="No law sets hours; a careful custom. Consent comes first: Prawo komunikacji "
            "elektronicznej, art. 398.",
            ring_source="No law sets a ring time; as in the United Kingdom.",
        ),
    )
}
FALLBACK = PROFILES["GB"]


def profile_of(country: str) -> Profile:
    """Return the country's profile, or the careful one of the United Kingdom for a country without one."""
    return PROFILES.get(country.upper(), FALLBACK)


def has_profile(country: str) -> bool:
    """Say whether the country has a profile of its own."""
    return country.upper() in PROFILES
