"""Uploaded files at rest: sealed frame by frame, so that a file never touches the disk in clear.

Tampering, truncation, reordering and appending are refused. Source: the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizár 2015), with HPKE for the file key; see FORMAT.md.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.vault.context import join_parts
from tenants.vault.errors import SealError
from tenants.vault.hpke import OVERHEAD_BYTES, open_from, seal_to
from tenants.vault.sealed import SealedBytes

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC: Final = b"KEYHOLE SPOOL 1\n"
LABEL: Final = b"keyhole/spool/v1"
FRAME_BYTES: Final = 256 * 1024
KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
WRAPPED_BYTES: Final = KEY_BYTES + OVERHEAD_BYTES
MAX_RECIPIENTS: Final = 16
MAX_NAME_BYTES: Final = 64
_STORED_FRAME: Final = FRAME_BYTES + TAG_BYTES


class SpoolWriter:
    """Writes one sealed file, 0600, that must not exist yet; an exception in its `with` block removes it.

    `recipients` maps a name to a 32-byte public key; each of them can read the file. `context`
    binds the file to its place (say, firm and batch), and a reader must give the same.
    """

    def __init__(self, path: Path, recipients: Mapping[str, bytes], *, context: bytes = b"") -> None:
        key = os.urandom(KEY_BYTES)
        header = _write_header(key, recipients, context)
        self._path = path
        self._cipher = AESGCM(key)
        self._binding = _binding(header, context)
        self._buffer = bytearray()
        self._frames = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        try:
            os.fchmod(descriptor, 0o600)
            self._file.write(header)
        except BaseException:
            self.discard()
            raise

    def write(self, data: "ReadableBuffer") -> int:
        """Take bytes of the file; returns how many were taken, always all of them.

        Raises: ValueError after `close`.
        """
        if self._file.closed:
            raise ValueError("this spool file is closed")
        view = memoryview(data).cast("B")
        self._buffer += view
        # The last frame carries a flag, so a full frame waits until it is known that more follows.
        whole = (len(self._buffer) - 1) // FRAME_BYTES
        for start in range(0, whole * FRAME_BYTES, FRAME_BYTES):
            self._put(bytes(self._buffer[start : start + FRAME_BYTES]), last=False)
        if whole > 0:
            del self._buffer[: whole * FRAME_BYTES]
        return len(view)

    def close(self) -> None:
        """Seal the last frame and wait until the file is on the disk; the file is removed if that fails."""
        if self._file.closed:
            return
        try:
            self._put(bytes(self._buffer), last=True)
            self._buffer.clear()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _sync_folder(self._path.parent)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Drop what was written so far and remove the file."""
        self._buffer.clear()
        # Closing flushes, which fails again on a full disk; the file goes all the same.
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _put(self, plaintext: bytes, *, last: bool) -> None:
        nonce = self._frames.to_bytes(12, "big")
        self._file.write(self._cipher.encrypt(nonce, plaintext, _associated(self._binding, last=last)))
        self._frames += 1


