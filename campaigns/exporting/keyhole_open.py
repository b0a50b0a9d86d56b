"""Opens an export of Keyhole on the firm's own machine: `keygen`, `public`, `open`. Needs Python 3.11 and pycryptodome alone.

It talks to nobody. The private key and the opened list stay where you put them, readable by you alone.
Source: FORMAT.md beside this file.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from Crypto.Cipher import AES
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key
from Crypto.PublicKey import ECC

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    AESGCM, InvalidTag = None, ValueError  # type: ignore[assignment, misc]

PUBLIC, PRIVATE = "khx1_", "khx1-private_"
SPOOL_MAGIC, SPOOL_LABEL = b"KEYHOLE SPOOL 1\n", b"keyhole/spool/v1"
MAGIC, RECIPIENT, CONTEXT = b"KEYHOLE EXPORT 1\n", b"export", b"keyhole/export-file/v1"
KEY_LABEL, FIELD_LABEL = b"keyhole/export-key/v1", b"keyhole/field/v1"
FRAME, TAG, WRAPPED, LARGEST = 256 * 1024, 16, 80, 64 * 1024 * 1024
HEADER, ROW, END, NONE = 1, 2, 3, 0xFFFFFFFF
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SIGNED = re.compile(r"[+-][0-9]+([.,][0-9]+)*")


class Refused(Exception):
    """Something does not fit. The text says what, what was kept and what to do; never a cell."""


def parts(*values: bytes) -> bytes:
    """Join values, each behind its length as two bytes."""
    return b"".join(len(value).to_bytes(2, "big") + value for value in values)


def write_key(prefix: str, key: bytes) -> str:
    """Write 32 bytes as one line that notices a wrong character."""
    check = hashlib.sha256(prefix.encode() + key).digest()[:4]
    return prefix + base64.urlsafe_b64encode(key + check).rstrip(b"=").decode()


def read_private(path: Path) -> bytes:
    """Read the private key. Raises: Refused."""
    line = "".join(path.read_text(encoding="ascii", errors="replace").split())
    body = line.removeprefix(PRIVATE)
    try:
        key = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[:32]
    except ValueError:
        key = b""
    if len(key) != 32 or write_key(PRIVATE, key) != line:
        raise Refused(f"{path} is no private export key, or damaged. Nothing was written. Take its backup.")
    return key


def shown(private: bytes) -> str:
    """Give what the firm may show: the public half, and its fingerprint in sixteen groups of four."""
    public = import_x25519_private_key(private).public_key().export_key(format="raw")
    text = hashlib.sha256(public).hexdigest()
    groups = " ".join(text[at : at + 4] for at in range(0, 64, 4))
    return f"Public key:   {write_key(PUBLIC, public)}\nFingerprint:  {groups}"


def unseal(private: bytes, sealed: bytes, info: bytes, associated: bytes) -> bytes:
    """Open what was sealed to this key. Raises: ValueError when it is not for this key or was changed."""
    context = HPKE.new(
        receiver_key=import_x25519_private_key(private),
        aead_id=HPKE.AEAD.AES256_GCM,
        enc=sealed[:32],
        info=info,
    )
    return context.unseal(sealed[32:], associated)


def decrypt_with(key: bytes) -> Callable[[bytes, bytes, bytes], bytes]:
    """Give what opens (nonce, ciphertext and tag, associated data) under a key; it raises ValueError or InvalidTag.

    The package cryptography is far faster at small cells. Where it happens to be installed it is used.
    """
    if AESGCM is not None:
        return AESGCM(key).decrypt

    def decrypt(nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG)
        cipher.update(associated)
        return cipher.decrypt_and_verify(sealed[:-TAG], sealed[-TAG:])

    return decrypt


def open_frames(file: io.BufferedReader, private: bytes) -> Iterator[bytes]:
    """Yield the plaintext of the sealed file, frame by frame; a missing, moved or changed frame raises ValueError."""
    header = file.read(len(SPOOL_MAGIC) + 1)
    if header[:-1] != SPOOL_MAGIC:
        raise Refused(
            "This is no export of Keyhole. Nothing was written. Choose the file that you downloaded."
        )
    wrapped = b""
    for _ in range(header[-1]):
        length = file.read(1)
        name, sealed = file.read(length[0] if length else 0), file.read(WRAPPED)
        header += length + name + sealed
        wrapped = sealed if name == RECIPIENT else wrapped
    key = unseal(private, wrapped, SPOOL_LABEL, parts(RECIPIENT, CONTEXT))
    binding = parts(SPOOL_LABEL, hashlib.sha256(header).digest(), CONTEXT)
    decrypt, number, frame = decrypt_with(key), 0, file.read(FRAME + TAG)
    while frame:
        following = file.read(FRAME + TAG)
        yield decrypt(number.to_bytes(12, "big"), frame, binding + (b"\x00" if following else b"\x01"))
        number, frame = number + 1, following


def read_records(frames: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the records of an opened file, each a kind and a body; one that is cut raises ValueError."""
    buffer, is_known = bytearray(), False
    for frame in frames:
        buffer += frame
        if not is_known and not buffer.startswith(MAGIC):
            raise ValueError("unknown form of an export")
        if not is_known:
            del buffer[: len(MAGIC)]
            is_known = True
        while len(buffer) >= 5:
            kind, size = struct.unpack_from(">BI", buffer)
            if size > LARGEST:
                raise ValueError("a record is too long")
            if len(buffer) < 5 + size:
                break
            yield kind, bytes(buffer[5 : 5 + size])
            del buffer[: 5 + size]
    if buffer or not is_known:
        raise ValueError("the file ends too early")


