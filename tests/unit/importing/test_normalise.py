"""Cells become E.164 or a reason; the two libraries agree; nothing prints a number."""

import random
from dataclasses import replace

import phonenumbers
import pytest

from campaigns.importing.engines import load_engine
from campaigns.importing.normalise import PhoneReader, PhoneReading
from campaigns.importing.reasons import SENTENCES, Reason
from campaigns.zones import zones_for

US = "+15045550100"
GB = "+442079460123"

NASTY = [
    ("US", "504-555-0100", US),
    ("US", " (504) 555.0100 ", US),
    ("US", "1 504 555 0100", US),
    ("US", "+1 (504) 555-0100", US),
    ("US", "001 504 555 0100", US),
    ("US", "tel:+1-504-555-0100", US),
    ("US", "'5045550100", US),
    ("US", '="5045550100"', US),
    ("US", "5045550100.0", US),
    ("US", "5045550100,00", US),
    ("US", "5.0455501E+09", Reason.DIGITS_LOST),
    ("US", "5,04555010E+9", Reason.DIGITS_LOST),
    ("US", "5.045550123E+09", "+15045550123"),
    ("US", "#########", Reason.DIGITS_LOST),
    ("US", "504-555-0100 x123", US),
    ("US", "504-555-0100 ext. 12", US),
    ("US", "504-555-0100#12", US),
    ("US", "Mobile: 504-555-0100", US),
    ("US", "504-555-0100 (home)", US),
    ("US", "٥٠٤٥٥٥٠١٠٠", US),
    ("US", "５０４－５５５－０１００", US),
    ("US", "504\u2011555\u20110100", US),
    ("US", "\u202a504-555-0100\u202c", US),
    ("US", "504\u00a0555\u00a00100", US),
    ("US", "504-555-0100\x00", US),
    ("US", "1-800-FLOWERS", "+18003569377"),
    ("US", "5O4-555-0100", Reason.NOT_A_NUMBER),
    ("US", "504-555-0100 / 504-555-0101", Reason.SEVERAL_NUMBERS),
    ("US", "5045550100;5045550101", Reason.SEVERAL_NUMBERS),
    ("US", "504-555-0100 or 504-555-0101", Reason.SEVERAL_NUMBERS),
    ("US", "+15045550100 +15045550101", Reason.SEVERAL_NUMBERS),
    ("US", "", Reason.EMPTY),
    ("US", "   ", Reason.EMPTY),
    ("US", "n/a", Reason.EMPTY),
    ("US", "ask for Ada", Reason.NOT_A_NUMBER),
    ("US", "ada@example.com", Reason.NOT_A_NUMBER),
    ("US", "2024-01-02", Reason.NOT_A_NUMBER),
    ("US", "555-0100", Reason.TOO_SHORT),
    ("US", "504-555-010", Reason.TOO_SHORT),
    ("US", "504-555-01000", Reason.TOO_LONG),
    ("US", "5" * 60, Reason.TOO_LONG),
    ("US", "5" * 5000, Reason.TOO_LONG),
    ("US", "911", Reason.SHORT_CODE),
    ("GB", "999", Reason.SHORT_CODE),
    (None, "112", Reason.SHORT_CODE),
    ("US", "900-555-0100", Reason.PREMIUM),
    ("US", "1-900-555-0100", Reason.PREMIUM),
    ("GB", "09098790123", Reason.PREMIUM),
    ("US", "+999 555 0100 000", Reason.UNKNOWN_COUNTRY),
    (None, "504-555-0100", Reason.UNKNOWN_COUNTRY),
    (None, "+1 504-555-0100", US),
    (None, "00442079460123", GB),
    ("US", "0044 20 7946 0123", GB),
    ("GB", "020 7946 0123", GB),
    ("GB", "2079460123", GB),
    ("GB", "442079460123", GB),
    ("GB", "+44 (0)20 7946 0123", GB),
    ("GB", "(+44) 20-7946-0123", GB),
    ("GB", "\ud800020 7946 0123", GB),
    ("PL", "+48 (0)22 123 45 67", "+48221234567"),
    ("PL", "22 123 45 67 wew. 5", "+48221234567"),
    ("IT", "+39 06 698 12345", "+390669812345"),
    ("IT", "06 698 12345", "+390669812345"),
    ("DE", "30123456.0", "+4930123456"),
]


