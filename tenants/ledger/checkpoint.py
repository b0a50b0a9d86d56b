"""Checkpoints as signed notes, and the keys that sign them. It must never print a secret key or accept a doubtful note.

Source: C2SP signed-note and tlog-checkpoint.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from tenants.ledger.merkle import HASH
from tenants.vault.sealed import SealedBytes

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MAX_NOTE: Final = 65_536
MAX_SIGNATURES: Final = 100
# What a size can be: positions are bigint in the database, and a C2SP size is an unsigned 63-bit number.
MAX_SIZE: Final = 2**63 - 1

_NAME: Final = re.compile(r"[^\s+\u0085]+")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MARK: Final = "\u2014 "


class NoteError(ValueError):
    """This text is not a signed note that can be relied on. Nothing of it was used."""


def decode_base64(text: str) -> bytes:
    """Read standard base64 with its padding; the one spelling only.

    Raises: NoteError for any other spelling.
    """
    try:
        octets = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise NoteError("not base64") from error
    if base64.b64encode(octets).decode() != text:
        raise NoteError("not base64 in its one spelling")
    return octets


def check_name(name: str) -> str:
    """Give the key name back.

    Raises: NoteError for an empty one or one with a space or a plus.
    """
    if not _NAME.fullmatch(name) or _CONTROL.search(name):
        raise NoteError("a key name is empty or has a space or a plus")
    return name


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key with its name. `kind` is the signature type: 1 signs notes, 4 cosigns checkpoints."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as text: `name+id+key`."""
        return (
            f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"
        )

    @classmethod
    def parse(cls, vkey: str, *, kind: int = ED25519) -> Self:
        """Read a vkey of the given kind.

        Raises: NoteError for anything else, a wrong id included.
        """
        # The base64 of a key may hold a plus, a name may not.
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
            raise NoteError("a public key reads: name+id+key")
        octets = decode_base64(parts[2])
        if len(octets) != 33 or octets[0] != kind:
            raise NoteError("this is not an Ed25519 public key of the kind asked for")
        key = cls(check_name(parts[0]), octets[1:], kind)
        if key.key_id.hex() != parts[1]:
            raise NoteError("the id of this public key does not fit the key")
        return key

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether the Ed25519 signature (64 bytes) is this key's over the message."""
        try:
            eddsa.new(eddsa.import_public_key(self.public), "rfc8032").verify(message, signature)
        except ValueError:
            return False
        return True


