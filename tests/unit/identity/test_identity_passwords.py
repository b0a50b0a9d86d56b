"""Passwords: what the derivation gives, and which new ones are refused."""

import unicodedata

import pytest
from argon2.low_level import Type, hash_secret_raw

from tenants.identity.passwords import derive_password, judge_password
from tenants.vault.sealed import SealedText

SALT = b"0123456789abcdef"
GOOD = "correct horse battery"


def test_it_derives_what_argon2id_gives_for_the_parameters_the_database_counts_on() -> None:
    expected = hash_secret_raw(
        GOOD.encode(), SALT, time_cost=3, memory_cost=65_536, parallelism=1, hash_len=32, type=Type.ID
    )
    assert derive_password(SealedText(GOOD), SALT).open_bytes() == expected


def test_another_salt_or_password_gives_other_bytes() -> None:
    given = derive_password(SealedText(GOOD), SALT)
    assert derive_password(SealedText(GOOD), SALT[::-1]) != given
    assert derive_password(SealedText(GOOD + "!"), SALT) != given


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password() -> None:
    composed = unicodedata.normalize("NFC", "zażółć gęślą jaźń")
    parted = unicodedata.normalize("NFD", composed)
    assert composed != parted
    assert derive_password(SealedText(composed), SALT) == derive_password(SealedText(parted), SALT)


def test_it_refuses_a_salt_of_another_length() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        derive_password(SealedText(GOOD), SALT[:-1])


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", "too_short"),
        ("x" * 257, "too_long"),
        ("abababababab", "one_character"),
        ("marta.nowak@tern.example", "like_email"),
        ("MARTA.NOWAK1234", "like_email"),
        ("tern.example2026", "like_email"),
        ("twelve-chars", None),
        ("marta.nowak likes long walks", None),
        (GOOD, None),
    ],
)
def test_it_names_what_is_wrong_with_a_new_password(password: str, problem: str | None) -> None:
    assert judge_password(SealedText(password), email="marta.nowak@tern.example") == problem


def test_a_short_half_of_the_email_does_not_taint_every_password() -> None:
    assert judge_password(SealedText("abc and others"), email="abc@x.io") is None
