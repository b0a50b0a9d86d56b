"""An entry has one spelling: the product writes it, and the verifier, written apart, reads that one alone."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.ledger.canonical import FIELDS, MAX_ENTRY, EntryError, decode_entry, encode_entry
from tenants.ledger.keyhole_verify import read_entry
from tests.unit.ledger.logbook import FIRM, entry

_SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20)
_DETAILS = st.dictionaries(
    st.text("abcXYZ019_.:-", min_size=1, max_size=5), _SCALARS | st.lists(_SCALARS, max_size=3), max_size=4
)
_UUIDS = st.none() | st.uuids()
ENTRIES = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "firm_id": st.just(FIRM),
        "at": st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),
        "event": st.text(max_size=48),
        "actor_kind": st.text(max_size=12),
        "actor_id": _UUIDS,
        "outsourcer_id": _UUIDS,
        "campaign_id": _UUIDS,
        "contact_id": _UUIDS,
        "subject_kind": st.text(max_size=24),
        "subject_id": _UUIDS,
        "allowed": st.booleans(),
        "reason": st.text(max_size=40),
        "address": st.none() | st.ip_addresses().map(str),
        "device": st.text(max_size=120),
        "session_ref": st.text(max_size=8),
        "process": st.text(max_size=12),
        "details": _DETAILS,
    }
)


def verifier_accepts(octets: bytes) -> bool:
    """Whether the standalone verifier finds the entry in the one spelling."""
    return read_entry(octets) is not None


def product_accepts(octets: bytes) -> bool:
    """Whether the product reads the entry back."""
    try:
        decode_entry(octets)
    except EntryError:
        return False
    return True


@given(ENTRIES)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back_by_both(fields: dict[str, Any]) -> None:
    octets = encode_entry(fields)
    said = decode_entry(octets)
    assert said["id"] == str(fields["id"])
    assert said["device"] == fields["device"]
    assert said["details"] == {key: fields["details"][key] for key in sorted(fields["details"])}
    assert datetime.fromisoformat(said["at"]) == fields["at"]
    assert verifier_accepts(octets)


@given(ENTRIES, st.data())
@settings(max_examples=300, deadline=None)
def test_the_verifier_reads_what_the_product_reads_and_no_other_spelling(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    octets = bytearray(encode_entry(fields))
    at = data.draw(st.integers(0, len(octets) - 1))
    if data.draw(st.booleans()):
        octets[at] = data.draw(st.sampled_from(b'0129aAzZ"\\ ,:{}[]\x00\x1f\x7f\x80\xc3\xff-.+etfnu'))
    else:
        del octets[at : at + data.draw(st.integers(1, 40))]
    changed = bytes(octets)
    assert verifier_accepts(changed) or not product_accepts(changed)
    if verifier_accepts(changed):
        assert twist(changed) == changed


def twist(octets: bytes, **changes: Any) -> bytes:
    """Another spelling of an entry, changed past the product's own checks."""
    fields = {**json.loads(octets), **changes}
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


