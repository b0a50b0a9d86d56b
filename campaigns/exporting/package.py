"""The file of an export, as FORMAT.md says: a list's rows as they lie, and its keys re-sealed, all sealed to the firm's key.

Pure, and streaming: one row in memory at a time. It opens nothing and is given nothing that could.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tenants.vault.spool import SpoolWriter

MAGIC: Final = b"KEYHOLE EXPORT 1\n"
RECIPIENT: Final = "export"
CONTEXT: Final = b"keyhole/export-file/v1"
HEADER, ROW, END = 1, 2, 3
_RECORD: Final = struct.Struct(">BI")
_ROW: Final = struct.Struct(">16sIB")
_NUMBER: Final = struct.Struct(">HH")
_COUNT: Final = struct.Struct(">H")
_LENGTH: Final = struct.Struct(">I")
_NONE: Final = 0xFFFFFFFF
_BUFFER_BYTES: Final = 256 * 1024
_READ_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One contact as it lies: `numbers` are (position, sealed), `fields` are sealed in the order of the columns."""

    contact_id: UUID
    line_no: int
    numbers: Sequence[tuple[int, bytes]]
    fields: Sequence[bytes | None]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that lies whole on the disk: its rows, its size in bytes and the SHA-256 of all of it."""

    rows: int
    size_bytes: int
    digest: bytes


def write_package(
    path: Path, public_key: bytes, header: Mapping[str, Any], rows: Iterable[SealedRow]
) -> Written:
    """Write the file, 0600; it must not exist yet. Whatever fails, nothing of it stays.

    Raises: OSError when the disk is full; SealError for a malformed key.
    """
    count = numbers = 0
    with SpoolWriter(path, {RECIPIENT: public_key}, context=CONTEXT) as file:
        file.write(MAGIC + _record(HEADER, _json(header)))
        waiting = bytearray()
        for row in rows:
            waiting += _record(ROW, _row(row))
            count += 1
            numbers += len(row.numbers)
            if len(waiting) >= _BUFFER_BYTES:
                file.write(waiting)
                waiting.clear()
        file.write(waiting + _record(END, _json({"rows": count, "numbers": numbers})))
    return Written(count, path.stat().st_size, _digest_of(path))


def _record(kind: int, body: bytes) -> bytes:
    return _RECORD.pack(kind, len(body)) + body


def _row(row: SealedRow) -> bytes:
    parts = [_ROW.pack(row.contact_id.bytes, row.line_no, len(row.numbers))]
    for position, sealed in row.numbers:
        parts += (_NUMBER.pack(position, len(sealed)), sealed)
    parts.append(_COUNT.pack(len(row.fields)))
    for field in row.fields:
        if field is None:
            parts.append(_LENGTH.pack(_NONE))
        else:
            parts += (_LENGTH.pack(len(field)), field)
    return b"".join(parts)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _digest_of(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.digest()
