"""A key that somebody else put into the log is found before it is signed over."""

from tenants.ledger.keychange import find_foreign_key
from tests.unit.ledger.logbook import entry, signing_key

OWN = {signing_key("first").vkey, signing_key("second").vkey}


def test_it_passes_what_the_signer_wrote() -> None:
    first, second = (signing_key(name).vkey for name in ("first", "second"))
    told = [
        entry(0, "ledger:key:added", details={"new_key": first}),
        entry(1),
        entry(2, "ledger:key:rotated", details={"old_key": first, "new_key": second}),
    ]
    assert find_foreign_key(enumerate(told), OWN) is None


def test_it_finds_a_key_that_somebody_else_named() -> None:
    theirs = signing_key("stranger").vkey
    for details in ({"new_key": theirs, "old_key": min(OWN)}, {}, {"new_key": None}, {"new_key": [min(OWN)]}):
        told = [entry(0), entry(1, "ledger:key:rotated", details=details)]
        assert find_foreign_key(enumerate(told), OWN | {"x"}) == 1


def test_words_that_look_like_an_event_are_no_event() -> None:
    told = [entry(0, device='"event":"ledger:key:rotated"'), entry(1, reason="ledger:key:rotated")]
    assert find_foreign_key(enumerate(told), OWN) is None


def test_an_entry_that_cannot_be_read_is_not_passed() -> None:
    assert find_foreign_key([(7, b'{"event":"ledger:key:rotated"')], OWN) == 7
