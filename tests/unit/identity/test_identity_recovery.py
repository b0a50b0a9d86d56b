"""Recovery codes: how they look, and that what a person types back is the same code."""

import re

import pytest

from tenants.identity.recovery import hash_code, new_codes


def test_there_are_ten_different_codes_of_ten_characters_each_time() -> None:
    first, second = new_codes(), new_codes()
    assert len(set(first + second)) == 20
    for code in first:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code)


def test_every_place_of_a_code_varies() -> None:
    many = [code for _ in range(40) for code in new_codes()]
    for place in (0, 4, 6, 10):
        assert len({code[place] for code in many}) > 20


@pytest.mark.parametrize("typed", ["7k4q2-92x0m", "7K4Q292XOM", " 7K4Q2 92X0M ", "7K4Q2-92XoM"])
def test_it_reads_a_code_however_it_was_typed(typed: str) -> None:
    assert hash_code(typed) == hash_code("7K4Q2-92X0M")


def test_another_code_has_another_hash() -> None:
    assert hash_code("7K4Q2-92X0M") != hash_code("7K4Q2-92X0N")


@pytest.mark.parametrize("typed", ["", "7K4Q2-92X0", "7K4Q2-92X0MM", "7K4Q2-92X0U", "żółć-12345"])
def test_what_cannot_be_a_code_has_no_hash(typed: str) -> None:
    assert hash_code(typed) is None
