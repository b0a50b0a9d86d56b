"""A report as PDF: what is in a cell prints as itself, never as markup; a long table is cut and says so."""

import re
import zlib
from datetime import UTC, datetime

import pytest

from dialer.reports.document import SHOWN_ROWS, Blank, Column, Language, Report, Section, Table
from dialer.reports.pdf import Pdf, make_pdf

AT = datetime(2026, 11, 22, 8, 0, 0, 123, tzinfo=UTC)
HOSTILE = [
    "*bold* _it_ `code`",
    '#panic("x")',
    '#read("/etc/passwd")',
    "$x^2$ \\ // comment",
    "] #[ ) } {",
    "= heading\n- list",
    "<label> @ref",
    "\\u{41} \"quoted\" 'x'",
]


def report(cells: list[str], *, rows: int = 1, language: str = "en") -> Report:
    body = [[cell, 12345, cell] for _ in range(rows) for cell in cells]
    table = Table(
        cells[0],
        [Column("A", 3), Column("B"), Column("id", only_csv=True)],
        body,
        empty="None.",
        note=cells[0],
    )
    return Report(
        code="x",
        title=cells[0],
        language=Language(language, "\u00a0", ";"),
        firm=cells[0],
        period=cells[0],
        about=[(cells[0], cells[0])],
        sections=[Section(cells[0], sentences=cells, facts=[("Sign", Blank("name"))], tables=[table])],
        words={"page": "Page", "foot": cells[0], "cut": "The first {shown} of {total} rows."},
        verify=cells[0],
    )


def glyph_text(pdf: Pdf) -> str:
    """The text of a PDF, by the maps from glyphs to letters that its fonts carry."""
    streams = [
        zlib.decompress(data) if data[:1] == b"\x78" else data
        for data in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf.content, re.S)
    ]
    maps = [stream.decode("latin-1") for stream in streams if b"beginbfchar" in stream]
    letters: set[str] = set()
    for table in maps:
        for _code, text in re.findall(r"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", table):
            letters.add(bytes.fromhex(text).decode("utf-16-be"))
    return "".join(sorted(letters))


@pytest.mark.parametrize("cell", HOSTILE)
def test_markup_in_a_cell_prints_as_itself(cell: str) -> None:
    letters = glyph_text(make_pdf(report([cell]), at=AT))
    for mark in set(cell) & set("#$*_\\[]{}<>@`"):
        assert mark in letters, mark


def test_the_control_is_right_markup_that_is_read_loses_its_marks() -> None:
    import typst

    pdf = typst.compile(b"*bold* _it_", format="pdf")
    assert "*" not in glyph_text(Pdf(bytes(pdf), 0, is_archival=False))


def test_it_is_an_archive_file_with_tags_title_and_language() -> None:
    pdf = make_pdf(report(["Zażółć gęślą jaźń"], language="pl"), at=AT)
    assert pdf.is_archival
    for mark in (
        b"<pdfaid:part>2<",
        b"<pdfuaid:part>1<",
        b"/StructTreeRoot",
        b"/Lang(pl",
        b"D:20261122080000",
    ):
        assert mark in pdf.content, mark


def test_a_letter_no_font_has_does_not_stop_the_report() -> None:
    pdf = make_pdf(report(["日本 \U0001f600"]), at=AT)
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.rows == 1


def test_a_long_table_is_cut_and_the_rows_are_counted() -> None:
    long = make_pdf(report(["a"], rows=SHOWN_ROWS + 5), at=AT)
    assert long.rows == SHOWN_ROWS
    assert long.is_archival
    assert make_pdf(report(["a"], rows=3), at=AT).rows == 3


def test_the_same_report_gives_the_same_file() -> None:
    assert make_pdf(report(["a"]), at=AT).content == make_pdf(report(["a"]), at=AT).content