class SigningKey:
    """A secret Ed25519 key with its name. It prints as `<sealed>` and cannot be pickled or compared."""

    __slots__ = ("_key", "name", "public")

    def __init__(self, name: str, seed: SealedBytes) -> None:
        """Make the key from its 32 secret bytes.

        Raises: ValueError for another length; NoteError for a name that a note cannot carry.
        """
        octets = seed.open_bytes()
        if len(octets) != 32:
            raise ValueError("an Ed25519 seed has 32 bytes")
        self.name = check_name(name)
        # The library's own repr shows the seed, so it never leaves this object.
        self._key: Any = ECC.construct(curve="Ed25519", seed=octets)
        self.public: bytes = self._key.public_key().export_key(format="raw")

    def __repr__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> str:
        raise TypeError("a signing key is not copied out of the process")

    def verifying(self, kind: int = ED25519) -> VerifyingKey:
        """The public key beside it."""
        return VerifyingKey(self.name, self.public, kind)

    @property
    def vkey(self) -> str:
        """The public key as text."""
        return self.verifying().vkey

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes, always the same for the same message."""
        signature: bytes = eddsa.new(self._key, "rfc8032").sign(message)
        return signature


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note, not yet checked. `octets` is what follows the key id."""

    name: str
    key_id: bytes
    octets: bytes

    def line(self) -> str:
        """The line as it stands in a note, newline included."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.octets).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, not yet checked. `text` ends in a newline and is what was signed."""

    text: str
    signatures: tuple[Signature, ...]


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline.

    Raises: NoteError for any other line.
    """
    parts = line.removeprefix(_MARK).split(" ")
    if not line.startswith(_MARK) or len(parts) != 2:
        raise NoteError("a signature line is not: dash, name, signature")
    octets = decode_base64(parts[1])
    if len(octets) < 5:
        raise NoteError("a signature line holds no signature")
    return Signature(check_name(parts[0]), octets[:4], octets[4:])


def parse_note(note: bytes) -> Note:
    """Take a note apart; no signature is checked here.

    Raises: NoteError for more than 64 KiB, more than 100 signatures, text that is not UTF-8, control characters, or
    lines out of place.
    """
    if len(note) > MAX_NOTE:
        raise NoteError("the note is too long")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the note is not UTF-8") from error
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not text or not lines.endswith("\n") or _CONTROL.search(whole):
        raise NoteError("the note is not a text, an empty line and signatures")
    rows = lines[:-1].split("\n")
    if len(rows) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return Note(text + "\n", tuple(parse_signature(row) for row in rows))


def open_note(note: bytes, keys: Iterable[VerifyingKey]) -> tuple[Note, tuple[VerifyingKey, ...]]:
    """Take a note apart and give the keys, among those known, whose signatures hold.

    Signatures of unknown keys are passed over. Raises: NoteError if the note is malformed, if a known key's signature
    does not hold or stands twice, or if no known key signed.
    """
    opened = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys if key.kind == ED25519}
    signed: list[VerifyingKey] = []
    for signature in opened.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if key in signed:
            raise NoteError("a key signed this note twice")
        if not key.holds(opened.text.encode(), signature.octets):
            raise NoteError("a signature does not hold")
        signed.append(key)
    if not signed:
        raise NoteError("no known key signed this note")
    return opened, tuple(signed)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's state: its origin, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed. Raises: NoteError for an origin, a size or a root that cannot be."""
        check_name(self.origin)
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH:
            raise NoteError("a checkpoint has a size and a root of 32 bytes")
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note as a checkpoint; extension lines are not used here and refused.

        Raises: NoteError for any other text.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteError("a checkpoint has three lines")
        if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
            raise NoteError("the size of a checkpoint is a plain number")
        root = decode_base64(lines[2])
        if len(root) != HASH:
            raise NoteError("the root of a checkpoint has 32 bytes")
        return cls(check_name(lines[0]), int(lines[1]), root)


def sign_checkpoint(checkpoint: Checkpoint, keys: Sequence[SigningKey]) -> bytes:
    """Give the signed note; several keys while one takes over from another.

    Raises: NoteError without a key, or for a key whose name is not the origin.
    """
    if not keys or any(key.name != checkpoint.origin for key in keys):
        raise NoteError("a checkpoint is signed by keys that carry the log's name")
    body = checkpoint.body()
    rows = [Signature(key.name, key.verifying().key_id, key.sign(body.encode())).line() for key in keys]
    return (body + "\n" + "".join(rows)).encode()


def open_checkpoint(
    note: bytes, keys: Iterable[VerifyingKey], *, origin: str | None = None
) -> tuple[Checkpoint, tuple[VerifyingKey, ...]]:
    """Check a signed checkpoint; gives it and the known keys that signed.

    Raises: NoteError if it is malformed, not signed by a known key, or of another origin than the one asked for.
    """
    opened, signed = open_note(note, keys)
    checkpoint = Checkpoint.parse(opened.text)
    if origin is not None and checkpoint.origin != origin:
        raise NoteError("this checkpoint belongs to another log")
    return checkpoint, signed


def add_signature(note: bytes, line: str) -> bytes:
    """Add a signature line to a note, unless it stands there already.

    Raises: NoteError if either is malformed or the note is full.
    """
    opened = parse_note(note)
    signature = parse_signature(line.removesuffix("\n"))
    if signature in opened.signatures:
        return note
    longer = note + signature.line().encode()
    parse_note(longer)
    return longer
