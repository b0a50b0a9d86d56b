"""Prove an XLSX archive safe before any library lays it out in memory; trusts no size the archive declares."""

import functools
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator

from campaigns.importing.limits import MIB, Limits
from campaigns.importing.reasons import FileProblem, TableError

_WIDE = re.compile(rb'r="([A-Za-z]{2,8})\d')
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,8})(\d{1,9})")
# Forms no spreadsheet program writes; the quick search does not see cells named so.
_ODD_FORM = re.compile(rb"r(?:\s+=|=\s|=')")
_SHARED = re.compile(rb"[\"']s[\"'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})")
_TEXT_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_ROWS, _COLUMNS = 1_048_576, 16_384
_CHUNK = MIB
_OVERLAP = 256


def check_archive(content: bytes, limits: Limits) -> None:
    """Raises: TableError when the archive is no workbook, damaged, or would unpack beyond the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        UnicodeDecodeError,
    ):
        raise TableError(FileProblem.DAMAGED) from None
    if len(members) > limits.xlsx_members:
        raise TableError(FileProblem.ZIP_BOMB)
    _refuse_other_archives({member.filename for member in members})
    if any(member.flag_bits & 1 for member in members):
        raise TableError(FileProblem.PASSWORD)
    if sum(member.file_size for member in members) > limits.xlsx_unpacked_bytes:
        raise TableError(FileProblem.ZIP_BOMB)
    room = min(limits.xlsx_unpacked_bytes, max(64 * MIB, len(content) * limits.xlsx_ratio))
    texts: list[int] = []
    for member in members:
        if member.filename.lower().endswith("sharedstrings.xml"):
            texts = _shared_lengths(_unpacked(content, member, room), limits)
    for member in members:
        used = _check_part(functools.partial(_unpacked, content, member, room), limits, texts)
        room -= used
        if room < 0:
            raise TableError(FileProblem.ZIP_BOMB)


def _refuse_other_archives(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise TableError(FileProblem.XLS)
    if "content.xml" in names and "mimetype" in names:
        raise TableError(FileProblem.ODS)
    raise TableError(FileProblem.DOCUMENT if "word/document.xml" in names else FileProblem.ZIP)


def _unpacked(content: bytes, member: zipfile.ZipInfo, room: int) -> Iterator[bytes]:
    """Yield the member's real bytes, whatever its header says; raises TableError beyond `room`."""
    at = member.header_offset
    header = content[at : at + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise TableError(FileProblem.DAMAGED)
    start = at + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    raw = memoryview(content)[start : start + member.compress_size]
    total = 0
    for piece in _inflate(raw, member.compress_type):
        total += len(piece)
        if total > room or total > member.file_size:
            raise TableError(FileProblem.ZIP_BOMB)
        yield piece


def _inflate(raw: memoryview, method: int) -> Iterator[bytes]:
    if method == zipfile.ZIP_STORED:
        yield from (bytes(raw[at : at + _CHUNK]) for at in range(0, len(raw), _CHUNK))
        return
    if method != zipfile.ZIP_DEFLATED:
        raise TableError(FileProblem.DAMAGED)
    inflater = zlib.decompressobj(-15)
    try:
        for at in range(0, len(raw), _CHUNK):
            feed: bytes = bytes(raw[at : at + _CHUNK])
            while feed:
                piece = inflater.decompress(feed, _CHUNK)
                feed = inflater.unconsumed_tail
                yield piece
        yield inflater.flush()
    except zlib.error:
        raise TableError(FileProblem.DAMAGED) from None


def _shared_lengths(pieces: Iterator[bytes], limits: Limits) -> list[int]:
    """Return the length of every shared text, markup included."""
    held = b""
    lengths: list[int] = []
    for piece in pieces:
        *whole, held = _TEXT_END.split(held + piece)
        lengths.extend(map(len, whole))
        if len(held) > 16 * limits.cell_chars:
            raise TableError(FileProblem.ZIP_BOMB)
    return lengths


def _check_part(pieces: Callable[[], Iterator[bytes]], limits: Limits, texts: list[int]) -> int:
    """Return the part's size in bytes; raises TableError when its rectangle or its texts are too big.

    Any part may be named as a sheet, so all are looked at. A first look takes upper bounds at the speed of a
    search; only a part that they do not clear is measured.
    """
    used, columns, digits, shared, odd, held = 0, 26, 5, 0, False, b""
    far = _far(digits)
    for piece in pieces():
        used += len(piece)
        block = held + piece
        while far.search(block):
            columns = max([columns, *map(_column_number, set(_WIDE.findall(block)))])
            if not re.search(rb'r="[A-Za-z]{0,8}\d{%d}' % (digits + 1), block):
                break
            digits += 1
            far = _far(digits)
            if digits > 7:
                raise TableError(FileProblem.ZIP_BOMB)
        odd = odd or _ODD_FORM.search(block) is not None
        shared += piece.count(b'"s"') + piece.count(b"'s'")
        held = block[-_OVERLAP:]
    if columns > _COLUMNS:
        raise TableError(FileProblem.ZIP_BOMB)
    if odd or columns * min(10**digits, _ROWS) > limits.xlsx_cells:
        columns, rows = _far_corner(pieces())
        if columns > _COLUMNS or rows > _ROWS or columns * rows > limits.xlsx_cells:
            raise TableError(FileProblem.ZIP_BOMB)
    most_text = shared * max(texts, default=0)
    if most_text > limits.xlsx_text_bytes and _text_bytes(pieces(), texts) > limits.xlsx_text_bytes:
        raise TableError(FileProblem.ZIP_BOMB)
    return used


def _far(digits: int) -> re.Pattern[bytes]:
    """Return a search for a cell beyond column Z or beyond rows of so many digits."""
    return re.compile(rb'r="(?:[A-Za-z]{2}|[A-Za-z]?\d{%d})' % (digits + 1))


def _far_corner(pieces: Iterator[bytes]) -> tuple[int, int]:
    """Return the greatest column and row that any cell names."""
    columns, rows, held = 1, 1, b""
    for piece in pieces:
        block = held + piece
        for letters, number in _CELL.findall(block):
            columns = max(columns, _column_number(letters))
            rows = max(rows, int(number))
        held = block[-_OVERLAP:]
    return columns, rows


def _text_bytes(pieces: Iterator[bytes], texts: list[int]) -> int:
    total, held = 0, b""
    for piece in pieces:
        block = held + piece
        total += sum(texts[index] for index in map(int, _SHARED.findall(block)) if index < len(texts))
        held = block[block.rfind(b"<c ") :][-_OVERLAP:]
    return total


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
