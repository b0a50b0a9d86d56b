"""CSV as people really have it, record by record, in memory that does not grow with the file.

A quotation mark that is never closed costs its own line and nothing after it.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from campaigns.importing.encodings import UNDECODABLE
from campaigns.importing.limits import Limits
from campaigns.importing.reasons import Reason

DELIMITERS = (",", ";", "\t", "|")
_DECLARED = re.compile(r"\s*sep=(.)\s*$", re.IGNORECASE)
_SAMPLE_LINES = 200
_SENTINEL = "\ufdd1"  # a noncharacter line that shows whether the record before it was closed


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that could not be turned into cells, and why."""

    reason: Reason


Cells = list[str] | Unreadable
Record = tuple[int, Cells]


def unify_endings(text: str) -> str:
    """Return the text with LF alone ending its lines."""
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def declared_delimiter(first_line: str) -> str | None:
    """Return the delimiter of Excel's `sep=;` line, None when the line is not one."""
    found = _DECLARED.match(first_line)
    return found[1] if found else None


def find_delimiter(sample: str) -> str:
    """Return the delimiter under which the sample's records agree best on a column count above one."""
    lines = io.StringIO(sample).readlines()[:_SAMPLE_LINES]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(
            len(cells)
            for _, cells in _parse(lines, 1, delimiter, Limits())
            if isinstance(cells, list) and any(cells)
        )
        total = sum(widths.values())
        if not total:
            continue
        width, agreeing = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if width < 2:
            continue
        # Agreement first (squared), then width: a stray comma in every address must not beat ten semicolons.
        score = (agreeing / total) ** 2 * min(width, 12) ** 0.5
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_records(texts: Iterable[str], delimiter: str, limits: Limits) -> Iterator[Record]:
    """Yield (line number of the record's start, cells) for every record, blank ones as an empty list.

    `texts` are consecutive pieces whose lines end in LF. Lines count from 1.
    """
    held = ""
    line_no = 1
    skipping = False
    for piece in texts:
        held += piece
        if skipping:
            cut = held.find("\n")
            if cut < 0:
                held = ""
                continue
            held, skipping = held[cut + 1 :], False
            line_no += 1
        end = held.rfind("\n") + 1
        if end:
            lines = io.StringIO(held[:end], newline="\n").readlines()
            opened = yield from _parse_block(lines, line_no, delimiter, limits, last=False)
            line_no += len(lines) - len(opened)
            held = "".join(opened) + held[end:]
        elif len(held) > limits.line_chars:
            yield line_no, Unreadable(Reason.QUOTE)
            held, skipping = "", True
    if held:
        yield from _parse_block(
            io.StringIO(held, newline="\n").readlines(),
            line_no,
            delimiter,
            limits,
            last=True,
        )


def _parse(lines: Sequence[str], line_no: int, delimiter: str, limits: Limits) -> Iterator[Record]:
    yield from _parse_block(lines, line_no, delimiter, limits, last=True)


def _parse_block(
    lines: Sequence[str], first_no: int, delimiter: str, limits: Limits, *, last: bool
) -> Generator[Record, None, list[str]]:
    """Yield the block's records; return the lines of a record that the next block must finish."""
    at, window = 0, len(lines)
    while at < len(lines):
        stop = min(len(lines), at + window)
        done, opened = yield from _parse_run(lines[at:stop], first_no + at, delimiter, limits)
        at += done
        window = len(lines)
        if not opened:
            continue
        if stop == len(lines) and not last and _may_wait(lines[at:], limits):
            return list(lines[at:])
        # What follows the mark is read again as lines of its own, in short runs: a file made of open marks
        # must not cost its length squared.
        yield first_no + at, Unreadable(Reason.QUOTE)
        at += 1
        window = limits.quoted_lines + 2
    return []


def _may_wait(opened: Sequence[str], limits: Limits) -> bool:
    return len(opened) <= limits.quoted_lines and sum(map(len, opened)) <= limits.cell_chars * 2


def _parse_run(
    lines: Sequence[str], first_no: int, delimiter: str, limits: Limits
) -> Generator[Record, None, tuple[int, bool]]:
    """Yield records until the lines end or one stays open; return (lines done, whether the next is open)."""
    reader = csv.reader(iter([*lines, _SENTINEL]), delimiter=delimiter, skipinitialspace=True)
    suspect = max(map(len, lines)) > limits.cell_chars or any(UNDECODABLE in line for line in lines)
    total, before = len(lines), 0
    try:
        for cells in reader:
            after = reader.line_num
            if after > total:
                return before, before < total
            if after - before > limits.quoted_lines:
                return before, True
            if suspect:
                yield first_no + before, _checked(cells, limits)
            else:
                yield first_no + before, cells
            before = after
    except csv.Error:
        return before, True
    return before, before < total


def _checked(cells: list[str], limits: Limits) -> Cells:
    if any(UNDECODABLE in cell for cell in cells):
        return Unreadable(Reason.ENCODING)
    if any(len(cell) > limits.cell_chars for cell in cells):
        return Unreadable(Reason.QUOTE)
    return cells
