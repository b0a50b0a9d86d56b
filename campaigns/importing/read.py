"""Open a contact list of any usual kind as one table: columns, then rows, read once from front to back.

Never needs to seek, and never holds more than a block of a CSV file in memory.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

from campaigns.importing import delimited, workbook
from campaigns.importing.columns import looks_like_value, name_columns
from campaigns.importing.delimited import Cells, Record, Unreadable
from campaigns.importing.encodings import TextDecoder
from campaigns.importing.limits import Limits
from campaigns.importing.reasons import FileProblem, Reason, TableError
from campaigns.importing.signatures import refuse_other_kinds

_BLOCK = 256 * 1024
_SAMPLE_ROWS = 200


class Table:
    """One list, open for one pass.

    `kind` is 'csv' or 'xlsx'; `sample` holds the first rows with content; `blank` is final once `rows()` ends;
    `bytes_read` counts bytes taken from the stream.
    """

    def __init__(
        self,
        *,
        kind: str,
        records: Iterator[Record],
        header: bool | None,
        limits: Limits,
    ) -> None:
        self.kind = kind
        self.delimiter = ""
        self.blank = 0
        self._limits = limits
        self._encoding: Callable[[], str] = str
        self._count_bytes: Callable[[], int] = int
        self._records = records
        self._head: list[Record] = []
        self._take_head(header)

    def __repr__(self) -> str:
        return f"<Table {self.kind}, {len(self.columns)} columns>"

    @property
    def encoding(self) -> str:
        """The codec in use so far; '' for a workbook. Final once the rows are read."""
        return self._encoding()

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the stream so far."""
        return self._count_bytes()

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield (line number, cells as wide as `columns`), or `Unreadable` in place of a line's cells.

        Blank lines are not yielded but counted in `blank`. Raises: TableError when there are too many rows.
        """
        width = len(self.columns)
        most = self._limits.csv_rows if self.kind == "csv" else self._limits.xlsx_rows
        seen = 0
        for line_no, cells in self._all_records():
            if cells.__class__ is not list or (len(cells) == width and cells[0] > " "):
                yield line_no, cells
            elif any(map(str.strip, cells)):
                yield line_no, _fit(cells, width)
            else:
                self.blank += 1
                continue
            seen += 1
            if seen > most:
                raise TableError(FileProblem.TOO_MANY_ROWS)

    def _all_records(self) -> Iterator[Record]:
        head, self._head = self._head, []
        yield from head
        yield from self._records

    def _take_head(self, header: bool | None) -> None:
        """Read the first rows, settle the header and the width."""
        full: list[list[str]] = []
        for record in self._records:
            cells = record[1]
            if isinstance(cells, list) and any(map(str.strip, cells)):
                full.append(cells)
            elif not full and isinstance(cells, list):
                self.blank += 1
                continue
            self._head.append(record)
            if len(full) > _SAMPLE_ROWS or len(self._head) > 50 * _SAMPLE_ROWS:
                break
        if not full and not any(isinstance(cells, Unreadable) for _, cells in self._head):
            raise TableError(FileProblem.NO_ROWS)
        self.has_header = bool(full) and (header if header is not None else _is_header(full))
        names: list[str] = []
        if self.has_header:
            names = full.pop(0)
            at = next(i for i, (_, cells) in enumerate(self._head) if cells is names)
            del self._head[at]
        widths = Counter(map(len, full))
        usual = max(widths, key=lambda width: (widths[width], width)) if widths else 0
        # Most rows wider than the header: columns without a name. A few wider: broken rows.
        if names and widths[usual] * 2 <= len(full):
            usual = 0
        width = max(len(names), usual, 1)
        if width > self._limits.columns:
            raise TableError(FileProblem.TOO_MANY_COLUMNS)
        self.columns = name_columns(names, width)
        fitted = (_fit(cells, width) for cells in full)
        self.sample = [cells for cells in fitted if isinstance(cells, list)]


def open_table(
    stream: BinaryIO,
    *,
    filename: str = "",
    limits: Limits | None = None,
    header: bool | None = None,
) -> Table:
    """Open the list; `header` None means find out.

    The stream need not seek. Raises: TableError for anything that is not a readable list.
    """
    limits = limits or Limits()
    head = _read_fully(stream, _BLOCK)
    kind = refuse_other_kinds(head, filename)
    if kind == "xlsx":
        return _open_workbook(stream, head, limits, header)
    source = _TextSource(stream, head, limits)
    first = delimited.unify_endings(source.peek())
    first_line = first.partition("\n")[0]
    declared = delimited.declared_delimiter(first_line)
    delimiter = declared or delimited.find_delimiter(first)
    records = delimited.read_records(source.pieces(), delimiter, limits)
    if declared:
        next(records, None)
    table = Table(kind="csv", records=records, header=header, limits=limits)
    table.delimiter = delimiter
    table._encoding = lambda: source.decoder.chosen
    table._count_bytes = lambda: source.bytes_read
    return table


class _TextSource:
    """The stream as text pieces with LF endings."""

    def __init__(self, stream: BinaryIO, head: bytes, limits: Limits) -> None:
        self.decoder = TextDecoder(head)
        self.bytes_read = len(head)
        self._limits = limits
        self._stream = stream
        self._final = len(head) < _BLOCK
        self._first = self.decoder.decode(head, final=self._final)

    def peek(self) -> str:
        """Return the text of the first block."""
        return self._first

    def pieces(self) -> Iterator[str]:
        """Yield the text; raises TableError when the file is over its limit of bytes."""
        text, self._first = self._first, ""
        while True:
            held = ""
            if text.endswith("\r") and not self._final:
                # The LF of this CR may be the first byte of the next block.
                text, held = text[:-1], "\r"
            if text:
                yield delimited.unify_endings(text)
            if self._final:
                return
            chunk = _read_fully(self._stream, _BLOCK)
            self.bytes_read += len(chunk)
            if self.bytes_read > self._limits.csv_bytes:
                raise TableError(FileProblem.TOO_BIG)
            self._final = len(chunk) < _BLOCK
            text = held + self.decoder.decode(chunk, final=self._final)


def _open_workbook(stream: BinaryIO, head: bytes, limits: Limits, header: bool | None) -> Table:
    content = bytearray(head)
    while len(content) <= limits.xlsx_bytes and (chunk := stream.read(_BLOCK)):
        content += chunk
    if len(content) > limits.xlsx_bytes:
        raise TableError(FileProblem.TOO_BIG)
    size = len(content)
    table = Table(
        kind="xlsx",
        records=workbook.read_records(bytes(content), limits),
        header=header,
        limits=limits,
    )
    table._count_bytes = lambda: size
    return table


def _read_fully(stream: BinaryIO, size: int) -> bytes:
    """Read until `size` bytes or the end: an unsealing reader gives short pieces."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _is_header(full: list[list[str]]) -> bool:
    return not any(looks_like_value(cell) for cell in full[0])


def _fit(cells: list[str], width: int) -> Cells:
    if len(cells) < width:
        return cells + [""] * (width - len(cells))
    if any(map(str.strip, cells[width:])):
        return Unreadable(Reason.COLUMNS)
    return cells[:width]
