"""Import of an XLSX workbook, end to end, against reading alone with python-calamine and against plain Django.

The peer reads with openpyxl, as most projects do, and stores as in the figure for CSV; it does a part of the rows.
"""

import tempfile
import time
from pathlib import Path

from python_calamine import CalamineWorkbook

from benchmarks.figures import Result, Scale
from benchmarks.importing import import_plainly, import_whole, set_import_stage
from benchmarks.listfile import COLUMNS, write_workbook


def measure(scale: Scale) -> Result:
    """Rows a second."""
    rows = scale.rows(50_000)
    set_import_stage()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "list.xlsx"
        write_workbook(path, rows, seed=3)
        took, stored, peak_mb = import_whole(path)
        if stored < 0.99 * rows:
            raise RuntimeError(f"{stored} of {rows} rows were stored")
        began = time.monotonic()
        read = sum(1 for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())
        limit = read / (time.monotonic() - began)
        from openpyxl import load_workbook

        sheet = load_workbook(path, read_only=True).active
        cells = ([str(value or "") for value in row] for row in sheet.iter_rows(min_row=2, values_only=True))
        peer = import_plainly(cells, phone_at=COLUMNS.index("phone1"), most=3_000)
    return Result(rows / took, limit, peer, {"peak_mb": round(peak_mb), "rows": rows})
