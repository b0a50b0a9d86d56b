"""A report as plain values: sections, facts and tables, before it is a page, a PDF or a CSV. Pure; it reads nothing.

It never holds a number, a name or a note of a called person: those who build it have none to give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Blank:
    """A place the firm fills in itself. `hint` says with what."""

    hint: str


Value = str | int | None | Blank
Fact = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width` is its share of the page; `only_csv` keeps it off page and PDF, such as an id."""

    label: str
    width: float = 1
    only_csv: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `empty` is said when there is none.

    `rows` may be an iterator, read once, when `only_csv` is set: then `elsewhere` stands in its place on page and PDF.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    empty: str
    note: str = ""
    only_csv: bool = False
    elsewhere: str = ""

    def shown(self) -> tuple[list[Column], list[int]]:
        """Return the columns of page and PDF, and their places in a row."""
        places = [place for place, column in enumerate(self.columns) if not column.only_csv]
        return [self.columns[place] for place in places], places


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences, facts and tables under it."""

    title: str
    sentences: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes: its code, the mark between thousands, and what a spreadsheet there splits cells by."""

    code: str
    thousands: str = ""
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `about` says what it is of; `made` who made it, when and at which checkpoint.

    `is_signed_over` keeps `made` out of the CSV, whose bytes are then the same whenever and by whomever it is made.
    """

    code: str
    title: str
    language: Language
    firm: str
    period: str
    about: Sequence[Fact]
    sections: Sequence[Section]
    made: Sequence[Fact] = ()
    verify: str = ""
    words: dict[str, str] = field(default_factory=dict)
    is_wide: bool = False
    is_signed_over: bool = False


# What page and PDF show of a table; a longer one is cut, and says so.
SHOWN_ROWS: Final = 500


def cell_text(value: Value, language: Language) -> str:
    """Write a value as people read it: counts with the language's grouping, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Blank):
        return value.hint
    if isinstance(value, int):
        return f"{value:,}".replace(",", language.thousands)
    return value


def rows_of(table: Table, *, most: int) -> tuple[list[Sequence[Value]], int]:
    """Return the first rows of a table, and how many it has."""
    rows = list(table.rows)
    return rows[:most], len(rows)
