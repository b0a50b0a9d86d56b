"""Import of a CSV file, end to end: read, E.164, zone, keyed index, every field sealed, suppression, stored and ready.

The list has twelve columns: one number and ten other fields with text, each sealed by itself, which is more than
the peer's two ciphers a row. `peak_mb` is what the worker and its processes held at most, shared pages counted once for each;
`peak_mb_large` the same for a file four times as large.
"""

import csv
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.figures import Result, Scale
from benchmarks.importing import import_plainly, import_whole, set_import_stage
from benchmarks.listfile import COLUMNS, write_list
from benchmarks.stage import connect

_TABLE = (
    "create table bench_copied (id uuid primary key, list_id uuid not null, line_no integer not null, zone text not null, "
    "fields bytea[] not null, number_index bytea not null, sealed bytea not null)",
    "create index on bench_copied (list_id)",
    "create unique index on bench_copied (number_index)",
)


def measure(scale: Scale) -> Result:
    """Rows a second."""
    rows = scale.rows(100_000)
    set_import_stage()
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch) / "small.csv", Path(scratch) / "large.csv"
        write_list(small, rows, seed=1, two_phones=False)
        write_list(large, 4 * rows, seed=2, two_phones=False)
        took, stored, peak_mb = import_whole(small)
        if stored < 0.99 * rows:
            raise RuntimeError(f"{stored} of {rows} rows were stored")
        large_took, _, large_mb = import_whole(large)
        limit = _copy_prepared(rows)
        with small.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            peer = import_plainly(reader, phone_at=COLUMNS.index("phone1"), most=5_000)
    extra = {
        "peak_mb": round(max(peak_mb, large_mb)), "peak_mb_small": round(peak_mb), "peak_mb_large": round(large_mb),
        "rows": rows, "rows_large": 4 * rows, "rows_s_large": round(4 * rows / large_took),
    }  # fmt: skip
    return Result(rows / took, limit, peer, extra)


def _copy_prepared(rows: int) -> float:
    """Rows a second of COPY in the binary format of rows as wide as ours, with three live indexes."""
    with connect("owner") as conn:
        for statement in _TABLE:
            conn.execute(statement)
        loads = _stored_rows(conn, rows)
        began = time.monotonic()
        with conn.transaction(), conn.cursor().copy("copy bench_copied from stdin (format binary)") as copy:
            for block in loads:
                copy.write(block)
        return rows / (time.monotonic() - began)


def _stored_rows(conn: psycopg.Connection[tuple[object, ...]], rows: int) -> list[bytes]:
    """The rows that were just imported, as blocks ready for COPY."""
    conn.execute("set role keyhole_definer")
    query = (
        "copy (select c.id, c.list_id, c.line_no, c.zone, c.fields, n.number_index, n.sealed from campaigns_contact c "
        f"join campaigns_contactnumber n on n.contact_id = c.id order by c.id limit {rows}) to stdout (format binary)"
    )
    with conn.cursor().copy(query.encode()) as copy:
        blocks = [bytes(block) for block in copy]
    conn.execute("reset role")
    # COPY gives a row at a time; it takes larger pieces faster.
    whole = b"".join(blocks)
    return [whole[at : at + 262_144] for at in range(0, len(whole), 262_144)]
