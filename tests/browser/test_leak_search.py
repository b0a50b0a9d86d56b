"""The search for numbers finds each form that is planted, and nothing where there is nothing."""

import base64
from urllib.parse import quote

import pytest

from tests.browser.leaks import Number, Searcher

NUMBER = Number("+15045550123", "5045550123")
OTHER = Number("+13125550199", "3125550199")
PLANTED = {
    "E.164": b'{"to":"+15045550123"}',
    "national": b"<td>5045550123</td>",
    "spaced": b"call 504 555 0123 now",
    "dashed": b"504-555-0123",
    "dotted": b"504.555.0123",
    "parenthesised": b"(504) 555-0123",
    "with hard spaces": "504\u00a0555\u202f0123".encode(),
    "in an address": b"tel:+1-504-555-0123;ext=1",
    "reversed": b"3210555405",
    "reversed and spaced": b"3210 555 405",
    "base64": base64.b64encode(b"5045550123"),
    "base64 within a text": base64.b64encode(b'{"number":"+15045550123"}'),
    "base64 for URLs": base64.urlsafe_b64encode(b"??>+15045550123"),
    "hex": b"+15045550123".hex().encode(),
    "HEX": b"5045550123".hex().upper().encode(),
    "URL": quote("+15045550123", safe="").encode(),
    "URL, each digit": "".join(f"%{ord(digit):02X}" for digit in "5045550123").encode(),
    "UTF-16": "5045550123".encode("utf-16-le"),
    "UTF-16 the other way": "5045550123".encode("utf-16-be"),
    "JSON escapes": "".join(f"\\u{ord(digit):04x}" for digit in "5045550123").encode(),
    "HTML entities": "".join(f"&#{ord(digit)};" for digit in "5045550123").encode(),
    "an integer": (5045550123).to_bytes(8),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_it_finds_a_number_written(planted: bytes) -> None:
    searcher = Searcher([OTHER, NUMBER])
    around = b'{"state":"ready","since":"2026-11-22T05:32:39.815600+00:00","x":"' + planted + b'"}'
    assert {leak.number for leak in searcher.search("frame", around)} == {1}
    assert searcher.search("frame", around.replace(planted, b"-")) == []


def test_times_ids_and_figures_are_no_numbers() -> None:
    # Minutes, seconds and their fraction would spell it.
    text = (
        b'{"at":"2026-11-22T01:50:45.550123+00:00","id":"01a201be-0408-7598-aec5-5d145fd7b162","n":5045550}'
    )
    assert Searcher([NUMBER, OTHER]).search("frame", text) == []


def test_a_find_repeats_no_digit_of_the_number() -> None:
    found = Searcher([NUMBER]).search("frame", b"+15045550123")
    assert found
    assert "555" not in repr(found)
