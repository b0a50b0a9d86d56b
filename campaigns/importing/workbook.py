"""XLSX by python-calamine, after the archive has been proved small enough to open.

Calamine lays a sheet out as a full rectangle and copies a shared text into every cell that names it, so both
are measured in the archive first: a sparse or repeating sheet is a bomb too.
"""

import datetime as dt
import io
from collections.abc import Iterator

import python_calamine as calamine

from campaigns.importing.delimited import Record
from campaigns.importing.limits import Limits
from campaigns.importing.reasons import FileProblem, TableError
from campaigns.importing.workbook_safety import check_archive

_EXACT = 1e15  # Excel keeps fifteen digits


def read_records(content: bytes, limits: Limits) -> Iterator[Record]:
    """Return (sheet row number, cells as text) of the first visible sheet with content, blank rows as [].

    Raises: TableError when the file is unsafe, damaged, sealed by a password, or has no content.
    """
    check_archive(content, limits)
    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheet = _first_sheet(book)
        return _records(sheet)
    except calamine.PasswordError:
        raise TableError(FileProblem.PASSWORD) from None
    except (calamine.CalamineError, ValueError, OverflowError, OSError):
        # The library's message may quote a cell: it is not carried on.
        raise TableError(FileProblem.DAMAGED) from None


def _first_sheet(book: calamine.CalamineWorkbook) -> calamine.CalamineSheet:
    for visible_only in (True, False):
        for meta in book.sheets_metadata:
            shown = meta.visible == calamine.SheetVisibleEnum.Visible
            if meta.typ == calamine.SheetTypeEnum.WorkSheet and shown is visible_only:
                sheet = book.get_sheet_by_name(meta.name)
                if sheet.start is not None:
                    return sheet
    raise TableError(FileProblem.NO_ROWS)


def _records(sheet: calamine.CalamineSheet) -> Iterator[Record]:
    for row_no, row in enumerate(sheet.iter_rows(), 1):
        yield (
            row_no,
            [cell if cell.__class__ is str else cell_text(cell) for cell in row],
        )


def cell_text(cell: object) -> str:
    """Return the cell as CSV would carry it; numbers without the decimals Excel added."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _number_text(value: float) -> str:
    # Past fifteen digits the rest was lost when the sheet was saved; scientific form says so to the judge.
    if abs(value) >= _EXACT:
        return f"{value:.14e}"
    return str(int(value)) if value.is_integer() else repr(value)
