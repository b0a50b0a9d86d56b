"""A number's zones are all it may be in; unknown stays unknown."""

import datetime as dt
import zoneinfo

import phonenumbers
import pytest
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from campaigns.zones import _SAME_CLOCK, parse_zone_key, zone_key, zone_label, zones_for


@pytest.mark.parametrize(
    ("e164", "region", "placed", "zones"),
    [
        ("+15045550100", "US", True, ("America/Chicago",)),
        ("+12125550100", "US", True, ("America/New_York",)),
        ("+442079460123", "GB", True, ("Europe/London",)),
        ("+447911123456", "GB", False, ("Europe/London",)),
        ("+48221234567", "PL", True, ("Europe/Warsaw",)),
        ("+34915550101", "ES", True, ("Europe/Madrid",)),
        ("+80012345678", "001", False, ()),
        ("+99955501000", None, True, ()),
        ("5045550100", "US", True, ()),
        ("+", None, True, ()),
    ],
)
def test_it_knows_where_a_number_may_be(
    e164: str, region: str | None, placed: bool, zones: tuple[str, ...]
) -> None:
    assert zones_for(e164, region, placed=placed) == zones


def test_a_mobile_may_be_anywhere_in_its_country() -> None:
    assert zones_for("+61412345678", "AU", placed=True) == ("Australia/Sydney",)
    anywhere = zones_for("+61412345678", "AU", placed=False)
    assert {"Australia/Perth", "Australia/Sydney"} <= set(anywhere)


def test_a_toll_free_number_is_in_every_zone_of_its_plan() -> None:
    zones = zones_for("+18005550100", "US", placed=False)
    assert {"America/New_York", "Pacific/Honolulu", "Pacific/Guam"} <= set(zones)
    assert len(zone_key(zones)) < 400


def test_it_agrees_with_the_library_for_every_prefix_it_has() -> None:
    for prefix, expected in TIMEZONE_DATA.items():
        found = zones_for(f"+{prefix}", None)
        assert set(found) <= set(expected)
        assert {_clock(zone) for zone in found} == {_clock(zone) for zone in expected}
    number = phonenumbers.parse("+13125550100")
    assert timezone.time_zones_for_number(number) == zones_for("+13125550100", "US")


_CLOCKS: dict[str, tuple[dt.timedelta | None, ...]] = {}


def _clock(zone: str) -> tuple[dt.timedelta | None, ...]:
    """Return the zone's offsets week by week over six years."""
    if zone not in _CLOCKS:
        place = zoneinfo.ZoneInfo(zone)
        start = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
        weeks = (start + dt.timedelta(weeks=week) for week in range(312))
        _CLOCKS[zone] = tuple(moment.astimezone(place).utcoffset() for moment in weeks)
    return _CLOCKS[zone]


def test_only_zones_with_the_same_clock_are_folded() -> None:
    assert all(_clock(zone) == _clock(into) for zone, into in _SAME_CLOCK.items())
    assert _clock("America/Denver") != _clock("America/Phoenix")


def test_a_key_is_sorted_and_comes_back() -> None:
    key = zone_key(("America/Denver", "America/Chicago"))
    assert key == "America/Chicago+America/Denver"
    assert parse_zone_key(key) == ("America/Chicago", "America/Denver")
    assert (zone_key(()), parse_zone_key("")) == ("", ())


def test_every_key_fits_and_every_zone_exists() -> None:
    keys = {zone_key(zones_for(f"+{prefix}", None)) for prefix in TIMEZONE_DATA}
    assert max(map(len, keys)) <= 320
    known = zoneinfo.available_timezones()
    assert all(zone in known for key in keys for zone in parse_zone_key(key))


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("America/Chicago", "Central"),
        ("America/New_York", "Eastern"),
        ("America/Phoenix", "Arizona"),
        ("Europe/London", "London"),
        ("Europe/Isle_of_Man", "Isle of Man"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Chicago+America/Denver", "Central / Mountain"),
        ("America/Adak+America/Anchorage+America/Chicago+America/Denver", "Aleutian +3"),
        ("", ""),
    ],
)
def test_labels_are_short_names(key: str, label: str) -> None:
    assert zone_label(key) == label