GOOD = entry(1)
BAD = {
    "a space": GOOD.replace(b'":', b'": ', 1),
    "another order": b'{"v":1,' + GOOD[1:].replace(b',"v":1}', b"}"),
    "a repeated key": GOOD.replace(b'"allowed":true', b'"allowed":true,"allowed":true'),
    "a needless escape": GOOD.replace(b"agent", b"\\u0061gent", 1),
    "an escaped slash": twist(GOOD, reason="a/b").replace(b"a/b", b"a\\/b"),
    "a long escape of a line feed": twist(GOOD, reason="\n").replace(b"\\n", b"\\u000a"),
    "a capital in an escape": twist(GOOD, reason="\x1f").replace(b"\\u001f", b"\\u001F"),
    "a raw control character": GOOD.replace(b"Firefox", b"Fire\x01fox"),
    "a fraction": twist(GOOD, details={"n": 1.5}),
    "a number with an exponent": twist(GOOD, details={"n": 7}).replace(b":7}", b":7e0}"),
    "minus nought": twist(GOOD, details={"n": 7}).replace(b":7}", b":-0}"),
    "a leading nought": twist(GOOD, details={"n": 7}).replace(b":7}", b":07}"),
    "a number beyond doubles": twist(GOOD, details={"n": 2**53}),
    "a number far beyond doubles": twist(GOOD, details={"n": 10**30}),
    "an object in the details": twist(GOOD, details={"n": {"m": 1}}),
    "a list in a list": twist(GOOD, details={"n": [[1]]}),
    "a strange key in the details": twist(GOOD, details={"n n": 1}),
    "details out of order": GOOD.replace(b'"details":{"lease":1,', b'"details":{"z":1,"lease":1,'),
    "details twice": GOOD.replace(b'"details":{"lease":1,', b'"details":{"lease":1,"lease":1,'),
    "another form": twist(GOOD, v=2),
    "a form that is true": GOOD.replace(b'"v":1}', b'"v":true}'),
    "no form": GOOD.replace(b',"v":1}', b"}"),
    "a field more": twist(GOOD, more=1),
    "a field less": GOOD.replace(b'"allowed":true,', b""),
    "a capital in a UUID": twist(GOOD, id=str(FIRM).upper().replace("0", "A")),
    "no UUID": twist(GOOD, id="7"),
    "null for an id": twist(GOOD, id=None),
    "a number for a text": twist(GOOD, reason=1),
    "a text for a flag": twist(GOOD, allowed="true"),
    "five digits of a second": twist(GOOD, at="2026-11-22T07:00:00.13700Z"),
    "an offset for Z": twist(GOOD, at="2026-11-22T07:00:00.137000+00:00"),
    "a day that does not exist": twist(GOOD, at="2026-02-30T07:00:00.137000Z"),
    "an hour that does not exist": twist(GOOD, at="2026-11-22T24:00:00.137000Z"),
    "half a character": twist(GOOD, reason="\ud800"),
    "an escaped half of a character": GOOD.replace(b"agent", b"\\ud800", 1),
    "bytes that are no UTF-8": GOOD.replace(b"Firefox", b"Fire\xfffox"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a line feed at the end": GOOD + b"\n",
    "nothing": b"",
    "a list": b"[]",
    "deep nesting": b"[" * 60_000,
    "not a number": GOOD.replace(b'"lease":1', b'"lease":NaN'),
}

MEANING = {
    "an object in the details",
    "a list in a list",
    "a strange key in the details",
    "a capital in a UUID",
    "no UUID",
    "null for an id",
    "a number for a text",
    "a text for a flag",
    "five digits of a second",
    "an offset for Z",
    "a day that does not exist",
    "an hour that does not exist",
}


@pytest.mark.parametrize("name", BAD)
def test_another_spelling_is_refused_by_both_and_another_meaning_by_the_product(name: str) -> None:
    assert BAD[name] != GOOD
    assert not product_accepts(BAD[name])
    # What an entry says is the writer's to check; the verifier looks at how it is spelt.
    assert verifier_accepts(BAD[name]) == (name in MEANING)


def test_the_good_spelling_is_accepted_by_both() -> None:
    assert product_accepts(GOOD)
    assert verifier_accepts(GOOD)
    assert set(json.loads(GOOD)) == FIELDS


@pytest.mark.parametrize(
    "changes",
    [
        {"details": {"share": 0.5}},
        {"details": {"n": 2**53}},
        {"details": {"n": {}}},
        {"details": {1: 1}},
        {"details": {"n": object()}},
        {"details": None},
        {"at": datetime(2026, 1, 1)},
        {"at": "2026-01-01"},
        {"id": "ABC"},
        {"firm_id": None},
        {"allowed": 1},
        {"reason": None},
        {"address": 7},
        {"v": True},
        {"v": 2},
        {"other": 1},
        {"device": "\ud800"},
        {"device": "x" * MAX_ENTRY},
    ],
)
def test_it_refuses_to_write_what_it_cannot_read(changes: dict[str, Any]) -> None:
    with pytest.raises(EntryError) as told:
        entry(1, **changes)
    assert "x" * 100 not in str(told.value)


def test_a_field_left_out_is_refused() -> None:
    fields = json.loads(GOOD)
    encode_entry(fields)
    for name in FIELDS - {"v"}:
        with pytest.raises(EntryError, match=name):
            encode_entry({key: value for key, value in fields.items() if key != name})


def test_the_longest_entry_is_written_and_one_byte_more_is_not() -> None:
    room = MAX_ENTRY - len(entry(1, device=""))
    longest = entry(1, device="x" * room)
    assert len(longest) == MAX_ENTRY
    assert verifier_accepts(longest)
    with pytest.raises(EntryError):
        entry(1, device="x" * (room + 1))


def test_a_time_is_written_in_utc_wherever_it_was_read() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    at = json.loads(entry(1, at=datetime(2026, 1, 1, 2, 0, tzinfo=east)))["at"]
    assert at == "2025-12-31T20:30:00.000000Z"


def test_ids_may_be_uuids_or_their_text() -> None:
    assert entry(1, id=UUID(int=7)) == entry(1, id=str(UUID(int=7)))
