"""Which time zones a number may be in, and short names for them.

Never picks one zone of several: whoever plans a call must find all of them open, and none known means no call.
"""

from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY
from phonenumbers.tzdata import TIMEZONE_DATA

# Zones whose clocks agree all year are one for the question "is it too late there". Only folded into the second
# when a number may be in both.
_SAME_CLOCK = {
    "Europe/Guernsey": "Europe/London",
    "Europe/Isle_of_Man": "Europe/London",
    "Europe/Jersey": "Europe/London",
    "Europe/Mariehamn": "Europe/Helsinki",
    "Europe/Vatican": "Europe/Rome",
    "Arctic/Longyearbyen": "Europe/Oslo",
    "America/Kralendijk": "America/Curacao",
    "America/Boise": "America/Denver",
    "America/Edmonton": "America/Denver",
    "America/Juneau": "America/Anchorage",
    "America/North_Dakota/Center": "America/Chicago",
    "America/Winnipeg": "America/Chicago",
    "America/Vancouver": "America/Los_Angeles",
    "America/Toronto": "America/New_York",
    "America/Nassau": "America/New_York",
    "America/Grand_Turk": "America/New_York",
    "America/Fort_Nelson": "America/Phoenix",
    "America/Cayman": "America/Jamaica",
    "Atlantic/Bermuda": "America/Halifax",
    "Pacific/Saipan": "Pacific/Guam",
    **dict.fromkeys(
        (
            "America/Anguilla", "America/Antigua", "America/Barbados", "America/Dominica", "America/Grenada",
            "America/Lower_Princes", "America/Montserrat", "America/Port_of_Spain", "America/Santo_Domingo",
            "America/St_Kitts", "America/St_Lucia", "America/St_Thomas", "America/St_Vincent", "America/Tortola",
        ),
        "America/Puerto_Rico",
    ),
}  # fmt: skip
_LABELS = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Chicago": "Central",
    "America/North_Dakota/Center": "Central",
    "America/Denver": "Mountain",
    "America/Boise": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "America/Juneau": "Alaska",
    "America/Adak": "Aleutian",
    "Pacific/Honolulu": "Hawaii",
    "America/Puerto_Rico": "Puerto Rico",
}
_LABELS_SHOWN = 3


def _fold(zones: tuple[str, ...]) -> tuple[str, ...]:
    kept = {_SAME_CLOCK[zone] if _SAME_CLOCK.get(zone) in zones else zone for zone in zones}
    return tuple(sorted(kept))


def _build() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[int, ...]]]:
    """Return zones by prefix, and for each first two digits the prefix lengths that exist, longest first."""
    folded: dict[tuple[str, ...], tuple[str, ...]] = {}
    zones = {prefix: folded.setdefault(found, _fold(found)) for prefix, found in TIMEZONE_DATA.items()}
    lengths: dict[str, set[int]] = {}
    for prefix in zones:
        starts = [prefix[:2]] if len(prefix) > 1 else [prefix, *(f"{prefix}{digit}" for digit in range(10))]
        for start in starts:
            lengths.setdefault(start, set()).add(len(prefix))
    return zones, {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}


_ZONES, _LENGTHS = _build()
_COUNTRY_CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


def zones_for(e164: str, region: str | None, *, placed: bool = True) -> tuple[str, ...]:
    """Return the IANA zones the number may be in, sorted; empty when unknown: then nobody may call it.

    `placed` False (a mobile, toll-free or unlisted number) means that its prefix tells the country only.
    """
    if region == REGION_CODE_FOR_NON_GEO_ENTITY or not e164.startswith("+"):
        return ()
    digits = e164[1:]
    if not placed:
        for length in (1, 2, 3):
            if digits[:length] in _COUNTRY_CODES:
                return _ZONES.get(digits[:length], ())
        return ()
    for length in _LENGTHS.get(digits[:2], ()):
        zones = _ZONES.get(digits[:length])
        if zones is not None:
            return zones
    return ()


@lru_cache(maxsize=4096)
def zone_key(zones: tuple[str, ...]) -> str:
    """Return the zones as one text, sorted and joined by '+'; '' for none."""
    return "+".join(sorted(zones))


def parse_zone_key(key: str) -> tuple[str, ...]:
    """Return the zones of a key."""
    return tuple(key.split("+")) if key else ()


@lru_cache(maxsize=4096)
def zone_label(key: str) -> str:
    """Return a short name: 'Central', 'London', 'Central / Mountain', 'Adak +14'; '' for an unknown zone."""
    labels = list(dict.fromkeys(map(_one_label, parse_zone_key(key))))
    if len(labels) > _LABELS_SHOWN:
        return f"{labels[0]} +{len(labels) - 1}"
    return " / ".join(labels)


def _one_label(zone: str) -> str:
    return _LABELS.get(zone) or zone.rpartition("/")[2].replace("_", " ")
