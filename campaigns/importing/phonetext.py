"""Clean a phone cell of what spreadsheets and people put around a number, before any library sees it.

Never changes a digit: what cannot be cleaned without guessing is refused with its reason.
"""

import re
import unicodedata
from dataclasses import dataclass

from campaigns.importing.reasons import Reason

_NOTHING = frozenset(
    [
        "-",
        "--",
        "---",
        ".",
        "..",
        "?",
        "??",
        "/",
        "n/a",
        "na",
        "n.a.",
        "none",
        "null",
        "nil",
        "nan",
        "#n/a",
        "brak",
        "nie",
        "ninguno",
        "keine",
        "kein",
        "aucun",
        "x",
        "xx",
        "xxx",
        "unknown",
        "0",
    ]
)
_EXCEL_TEXT = re.compile(r'="?([^"]*)"?$')
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_DECIMAL = re.compile(r"(\+?\d{6,})[.,]0+")
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d(?:[ T].*)?")
_EXTENSION = re.compile(
    r"[\s,;(]*(?:;ext=|\b(?:extension|extn|ext|wewn?|int|poste|dw|anexo)\b[\s.:]*|x[\s.:]*|#\s*)(\d{1,7})\)?$"
    r"|(?<=\d)x\s?(\d{1,7})$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[;,/|\n&]|\s(?:or|oder|lub|ou|and|und|et|i|y|o)\s|(?<=\d)\s*(?=\+)", re.IGNORECASE)
_LEADING_WORDS = re.compile(r"^[^\d+(]+")
_TRAILING_WORDS = re.compile(r"[\s(\[\-–,;:]+[^\W\d_][^\d]*$")
_VANITY = re.compile(r"[+(]?\d[\d\s().\-]{2,}[A-Za-z][A-Za-z\d\s.\-]*")
_LETTER_RUN = re.compile(r"[A-Za-z]{3,}")
_MOST_CHARS = 200


@dataclass(slots=True, repr=False)
class TidyCell:
    """The text to parse, or the reason to refuse; `cut_dots` marks a number Excel had made a decimal."""

    text: str = ""
    reason: Reason | None = None
    extension: bool = False
    cut_dots: bool = False

    def __repr__(self) -> str:
        return "<sealed>"


def digit_count(text: str) -> int:
    """Return how many decimal digits of any script the text has."""
    return sum(char.isdecimal() for char in text)


def tidy_cell(raw: str) -> TidyCell:
    """Return the cell ready to parse."""
    if len(raw) > _MOST_CHARS:
        return TidyCell(reason=Reason.NOT_A_NUMBER if digit_count(raw) < 7 else Reason.TOO_LONG)
    text = _unquote(_plain_characters(raw))
    if not text or text.lower() in _NOTHING:
        return TidyCell(reason=Reason.EMPTY)
    if text.count("#") == len(text):
        return TidyCell(reason=Reason.DIGITS_LOST)
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        return _from_scientific(*scientific.groups(default=""))
    decimal = _DECIMAL.fullmatch(text)
    if decimal:
        return TidyCell(decimal[1])
    if "@" in text or _DATE.fullmatch(text) or digit_count(text) == 0:
        return TidyCell(reason=Reason.NOT_A_NUMBER)
    return _without_words(text)


def _plain_characters(raw: str) -> str:
    """Return ASCII digits, dashes and spaces for their look-alikes; invisible characters are dropped."""
    made = []
    for char in unicodedata.normalize("NFKC", raw):
        if char.isascii() and char.isprintable():
            made.append(char)
        elif char.isdecimal():
            made.append(str(unicodedata.decimal(char)))
        elif unicodedata.category(char) == "Pd":
            made.append("-")
        elif char in "\t\r\n\v\f\u2028\u2029":
            made.append("\n" if char == "\n" else " ")
        elif unicodedata.category(char) == "Zs":
            made.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            made.append(char)
    return "".join(made).strip()


def _unquote(text: str) -> str:
    excel = _EXCEL_TEXT.fullmatch(text)
    if excel:
        text = excel[1]
    return text.strip(" '\"`´’‘“”")


def _from_scientific(lead: str, rest: str, power: str) -> TidyCell:
    exponent = int(power)
    # Fewer digits than the exponent asks for: the zeros that would fill up were other digits once.
    if exponent > 18 or len(rest) < exponent or rest[exponent:].strip("0"):
        return TidyCell(reason=Reason.DIGITS_LOST)
    return TidyCell(lead + rest[:exponent], cut_dots=True)


def _without_words(text: str) -> TidyCell:
    if _is_several(text):
        return TidyCell(reason=Reason.SEVERAL_NUMBERS)
    text = _LEADING_WORDS.sub("", text)
    shorter = _EXTENSION.sub("", text)
    extension = shorter != text and digit_count(shorter) >= 6
    if extension:
        text = shorter
    trimmed = _TRAILING_WORDS.sub("", text)
    if trimmed != text and digit_count(trimmed) >= 7:
        text = trimmed
    if any(char.isalpha() for char in text):
        vanity = _VANITY.fullmatch(text) and _LETTER_RUN.search(text)
        if not vanity:
            return TidyCell(reason=Reason.NOT_A_NUMBER)
    return TidyCell(text.strip(), extension=extension)


def _is_several(text: str) -> bool:
    parts = [part for part in _BETWEEN.split(text) if digit_count(part) >= 7]
    return len(parts) > 1
