"""Numbers and answers are matched by keyed digests that say nothing without the key."""

import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.vault.errors import EmptyAnswerError, NumberFormatError
from tenants.vault.index import (
    answer_digest,
    firm_index_key,
    normalise_answer,
    number_index,
)
from tenants.vault.sealed import SealedBytes

MASTER = SealedBytes(bytes(range(32)))
FIRM, OTHER_FIRM, ANNA, BERT = (UUID(int=number) for number in (1, 2, 3, 4))
KEY = firm_index_key(MASTER, FIRM)


def test_a_firm_key_is_hkdf_of_the_master() -> None:
    extracted = hmac.digest(bytes(32), MASTER.open_bytes(), "sha256")
    info = b"\0\x14keyhole/index-key/v1\0\x10" + FIRM.bytes
    assert KEY.open_bytes() == hmac.digest(extracted, info + b"\1", "sha256")


def test_firms_and_masters_have_their_own_keys() -> None:
    assert firm_index_key(MASTER, FIRM) == KEY
    assert firm_index_key(MASTER, OTHER_FIRM) != KEY
    assert firm_index_key(SealedBytes(bytes(32)), FIRM) != KEY


def test_a_short_master_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        firm_index_key(SealedBytes(b"short"), FIRM)


def test_a_number_is_found_within_its_firm_only() -> None:
    number = "+48600111222"
    assert len(number_index(KEY, number)) == 32
    assert number_index(KEY, number) == number_index(firm_index_key(MASTER, FIRM), number)
    assert number_index(KEY, number) != number_index(KEY, "+48600111223")
    assert number_index(KEY, number) != number_index(firm_index_key(MASTER, OTHER_FIRM), number)


def test_an_index_is_no_plain_hash_of_the_number() -> None:
    number = b"+48600111222"
    index = number_index(KEY, number.decode())
    prefixed = b"keyhole/number/v1\0" + number
    assert index not in (hashlib.sha256(number).digest(), hashlib.sha256(prefixed).digest())
    assert index == hmac.digest(KEY.open_bytes(), prefixed, "sha256")


@pytest.mark.parametrize(
    "number",
    ["", "+", "48600111222", "+0600111222", "+48 600 111 222", "+4860011122233445", "+123", "+4860011122a",
     "+48600111222\n", "+٤٨٦٠٠١١١٢٢٢", "tel:+48600111222"],
)  # fmt: skip
def test_it_refuses_to_index_what_is_no_e164_number(number: str) -> None:
    with pytest.raises(NumberFormatError) as refused:
        number_index(KEY, number)
    assert number.strip("+\n") == "" or number not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("LODZ", "Łódź"),
        ("o'brien", "O\u2019Brien"),
        ("12-345", "12 345"),
        ("Straße 5", "STRASSE 5"),
        ("jose maria", "José-María"),
        ("İstanbul", "istanbul"),
        ("Ærø", "aero"),
        ("ﬁat 500", "FIAT500"),
        ("٣٤", "34"),
        ("é", "e\u0301"),
    ],
)
def test_answers_a_person_would_call_the_same_match(said: str, stored: str) -> None:
    assert normalise_answer(said) == normalise_answer(stored)
    assert answer_digest(KEY, contact_id=ANNA, field="city", answer=said) == answer_digest(
        KEY, contact_id=ANNA, field="city", answer=stored
    )


@pytest.mark.parametrize(
    ("said", "stored"), [("Anna", "Anne"), ("1980", "1981"), ("Иван", "Ivan"), ("1", "11")]
)
def test_answers_that_differ_do_not_match(said: str, stored: str) -> None:
    assert answer_digest(KEY, contact_id=ANNA, field="name", answer=said) != answer_digest(
        KEY, contact_id=ANNA, field="name", answer=stored
    )


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(answer: str) -> None:
    once = normalise_answer(answer)
    assert normalise_answer(once) == once
    assert once == "" or once.isalnum()


def test_equal_answers_of_two_people_or_fields_look_different() -> None:
    digests = {
        answer_digest(key, contact_id=contact, field=field, answer="Anna")
        for key in (KEY, firm_index_key(MASTER, OTHER_FIRM))
        for contact in (ANNA, BERT)
        for field in ("first_name", "mother")
    }
    assert len(digests) == 8


@pytest.mark.parametrize("answer", ["", "  ", "-", "...", "\u0301", "\U0001f600"])
def test_it_refuses_an_answer_with_nothing_to_compare(answer: str) -> None:
    with pytest.raises(EmptyAnswerError):
        answer_digest(KEY, contact_id=ANNA, field="name", answer=answer)
    assert issubclass(EmptyAnswerError, ValueError)