@pytest.mark.parametrize("engine", ["auto", "phonenumbers"])
@pytest.mark.parametrize(("region", "raw", "expected"), NASTY)
def test_it_reads_what_people_type(region: str | None, raw: str, expected: str, engine: str) -> None:
    reading = PhoneReader(region, engine=engine).read(raw)  # type: ignore[arg-type]
    assert (reading.reason or reading.e164) == expected
    assert (reading.e164 is None) == (reading.status == "invalid")


def test_a_number_that_no_plan_knows_is_possible() -> None:
    reading = PhoneReader("GB").read("01714-737668")
    assert (reading.status, reading.reason, reading.region) == (
        "possible",
        Reason.INVALID_FOR_REGION,
        "GB",
    )
    assert reading.e164 == "+441714737668"


def test_an_extension_is_cut_and_noted() -> None:
    reader = PhoneReader("US")
    assert reader.read("504-555-0100 x9").extension
    assert not reader.read("504-555-0100").extension


def test_nothing_prints_the_number() -> None:
    reading = PhoneReader("US").read("504-555-0100")
    assert reading.e164 == US
    for shown in (repr(reading), str(reading), f"{reading}", repr([reading])):
        assert "555" not in shown
        assert "sealed" in shown


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="region"):
        PhoneReader("QQ")


def _varied_numbers(count: int, seed: int) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    usual = [
        "US",
        "GB",
        "PL",
        "ES",
        "DE",
        "FR",
        "IT",
        "CA",
        "AU",
        "IN",
        "BR",
        "MX",
        "NL",
        "PT",
        "AR",
    ]
    made: list[tuple[str, str]] = []
    while len(made) < count:
        region = chance.choice(usual if chance.random() < 0.6 else regions)
        example = phonenumbers.example_number_for_type(region, chance.choice([0, 1, 2, 3, 4, 6]))
        if example is None:
            continue
        national = list(phonenumbers.national_significant_number(example))
        for at in range(chance.randrange(1, 5), len(national)):
            national[at] = str(chance.randrange(10))
        if chance.random() < 0.1:
            national = national[: -chance.randrange(1, 4)] or national
        digits = "".join(national)
        form = chance.randrange(5)
        if form == 0:
            raw = f"+{example.country_code}{digits}"
        elif form == 1:
            raw = f"00{example.country_code} {digits[:3]} {digits[3:]}"
        elif form == 2:
            raw = f"+{example.country_code} ({digits[:2]}) {digits[2:5]}-{digits[5:]}"
        elif form == 3:
            raw = f"0{digits[:3]}-{digits[3:]}"
        else:
            raw = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
        made.append((region, raw))
    return made


def _told(reading: PhoneReading) -> tuple[object, ...]:
    e164 = reading.e164
    zones = zones_for(e164, reading.region, placed=reading.placed) if e164 else ()
    return reading.status, e164, reading.region, reading.reason, zones


def test_the_quick_library_agrees_with_the_reference() -> None:
    if load_engine().name == "phonenumbers":
        pytest.skip("the quick library is not installed")
    quick: dict[str, PhoneReader] = {}
    slow: dict[str, PhoneReader] = {}
    differing, valid = [], 0
    for region, raw in _varied_numbers(20_000, seed=7):
        a = quick.setdefault(region, PhoneReader(region)).read(raw)
        b = slow.setdefault(region, PhoneReader(region, engine="phonenumbers")).read(raw)
        valid += b.status == "valid"
        if _told(a) != _told(b):
            differing.append((region, a.status, b.status, a.reason, b.reason))
    assert valid > 5_000
    assert differing == []


def test_the_reference_decides_where_the_number_plans_differ() -> None:
    asked: list[str] = []
    reader = PhoneReader("DK")
    second = reader._second
    if second is None:
        pytest.skip("the quick library is not installed")

    def parse(text: str, region: str | None) -> object:
        asked.append(text)
        return second.parse(text, region)

    reader._second = replace(second, parse=parse)
    assert reader.read("+45 32 12 34 56").status == "valid"
    assert len(asked) == 1
    assert reader.read("+44 20 7946 0123").status == "valid"
    assert len(asked) == 1
