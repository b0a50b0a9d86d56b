"""Workbooks give the same table as CSV, and a hostile archive is refused before anything lays it out."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from campaigns.importing.limits import MIB, Limits
from campaigns.importing.reasons import TableError
from campaigns.importing.workbook import cell_text
from campaigns.importing.workbook_safety import check_archive
from tests.unit.importing.lists import (
    HEADER,
    ROWS,
    all_rows,
    opened,
    rewritten,
    workbook,
)


def _fill(book: openpyxl.Workbook) -> None:
    sheet = book.active
    assert sheet is not None
    for cells in (HEADER, *ROWS):
        sheet.append(cells)


PLAIN = workbook(_fill)


def _refusal(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(TableError) as caught:
        all_rows(opened(content, limits=limits))
    return caught.value.code


def _sheet_changed(old: bytes, new: bytes) -> bytes:
    return rewritten(PLAIN, lambda name, body: body.replace(old, new) if "sheet1" in name else body)


def test_it_reads_a_workbook_like_a_csv() -> None:
    table = opened(PLAIN)
    assert (table.kind, table.columns, table.has_header, table.delimiter) == (
        "xlsx",
        HEADER,
        True,
        "",
    )
    assert all_rows(table) == [(at, cells) for at, cells in enumerate(ROWS, 2)]
    assert table.bytes_read == len(PLAIN)


def test_it_takes_the_first_visible_sheet_with_content_and_the_sheets_own_row_numbers() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        hidden = book.create_sheet("Old")
        hidden["A1"], hidden["A2"], hidden.sheet_state = (
            "phone",
            "504-555-0199",
            "hidden",
        )
        sheet = book.create_sheet("People")
        sheet["B3"], sheet["C3"], sheet["B5"], sheet["C5"] = (
            "name",
            "phone",
            "Ada",
            5045550100,
        )

    table = opened(workbook(fill))
    assert table.columns == ["name", "phone"]
    assert all_rows(table) == [(5, ["Ada", "5045550100"])]
    assert table.blank == 3


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5045550100.0, "5045550100"),
        (1.5, "1.5"),
        (-3.0, "-3"),
        (4.4207946012345678e17, "4.42079460123457e+17"),
        (True, "TRUE"),
        (dt.datetime(2024, 1, 2), "2024-01-02"),
        (dt.datetime(2024, 1, 2, 3, 4), "2024-01-02 03:04:00"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.time(3, 4), "03:04:00"),
        ("=1+1", "=1+1"),
    ],
)
def test_it_writes_cells_as_people_meant_them(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_an_empty_workbook_has_no_rows() -> None:
    assert _refusal(workbook(lambda book: None)) == "no_rows"


def test_a_plain_archive_and_a_document_are_named_for_what_they_are() -> None:
    assert _refusal(rewritten(PLAIN, lambda name, body: None, {"list.csv": b"x"})) == "zip"
    assert _refusal(rewritten(PLAIN, lambda name, body: None, {"word/document.xml": b"x"})) == "document"


def test_a_torn_workbook_is_damaged() -> None:
    assert _refusal(PLAIN[: len(PLAIN) // 2]) == "damaged"


def test_an_archive_that_unpacks_far_beyond_its_size_is_refused() -> None:
    bomb = rewritten(PLAIN, lambda name, body: body, {"xl/media/a.bin": bytes(80 * MIB)})
    assert _refusal(bomb) == "zip_bomb"
    harmless = rewritten(PLAIN, lambda name, body: body, {"xl/media/a.bin": bytes(8 * MIB)})
    assert len(all_rows(opened(harmless))) == 10


def test_an_archive_that_lies_about_a_size_is_refused() -> None:
    lying = bytearray(rewritten(PLAIN, lambda name, body: body, {"xl/media/a.bin": bytes(MIB)}))
    size = MIB.to_bytes(4, "little")
    at = lying.rfind(size)
    lying[at : at + 4] = (10).to_bytes(4, "little")
    assert _refusal(bytes(lying)) == "zip_bomb"


def test_too_many_members_are_refused() -> None:
    crowd = rewritten(PLAIN, lambda name, body: body, {f"xl/media/{at}": b"x" for at in range(30)})
    assert _refusal(crowd, Limits(xlsx_members=20)) == "zip_bomb"


@pytest.mark.parametrize("corner", [b"XFD1048576", b"A99999999", b"ZZ700000", b"BC1000000"])
def test_a_sparse_sheet_with_a_far_corner_is_refused(corner: bytes) -> None:
    assert _refusal(_sheet_changed(b'r="E11"', b'r="%s"' % corner)) == "zip_bomb"


def test_a_far_corner_is_found_in_any_spelling_and_under_any_name() -> None:
    assert _refusal(_sheet_changed(b'r="E11"', b"r='XFD1048576'")) == "zip_bomb"
    assert _refusal(_sheet_changed(b'r="E11"', b'r = "XFD1048576"')) == "zip_bomb"
    sheet = b'<worksheet><c r="XFD1048576"/></worksheet>'
    assert _refusal(rewritten(PLAIN, lambda name, body: body, {"xl/other.xml": sheet})) == "zip_bomb"
    assert len(all_rows(opened(_sheet_changed(b'r="E11"', b"r='E11'")))) == 10


def test_a_wide_sheet_of_few_rows_is_measured_and_read() -> None:
    wide = _sheet_changed(b'r="E11"', b'r="AZ11"')
    assert len(opened(wide).columns) >= 5
    with zipfile.ZipFile(io.BytesIO(wide)) as archive:
        assert b'r="AZ11"' in archive.read("xl/worksheets/sheet1.xml")


def test_one_text_repeated_into_many_cells_is_refused() -> None:
    shared = b"<sst><si><t>%s</t></si><si><t>504-555-0100</t></si></sst>" % (b"x" * 30_000)
    row = b'<row><c t="s"><v>%d</v></c><c t="s"><v>1</v></c></row>'

    def amplified(index: int) -> bytes:
        body = b"<worksheet><sheetData>" + row % index * 2000 + b"</sheetData></worksheet>"
        return rewritten(
            PLAIN, lambda name, old: body if "sheet1" in name else old, {"xl/sharedStrings.xml": shared}
        )

    limits = Limits(xlsx_text_bytes=20 * MIB)
    with pytest.raises(TableError) as caught:
        check_archive(amplified(0), limits)
    assert caught.value.code == "zip_bomb"
    check_archive(amplified(1), limits)


def test_a_workbook_over_its_limit_of_bytes_is_refused() -> None:
    assert _refusal(PLAIN, Limits(xlsx_bytes=1000)) == "too_big"


def test_a_damaged_sheet_is_refused_in_plain_words() -> None:
    broken = rewritten(
        PLAIN,
        lambda name, body: body[: len(body) // 2] + b"<<" if "sheet1" in name else body,
    )
    assert _refusal(broken) == "damaged"
