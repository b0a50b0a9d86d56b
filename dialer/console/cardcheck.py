"""Does a note hold a payment card's number? Pure. It must never keep or return the digits it looked at."""

import re

# Digits with at most one separator between them: how people type a card number, and not two numbers in a row.
_RUN = re.compile(r"(?<!\d)\d(?:[ .\-\u00a0\u2009\u202f]?\d){12,18}(?!\d)")
MIN_DIGITS = 13
MAX_DIGITS = 19


def holds_card_number(text: str) -> bool:
    """Tell whether the text holds 13 to 19 digits in a row that pass the check of Luhn.

    Source: ISO/IEC 7812-1, annex B.
    """
    plain = "".join(_digit(character) for character in text)
    return any(_passes_luhn(_digits(run.group())) for run in _RUN.finditer(plain))


def _digit(character: str) -> str:
    # Digits of other scripts count too: a note in full-width digits is as readable.
    return str(int(character)) if character.isdecimal() else character


def _digits(run: str) -> list[int]:
    return [int(character) for character in run if character.isdigit()]


def _passes_luhn(digits: list[int]) -> bool:
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