class SpoolReader(io.RawIOBase):
    """Reads a sealed file as a seekable binary file, one frame (256 KiB) in memory at a time.

    `private` is the recipient's private key, or all it still holds. The last frame is checked at
    opening, so a shortened file is refused before its first byte is given out.

    Raises: SealError, at opening or later, for a wrong key, recipient or context and for a damaged file.
    """

    def __init__(
        self,
        path: Path,
        *,
        recipient: str,
        private: SealedBytes | Iterable[SealedBytes],
        context: bytes = b"",
    ) -> None:
        super().__init__()
        # Closing must work, also by the collector, when the file cannot even be opened.
        self._file: BinaryIO = io.BytesIO()
        self._file = path.open("rb")
        try:
            header, wrapped = _read_header(self._file, recipient)
            privates = (private,) if isinstance(private, SealedBytes) else tuple(private)
            self._cipher = AESGCM(_unwrap(wrapped, privates, recipient, context))
            self._binding = _binding(header, context)
            self._start = len(header)
            self._frames, self._size = _measure(os.fstat(self._file.fileno()).st_size - self._start)
            self._position = 0
            self._loaded = -1
            self._frame = b""
            self._load(self._frames - 1)
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Give the position in the plaintext, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position in the plaintext, as binary files do.

        Raises: ValueError before the beginning.
        """
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        target = origins[whence] + offset
        if target < 0:
            raise ValueError("a position in a file is not negative")
        self._position = target
        return target

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer from one frame; 0 means the end.

        Raises: SealError when the frame was tampered with; ValueError after `close`.
        """
        if self.closed:
            raise ValueError("this spool file is closed")
        view = memoryview(buffer).cast("B")
        if self._position >= self._size or not view:
            return 0
        number, offset = divmod(self._position, FRAME_BYTES)
        if number != self._loaded:
            self._load(number)
        taken = self._frame[offset : offset + len(view)]
        view[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)

    def close(self) -> None:
        """Close the file and forget the frame in memory."""
        self._frame = b""
        self._file.close()
        super().close()

    def _load(self, number: int) -> None:
        last = number == self._frames - 1
        self._file.seek(self._start + number * _STORED_FRAME)
        stored = self._file.read(_STORED_FRAME)
        try:
            nonce = number.to_bytes(12, "big")
            self._frame = self._cipher.decrypt(nonce, stored, _associated(self._binding, last=last))
        except InvalidTag:
            raise SealError from None
        self._loaded = number


def _measure(body: int) -> tuple[int, int]:
    """Give the number of frames and the plaintext's size for a body of so many bytes."""
    frames = -(-body // _STORED_FRAME)
    last = body - (frames - 1) * _STORED_FRAME
    # An empty last frame is only ever the one of an empty file: one content, one form.
    if frames < 1 or last < TAG_BYTES or (last == TAG_BYTES and frames > 1):
        raise SealError
    return frames, body - frames * TAG_BYTES


def _write_header(key: bytes, recipients: Mapping[str, bytes], context: bytes) -> bytes:
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise ValueError("a spool file has 1 to 16 recipients")
    header = bytearray(MAGIC)
    header.append(len(recipients))
    for recipient, public in recipients.items():
        name = recipient.encode("ascii")
        if not 1 <= len(name) <= MAX_NAME_BYTES:
            raise ValueError("the name of a recipient is 1 to 64 bytes")
        associated = _wrap_context(recipient, context)
        header.append(len(name))
        header += name
        header += seal_to(public, info=LABEL, associated=associated, plaintext=key)
    return bytes(header)


def _read_header(file: BinaryIO, recipient: str) -> tuple[bytes, bytes]:
    """Give the whole header and the file key as wrapped for this recipient."""
    header = bytearray(_exactly(file, len(MAGIC) + 1))
    count = header[-1]
    if not header.startswith(MAGIC) or not 1 <= count <= MAX_RECIPIENTS:
        raise SealError
    found: bytes | None = None
    for _ in range(count):
        length = _exactly(file, 1)
        name = _exactly(file, length[0])
        wrapped = _exactly(file, WRAPPED_BYTES)
        header += length + name + wrapped
        if name == recipient.encode("ascii"):
            found = wrapped
    if found is None:
        raise SealError
    return bytes(header), found


def _exactly(file: BinaryIO, size: int) -> bytes:
    octets = file.read(size)
    if len(octets) != size:
        raise SealError
    return octets


def _unwrap(wrapped: bytes, privates: tuple[SealedBytes, ...], recipient: str, context: bytes) -> bytes:
    associated = _wrap_context(recipient, context)
    for private in privates:
        with contextlib.suppress(SealError):
            key = open_from(private, info=LABEL, associated=associated, sealed=wrapped)
            if len(key) == KEY_BYTES:
                return key
    raise SealError


def _wrap_context(recipient: str, context: bytes) -> bytes:
    return join_parts(recipient.encode("ascii"), context)


def _binding(header: bytes, context: bytes) -> bytes:
    """Give what every frame is bound to: this header, so frames cannot move between files, and the place."""
    return join_parts(LABEL, hashlib.sha256(header).digest(), context)


def _associated(binding: bytes, *, last: bool) -> bytes:
    return binding + (b"\x01" if last else b"\x00")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
