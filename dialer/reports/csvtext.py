"""A report as CSV, written row by row. Pure. No cell may be read as a formula by a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from dialer.reports.document import Blank, Report, Table, Value

_NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?\Z")
_STARTS_FORMULA: Final = ("=", "+", "-", "@")
_BREAKS_CELL: Final = ("\t", "\r", "\n")
_INVISIBLE: Final = ("Cc", "Cf", "Zs", "Zl", "Zp")
# Spreadsheets take a file that begins so for UTF-8.
_MARK: Final = "\ufeff"
_CHUNK: Final = 64 * 1024


class Sink(Protocol):
    """Where the bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


def neutralise(text: str) -> str:
    """Return a cell that no spreadsheet computes: what could begin a formula gets an apostrophe before it.

    A sign is looked for behind spaces and invisible letters, and in its full-width forms too. A signed number stays.
    Source: OWASP, CSV Injection.
    """
    # A letter or a digit begins no formula, and nearly every cell begins with one.
    if not text or text[0].isalnum() or _NUMBER.match(text):
        return text
    if text.startswith(_BREAKS_CELL):
        return "'" + text
    for letter in text:
        if unicodedata.category(letter) in _INVISIBLE:
            continue
        return "'" + text if unicodedata.normalize("NFKC", letter).startswith(_STARTS_FORMULA) else text
    return text


def write_csv(report: Report, to: Sink) -> int:
    """Write the whole report as UTF-8 with a mark, lines ending in CR LF; returns how many rows its tables have."""
    buffer = io.StringIO()
    # Text stands in quotes always: whatever a program splits by, a cell stays one cell.
    writer = csv.writer(buffer, delimiter=report.language.delimiter, quoting=csv.QUOTE_NONNUMERIC)
    buffer.write(_MARK)
    count = 0
    for row, is_data in _rows(report):
        writer.writerow([_cell(value) for value in row])
        count += is_data
        if buffer.tell() >= _CHUNK:
            _empty(buffer, to)
    _empty(buffer, to)
    return count


def _empty(buffer: io.StringIO, to: Sink) -> None:
    to.write(buffer.getvalue().encode("utf-8"))
    buffer.seek(0)
    buffer.truncate()


def _cell(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return neutralise(value.hint if isinstance(value, Blank) else value)


def _rows(report: Report) -> Iterator[tuple[Iterable[Value], bool]]:
    yield (report.title,), False
    made = () if report.is_signed_over else report.made
    for fact in (*report.about, *made):
        yield fact, False
    if report.verify and not report.is_signed_over:
        yield (report.verify,), False
    for section in report.sections:
        yield (), False
        yield (section.title,), False
        for sentence in section.sentences:
            yield (sentence,), False
        for fact in section.facts:
            yield fact, False
        for table in section.tables:
            yield from _table(table)


def _table(table: Table) -> Iterator[tuple[Iterable[Value], bool]]:
    yield (), False
    if table.title:
        yield (table.title,), False
    if table.note:
        yield (table.note,), False
    yield [column.label for column in table.columns], False
    is_empty = True
    for row in table.rows:
        is_empty = False
        yield row, True
    if is_empty:
        yield (table.empty,), False
