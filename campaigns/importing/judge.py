"""One verdict per row: accepted with its numbers and fields, or rejected with one reason.

Pure; keeps nothing between rows. Cells stay as they are (text that looks like a formula too: exports neutralise
it), but for invisible characters that could hide or reorder what a person reads.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from campaigns.importing.delimited import Cells, Unreadable
from campaigns.importing.limits import Limits
from campaigns.importing.mapping import Mapping
from campaigns.importing.normalise import PhoneReader
from campaigns.importing.reasons import Reason
from campaigns.zones import zone_key, zones_for

PossibleNumbers = Literal["keep", "reject"]
Number = tuple[int, str, str | None, str]
Unused = tuple[str, Reason]

_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
# Controls go, and the marks that turn the reading direction or show nothing; the joiners of Persian and Indic
# scripts (U+200C, U+200D) stay.
_UNSEEN = {
    **dict.fromkeys((*range(32), *range(127, 160))),
    **dict.fromkeys((8203, 8288, 65279, 173, *range(8234, 8239), *range(8294, 8298))),
    **dict.fromkeys((8206, 8207, 1564, 64976, 64977)),
    **dict.fromkeys(range(55296, 57344)),
    **{ord(char): " " for char in _SPACES},
}


@dataclass(slots=True, repr=False)
class Accepted:
    """A row to store.

    `numbers`: (place among the mapped phone columns from 0, E.164, region, zone key), no number twice, never empty.
    `fields`: one text per mapped field column. `unused`: other phone cells that hold no usable number, by column.
    `shortened`: fields cut to their greatest length.
    """

    line_no: int
    numbers: list[Number]
    fields: list[str]
    unused: tuple[Unused, ...] = ()
    shortened: int = 0

    def __repr__(self) -> str:
        return "<sealed>"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row turned away; `column` is the header of the phone column that decided, None for the whole line."""

    line_no: int
    reason: Reason
    column: str | None


class Judge:
    """Judges the rows of one list. `possible_numbers` says what becomes of a number no plan knows."""

    def __init__(
        self,
        mapping: Mapping,
        region: str | None,
        possible_numbers: PossibleNumbers = "reject",
        limits: Limits | None = None,
        reader: PhoneReader | None = None,
    ) -> None:
        self._reader = reader or PhoneReader(region)
        self._read = self._reader.read
        self._keep_possible = possible_numbers == "keep"
        self._phones = tuple((at, column.index, column.name) for at, column in enumerate(mapping.phones))
        self._fields = tuple(column.index for column in mapping.fields)
        self._most_chars = (limits or Limits()).field_chars

    def judge(self, line_no: int, cells: Cells) -> Accepted | Rejected:
        """Return the verdict on one row of the table, or on a line that could not be read."""
        if isinstance(cells, Unreadable):
            return Rejected(line_no, cells.reason, None)
        numbers: list[Number] = []
        unused: list[Unused] = []
        for place, index, name in self._phones:
            raw = cells[index]
            if not raw:
                continue
            reading = self._read(raw)
            e164 = reading.e164
            if e164 is None or (reading.reason is not None and not self._keep_possible):
                if reading.reason is not None and reading.reason is not Reason.EMPTY:
                    unused.append((name, reading.reason))
                continue
            if any(e164 == number[1] for number in numbers):
                continue
            region = reading.region
            numbers.append(
                (
                    place,
                    e164,
                    region,
                    zone_key(zones_for(e164, region, placed=reading.placed)),
                )
            )
        if not numbers:
            column, reason = unused[0] if unused else (self._phones[0][2], Reason.EMPTY)
            return Rejected(line_no, reason, column)
        fields = [cells[index] for index in self._fields]
        joined = "".join(fields)
        if joined.isprintable() and len(joined) <= self._most_chars and _composed(joined):
            return Accepted(line_no, numbers, [field.strip() for field in fields], tuple(unused))
        cleaned = [clean_field(field) for field in fields]
        shortened = sum(len(field) > self._most_chars for field in cleaned)
        return Accepted(
            line_no,
            numbers,
            [field[: self._most_chars] for field in cleaned],
            tuple(unused),
            shortened,
        )


def clean_field(text: str) -> str:
    """Return the text in NFC, stripped, without control characters and direction marks."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN)).strip()


def _composed(text: str) -> bool:
    return text.isascii() or unicodedata.is_normalized("NFC", text)