class Opener:
    """Opens the cells of one list, with the keys that were re-sealed to this private key."""

    def __init__(self, header: dict[str, Any], private: bytes) -> None:
        firm, listed, export = (UUID(header[name]).bytes for name in ("firm_id", "list_id", "export_id"))
        version = int(header["key_version"]).to_bytes(4, "big")
        self.keys = {}
        for purpose, sealed in header["keys"].items():
            associated = parts(export, parts(firm, listed, purpose.encode(), version))
            self.keys[purpose] = decrypt_with(unseal(private, bytes.fromhex(sealed), KEY_LABEL, associated))
        self.head, self.version = parts(FIELD_LABEL, firm, listed), version

    def open(self, purpose: str, contact: bytes, field: str, sealed: bytes) -> str:
        """Open one cell. Raises: ValueError when it was moved or changed."""
        if sealed[:1] != b"\x01":
            raise ValueError("unknown form of a field")
        associated = self.head + parts(contact, field.encode(), self.version)
        return self.keys[purpose](sealed[1:13], sealed[13:], associated).decode()


def open_row(body: bytes, header: dict[str, Any], opener: Opener) -> list[str]:
    """Open one row: line, contact, numbers, fields."""
    contact, line, count = struct.unpack_from(">16sIB", body)
    at, phones, cells = 21, [""] * len(header["phones"]), []
    for _ in range(count):
        position, size = struct.unpack_from(">HH", body, at)
        phones[position] = opener.open("number", contact, f"phone:{position}", body[at + 4 : at + 4 + size])
        at += 4 + size
    (fields,) = struct.unpack_from(">H", body, at)
    at += 2
    for place in range(fields):
        (size,) = struct.unpack_from(">I", body, at)
        at += 4
        if size == NONE:
            cells.append("")
            continue
        cells.append(
            opener.open("fields", contact, f"field:{header['columns'][place]}", body[at : at + size])
        )
        at += size
    return [str(line), str(UUID(bytes=contact)), *phones, *cells]


def neutralise(cell: str) -> str:
    """Give the cell such that no sheet runs it; a signed number is no formula and stays."""
    return f"'{cell}" if cell.startswith(FORMULA) and not SIGNED.fullmatch(cell) else cell


def as_cells(row: list[str], phones: int, *, plain: bool) -> list[str]:
    """Give a row as it is written. A phone number is kept as text by an apostrophe: a sheet would take it for a sum."""
    if plain:
        return row
    numbers = [f"'{cell}" if cell else "" for cell in row[2 : 2 + phones]]
    return [*row[:2], *numbers, *(neutralise(cell) for cell in row[2 + phones :])]


