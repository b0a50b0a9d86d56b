"""How long a country's law has records of calls kept. Data, each with its source; the database holds the same table.

A floor, not advice: a firm may keep its record longer, and never shorter. Nothing here deletes anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# Every record of access is kept two years at least, wherever the firm is.
# Source: Real Decreto 1720/2007, art. 103(4): two years for the record of accesses.
LEAST_MONTHS: Final = 24
MOST_MONTHS: Final = 600


@dataclass(frozen=True, slots=True)
class Floor:
    """One country: `months` that records of calls are kept at least, and where that is said."""

    country: str
    months: int
    source: str


_TSR: Final = "16 CFR 310.5(a)(2) and (b): the record of each telemarketing call, kept 5 years. Holds in the territories too."

FLOORS: Final[Mapping[str, Floor]] = MappingProxyType(
    {
        floor.country: floor
        for floor in (
            *(Floor(country, 60, _TSR) for country in ("US", "PR", "GU", "VI", "AS", "MP")),
            Floor(
                "DE",
                60,
                "UWG § 7a(2): proof of a consent is kept 5 years after each use of it; the use is the call.",
            ),
        )
    }
)


def floor_months(country: str) -> int:
    """Give the floor of a country (ISO 3166 alpha-2) in months; 24 for one without a rule of its own."""
    floor = FLOORS.get(country.upper())
    return floor.months if floor else LEAST_MONTHS


def keep_months(*, countries: Iterable[str], wanted: int) -> int:
    """Give how long entries are kept, in months: what the firm wants, and no less than any of its countries asks."""
    return max(LEAST_MONTHS, wanted, *(floor_months(country) for country in countries))
