"""What the standalone verifier reads in the entries themselves: little by default, their one spelling when it is asked to."""

import json

import pytest

from tests.unit.ledger.asking import KEY, ZIP, ask, kinds
from tests.unit.ledger.logbook import Logbook, entry, signing_key


def test_another_spelling_is_found_when_every_entry_is_read() -> None:
    odd = Logbook([entry(0), entry(1).replace(b'":', b'" :', 1), entry(2)])
    # Its hash is that of its bytes, so nobody but the signer can have put it there.
    assert ask(odd.bundle(), kept=[])[0].code == 0
    report, _ = ask(odd.bundle(), kept=[], read=True)
    assert (kinds(report), report.first) == ({"entry-form"}, 1)
    report, said = ask(ZIP, read=True)
    assert report.code == 0
    assert "Every one of them is in the ledger's one spelling." in said
    assert "spelling" not in ask(ZIP)[1]


def test_the_entry_that_is_shown_is_read_in_any_case() -> None:
    odd = Logbook([entry(0), entry(1).replace(b'":', b'" :', 1), entry(2)])
    report, said = ask(odd.bundle(), kept=[], find="1")
    assert (kinds(report), report.first) == ({"entry-form"}, 1)
    assert odd.entries[1].decode() in said
    assert ask(odd.bundle(), kept=[], find="2")[0].code == 0


def test_an_id_named_elsewhere_in_an_entry_is_not_the_one_asked_for() -> None:
    wanted = json.loads(entry(5))["id"]
    log = Logbook([entry(0, details={"id": wanted}), entry(5), entry(2, subject_id=wanted)])
    report, _ = ask(log.bundle(), kept=[], find=wanted)
    assert report.entry.startswith("Entry 1, hash ")
    assert report.entry.count("Entry ") == 1
    assert ask(log.bundle(), kept=[], find=wanted[:-4])[0].code == 2


LATE = b'"at":"2026-11-22T07:00:00.137000Z"'


@pytest.mark.parametrize(
    "time",
    [
        b"",
        b'"at":null',
        b'"at":"2026-02-30T07:00:00.137000Z"',
        b'"at":"2026-11-22T07:00:00.137000"',
        b'"at":"\xff',
    ],
)
def test_an_entry_without_a_time_is_found(time: bytes) -> None:
    assert LATE in entry(1)
    log = Logbook([entry(0), entry(1).replace(LATE, time), entry(2)])
    report, _ = ask(log.bundle(), kept=[])
    assert (kinds(report), report.first) == ({"entry-form"}, 1)


@pytest.mark.parametrize(
    "details", [{}, {"old_key": 7, "new_key": None}, {"old_key": KEY, "new_key": "x+y+z"}]
)
def test_a_change_of_keys_that_cannot_be_read_is_found(details: dict[str, object]) -> None:
    log = Logbook([entry(0), entry(1, "ledger:key:rotated", details=details)])
    report, _ = ask(log.bundle(), kept=[])
    assert (kinds(report), report.first) == ({"entry-form"}, 1)


@pytest.mark.parametrize("octets", [b"[" * 60_000, b"\xff", b"[]", b"7", b'{"event":{},"details":7,"at":""}'])
def test_what_looks_like_the_logs_own_entry_and_is_none_is_found(octets: bytes) -> None:
    strange = octets + b'"event":"ledger:key:rotated"' + entry(1)
    report, _ = ask(Logbook([entry(0), strange]).bundle(), kept=[])
    assert (kinds(report), report.first) == ({"entry-form"}, 1)


def test_an_entry_that_names_a_ledger_event_in_its_details_says_nothing_of_the_log() -> None:
    second = signing_key("second").vkey
    details = {"event": "ledger:key:rotated", "old_key": KEY, "new_key": second}
    report, said = ask(Logbook([entry(0, details=details)]).bundle(), kept=[])
    assert (report.code, report.count) == (0, 0)
    assert "changes the signing key" not in said