def open_export(source: Path, private: bytes, out: Path, *, plain: bool) -> tuple[dict[str, Any], int]:
    """Write the list as CSV and give the header and the number of rows; after any failure nothing is written."""
    part = out.with_name(out.name + ".part")
    with source.open("rb") as file, open_private(part, plain=plain) as text:
        try:
            records = read_records(open_frames(file, private))
            kind, body = next(records, (END, b""))
            header = json.loads(body)
            if kind != HEADER or header["format"] != 1:
                raise Refused(
                    "This export is of a newer form. Nothing was written. Take a newer keyhole_open.py."
                )
            rows = write_rows(records, header, Opener(header, private), csv.writer(text), plain=plain)
        except (ValueError, KeyError, IndexError, struct.error, InvalidTag):
            part.unlink()
            raise Refused(
                "The file does not open: it is for another key, or it was cut or changed. Nothing was written. "
                "Compare the fingerprint and the file's SHA-256 with the export's page, then download it again."
            ) from None
        except BaseException:
            part.unlink()
            raise
    part.rename(out)
    return header, rows


def write_rows(
    records: Iterator[tuple[int, bytes]], header: dict[str, Any], opener: Opener, table: Any, *, plain: bool
) -> int:
    """Write heading and rows up to the end record, which must agree and be the last."""
    phones = len(header["phones"])
    table.writerow([neutralise(name) for name in ("line", "contact", *header["phones"], *header["columns"])])
    for rows, (kind, body) in enumerate(records):
        if kind == END and json.loads(body)["rows"] == rows and next(records, None) is None:
            return rows
        if kind != ROW:
            raise ValueError("unknown record, or rows are missing")
        table.writerow(as_cells(open_row(body, header, opener), phones, plain=plain))
    raise ValueError("the end is missing")


def open_private(path: Path, *, plain: bool) -> io.TextIOWrapper:
    """Make a new file that only its owner reads. Raises: FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8" if plain else "utf-8-sig", newline="")


def run(arguments: argparse.Namespace) -> str:
    """Do what was asked and say it in words. Raises: Refused, OSError."""
    if arguments.what == "keygen":
        private = bytes(ECC.generate(curve="Curve25519").seed)
        with open_private(arguments.out, plain=True) as file:
            file.write(write_key(PRIVATE, private) + "\n")
        kept = f"The private key is in {arguments.out}. Keep it on this machine, with a backup."
        return f"{kept} Nobody can replace it.\n\n{shown(private)}"
    private = read_private(arguments.key)
    if arguments.what == "public":
        return shown(private)
    if arguments.out.exists():
        raise Refused(f"{arguments.out} exists already and was left as it is. Name another file with --out.")
    header, rows = open_export(arguments.file, private, arguments.out, plain=arguments.plain)
    with arguments.file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return (
        f"{rows} rows of the list {header['list']} are in {arguments.out}, readable by you alone.\n"
        f"Export {header['export_id']}, file SHA-256 {digest}\n"
        "Compare it with the export's page. Delete the CSV when you no longer need it."
    )


def main() -> int:
    """Read the command line; 0 done, 1 refused."""
    parser = argparse.ArgumentParser(prog="keyhole_open.py", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="what", required=True)
    keygen = commands.add_parser("keygen", help="make a key pair; prints the public half")
    keygen.add_argument("--out", type=Path, default=Path("export-key.txt"), help="where the private key goes")
    public = commands.add_parser("public", help="print the public half and its fingerprint again")
    opening = commands.add_parser("open", help="open a downloaded export as CSV")
    opening.add_argument("file", type=Path)
    for command in (public, opening):
        command.add_argument("--key", type=Path, required=True, help="the private key's file")
    opening.add_argument("--out", type=Path, required=True, help="the CSV to write")
    opening.add_argument("--plain", action="store_true", help="cells as they are: for a program, no sheet")
    try:
        sys.stdout.write(run(parser.parse_args()) + "\n")
    except (Refused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
