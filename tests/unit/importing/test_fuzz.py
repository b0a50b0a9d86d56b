"""Arbitrary bytes are a list or a TableError, never a crash, and every row has one fate."""

import io
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.importing.columns import guess_columns
from campaigns.importing.counts import Counts
from campaigns.importing.judge import Accepted, Judge
from campaigns.importing.limits import MIB, Limits
from campaigns.importing.mapping import MappedColumn, Mapping
from campaigns.importing.normalise import PhoneReader
from campaigns.importing.reasons import TableError
from tests.unit.importing.lists import csv_text, opened, rewritten
from tests.unit.importing.test_read_xlsx import PLAIN

READERS = {region: PhoneReader(region) for region in ("US", "GB", "PL", None)}
SMALL = Limits(xlsx_unpacked_bytes=64 * MIB, cell_chars=200, line_chars=2000, quoted_lines=5)
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\xff\xfe", b"\xc5\x81"]
        ),
        st.sampled_from([b"504-555-0100", b"+442079460123", b"5.04E+9", b"phone", b"sep=;\n", b'a"b,"c\n']),
    ),
    max_size=60,
)


def _import(content: bytes, region: str | None = "US") -> Counts | None:
    """Read and judge the content as an import would; None when it is refused."""
    try:
        table = opened(content, limits=SMALL)
        guess_columns(table.columns, table.sample)
        mapping = Mapping(
            phones=(MappedColumn(table.columns[0], 0, "phone"),),
            fields=tuple(MappedColumn(name, at, "other") for at, name in enumerate(table.columns) if at),
        )
        judge = Judge(mapping, region, reader=READERS[region])
        counts, before = Counts(), 0
        for line_no, cells in table.rows():
            assert line_no > before
            before = line_no
            counts.rows_in += 1
            if isinstance(judge.judge(line_no, cells), Accepted):
                counts.stored += 1
            else:
                counts.rejected += 1
        counts.blank = table.blank
    except TableError as refused:
        assert refused.sentence  # noqa: PT017 - refusing is one of two good ends
        return None
    counts.check()
    return counts


def test_the_check_itself_sees_rows() -> None:
    counts = _import(b"phone,name\n504-555-0100,Ada\n12,Bram\n\n")
    assert counts == Counts(rows_in=2, stored=1, rejected=1, blank=1)


@QUICK
@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_crash(content: bytes) -> None:
    _import(content)


@QUICK
@given(PIECES, st.sampled_from(["US", "GB", "PL", None]))
def test_bytes_shaped_like_a_list_never_crash(pieces: list[bytes], region: str | None) -> None:
    _import(b"".join(pieces), region)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 700), st.binary(min_size=1, max_size=3)), max_size=6))
def test_a_list_with_damaged_bytes_never_crashes(changes: list[tuple[int, bytes]]) -> None:
    content = bytearray(csv_text(), "utf-8")
    for at, bytes_in in changes:
        content[at : at + len(bytes_in)] = bytes_in
    _import(bytes(content))


@QUICK
@given(st.lists(st.text(alphabet="ab,\n\r\"' ", max_size=30), max_size=20))
def test_every_physical_line_is_a_row_a_blank_or_part_of_one(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        table = opened(text, header=False, limits=SMALL)
    except TableError:
        return
    numbers = [line_no for line_no, _ in table.rows()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + table.blank <= len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=8
    )
)
def test_a_mutated_workbook_never_crashes(changes: list[tuple[int, bytes]]) -> None:
    content = bytearray(PLAIN)
    for at, bytes_in in changes:
        content[at : at + len(bytes_in)] = bytes_in
    _import(bytes(content))


with zipfile.ZipFile(io.BytesIO(PLAIN)) as _archive:
    SHEET = _archive.read("xl/worksheets/sheet1.xml")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SHEET)),
            st.sampled_from(
                [b"<c r='Z9'>", b'r="XFD9"', b'<c t="s"><v>9</v></c>', b"</row>", b"&a;", b"<", b"1e400"]
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_workbook_with_a_mutated_sheet_never_crashes(changes: list[tuple[int, bytes]]) -> None:
    sheet = bytearray(SHEET)
    for at, bytes_in in changes:
        sheet[at:at] = bytes_in
    _import(rewritten(PLAIN, lambda name, body: bytes(sheet) if "sheet1" in name else body))


@QUICK
@given(st.text(max_size=60))
def test_any_text_is_a_reading(raw: str) -> None:
    for reader in READERS.values():
        reading = reader.read(raw)
        assert (reading.e164 is None) == (reading.status == "invalid")
        assert (reading.reason is None) == (reading.status == "valid")


@QUICK
@given(st.text(alphabet="0123456789+-()./ xE,e#٣", max_size=24))
def test_any_text_like_a_number_is_a_reading(raw: str) -> None:
    for reader in READERS.values():
        reading = reader.read(raw)
        assert reading.e164 is None or reading.e164[1:].isdecimal()
