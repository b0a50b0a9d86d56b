"""A report as CSV: no cell is a formula, a cell stays one cell, and numbers stay numbers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.reports.csvtext import neutralise, write_csv
from dialer.reports.document import Blank, Column, Language, Report, Section, Table


def report(rows: list[list[object]], *, delimiter: str = ",", signed: bool = False) -> Report:
    width = max((len(row) for row in rows), default=1)
    table = Table("Rows", [Column(f"c{n}") for n in range(width)], rows, empty="None.")  # type: ignore[arg-type]
    return Report(
        code="x",
        title="Title",
        language=Language("en", ",", delimiter),
        firm="Alder",
        period="2026-10",
        about=[("Firm", "Alder")],
        sections=[Section("Section", tables=[table])],
        made=[("Made by", "Ines")],
        is_signed_over=signed,
    )


def written(of: Report) -> tuple[bytes, int]:
    sink = io.BytesIO()
    count = write_csv(of, sink)
    return sink.getvalue(), count


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1+1",
        "\u00a0=1",
        "\u2003@x",
        "\ufeff=1",
        "\u200b=1",
        "＝1+1",
        "＋1+1",
        "－1+1",
        "＠x",
        "﹢1+1",
        "﹫x",
        "\x00=1",
        "-",
        "+48 22",
    ],
)
def test_what_could_be_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert neutralise(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "a=1", "Łódź", "1-2", "-12", "+7", "-1,5", "+2.25", "'=1", "12 345", "C-7K4Q-92XD"]
)
def test_what_is_none_stays_as_it_is(cell: str) -> None:
    assert neutralise(cell) == cell


@given(st.text())
def test_no_text_at_all_begins_as_a_formula_once_it_is_written(text: str) -> None:
    said = neutralise(text)
    assert said in (text, "'" + text)
    assert not said.lstrip().startswith(("=", "@"))


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"])),
            min_size=2,
            max_size=2,
        )
    )
)
def test_every_cell_comes_back_as_one_cell(rows: list[list[str]]) -> None:
    for delimiter in (",", ";"):
        content, count = written(report(list(rows), delimiter=delimiter))
        back = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))
        assert count == len(rows)
        if rows:
            assert back[-len(rows) :] == [[neutralise(cell) for cell in row] for row in rows]


def test_numbers_stay_numbers_and_blanks_say_what_belongs_there() -> None:
    content, _count = written(report([[-12, 1234567, "-5", None, Blank("To fill in: name")]]))
    assert b'\r\n-12,1234567,"-5","","To fill in: name"\r\n' in content


def test_a_signed_file_says_nothing_of_who_made_it() -> None:
    assert b"Ines" in written(report([["a"]]))[0]
    assert b"Ines" not in written(report([["a"]], signed=True))[0]


def test_an_empty_table_says_so() -> None:
    content, count = written(report([]))
    assert count == 0
    assert b"None." in content


def test_a_long_report_is_written_in_pieces() -> None:
    class Pieces:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def write(self, data: bytes) -> None:
            self.sizes.append(len(data))

    pieces = Pieces()
    assert write_csv(report([["x" * 100] for _ in range(20_000)]), pieces) == 20_000
    assert len(pieces.sizes) > 20
    assert max(pieces.sizes) < 100_000
