"""Key files on disk, one JSON file per process.

A file that others can read is refused, and no error ever shows what a file holds.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tenants.vault.errors import KeyFileError

Document = dict[str, Any]

FORMAT: Final = 1
KEY_BYTES: Final = 32
_EVERYONE_RUNNING: Final = frozenset({"login", "django_secret", "layer_password", "hpke"})
# Which process holds which secret. A file with more than this is refused: a key that a process does
# not need must not be on its machine.
HOLDINGS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "firm": _EVERYONE_RUNNING | {"public", "index_master", "totp"},
        "agent": _EVERYONE_RUNNING | {"public", "totp"},
        "gateway": _EVERYONE_RUNNING | {"public"},
        "worker": _EVERYONE_RUNNING | {"public", "index_master"},
        "ledger": frozenset({"login", "signing"}),
        "owner": frozenset({"login"}),
    }
)

# Public keys are handed out after the files are made, so a file may be without them for a while.
_HANDED_OUT: Final = frozenset({"public"})


def key_path(folder: Path, process: str) -> Path:
    """Name the key file of a process.

    Raises: KeyFileError for a process that does not exist.
    """
    if process not in HOLDINGS:
        raise KeyFileError(
            f"There is no process called {process!r}. Use one of: {', '.join(sorted(HOLDINGS))}."
        )
    return folder / f"{process}.json"


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make the folder if needed (0700) and hold it against other writers.

    Raises: KeyFileError when others can enter the folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_access(folder, folder.stat())
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Left by a writer that was killed; whoever holds the lock knows that nobody is writing.
        for stale in folder.glob(".*.json.tmp"):
            stale.unlink()
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_document(folder: Path, process: str) -> Document:
    """Read the key file of a process and check who can read it and that it holds what it should.

    Raises: KeyFileError, naming the file and what to do.
    """
    path = key_path(folder, process)
    try:
        _check_access(folder, folder.stat())
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFileError(
            f"The key file {path} does not exist. Restore it from its backup, or create the key files "
            "if this is a new installation."
        ) from None
    except PermissionError:
        raise KeyFileError(
            f"The key file {path} cannot be read by this user. Run the {process} process as its owner."
        ) from None
    with os.fdopen(descriptor, "rb") as handle:
        # Checked on the open file, so it cannot be exchanged between the check and the reading.
        _check_access(path, os.fstat(descriptor))
        content = handle.read()
    try:
        document = json.loads(content)
    except ValueError:
        raise KeyFileError(f"The key file {path} is not JSON. Restore it from its backup.") from None
    _check_holdings(document, process, path)
    checked: Document = document
    return checked


def write_document(folder: Path, process: str, document: Document) -> None:
    """Put a key file in place in one step; call it with the folder locked.

    Readers see the old file or the new one, never a part.
    """
    path = key_path(folder, process)
    owner = (path if path.exists() else folder).stat()
    temporary = folder / f".{process}.json.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            os.fchmod(descriptor, 0o600)
            if os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            json.dump(document, handle, indent=1)
            handle.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def encode_key(octets: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode_key(text: object, path: Path, name: str) -> bytes:
    """Read a 32-byte key.

    Raises: KeyFileError naming the file and the member.
    """
    try:
        if not isinstance(text, str):
            raise ValueError
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(octets) != KEY_BYTES:
            raise ValueError
    except ValueError:
        raise damaged(path, name) from None
    return octets


def read_versions(section: object, member: str, path: Path, name: str) -> tuple[int, dict[int, bytes]]:
    """Read a section of numbered keys: the current version, and every key by version.

    Raises: KeyFileError when the section is malformed or lacks its current key.
    """
    if not isinstance(section, dict) or not isinstance(section.get(member), dict):
        raise damaged(path, name)
    current = section.get("current")
    keys: dict[int, bytes] = {}
    for version, text in section[member].items():
        if not (version.isascii() and version.isdigit() and version[0] != "0"):
            raise damaged(path, name)
        keys[int(version)] = decode_key(text, path, name)
    if type(current) is not int or current not in keys:
        raise damaged(path, name)
    return current, keys


def write_versions(current: int, member: str, keys: Mapping[int, bytes]) -> Document:
    """Give the section that `read_versions` reads."""
    return {"current": current, member: {str(version): encode_key(keys[version]) for version in sorted(keys)}}


def new_secret() -> str:
    """Make a fresh secret of 32 random bytes, as text."""
    return encode_key(secrets.token_bytes(KEY_BYTES))


def damaged(path: Path, name: str) -> KeyFileError:
    """Say that one member of a key file is unusable, without showing it."""
    return KeyFileError(
        f"In the key file {path}, {name} is missing or malformed. Restore the file from its backup."
    )


def _check_access(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        safe = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise KeyFileError(
            f"{path} is open to other users (mode {mode:o}), so it was not used. Run `chmod {safe}` on it, "
            "and replace the keys if someone else may have read them."
        )
    user = os.geteuid()
    if user not in (0, status.st_uid):
        raise KeyFileError(
            f"{path} belongs to another user, so it was not used. Run as its owner or `chown` it."
        )


def _check_holdings(document: object, process: str, path: Path) -> None:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyFileError(f"The key file {path} is not of format {FORMAT}. Use the version that wrote it.")
    if document.get("process") != process:
        raise KeyFileError(
            f"The key file {path} is not the one of {process}. Put the right file in its place."
        )
    held = set(document) - {"format", "process"}
    if surplus := held - HOLDINGS[process]:
        raise KeyFileError(
            f"The key file {path} holds {len(surplus)} member(s) that {process} must not hold. Restore "
            "the file that belongs here."
        )
    if missing := HOLDINGS[process] - held - _HANDED_OUT:
        raise damaged(path, ", ".join(sorted(missing)))
