"""What the signer itself remembers of each log, outside the database: the last checkpoint it gave out.

A database that was put back to an older state, or exchanged, is told by it. It must never be read from the database.
"""

import os
from pathlib import Path
from uuid import UUID

from tenants.ledger.checkpoint import Checkpoint, NoteError, parse_note
from tenants.ledger.errors import LogBroken


class SignerMemory:
    """One file a log, in a folder of the ledger process's own (0700)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, firm_id: UUID, note: bytes) -> None:
        """Remember a checkpoint in place of the one before, on disk when this returns."""
        path = self._path(firm_id)
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(note)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)

    def recall(self, firm_id: UUID) -> Checkpoint | None:
        """Give the last checkpoint of a log, None for a log never signed here.

        Raises: LogBroken when the file is not a checkpoint.
        """
        try:
            octets = self._path(firm_id).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return Checkpoint.parse(parse_note(octets).text)
        except NoteError:
            raise LogBroken(firm_id, cause="memory_unreadable") from None

    def forget(self, firm_id: UUID) -> None:
        """Let a log's memory go; for the operator alone, who accepts an older database."""
        self._path(firm_id).unlink(missing_ok=True)

    def _path(self, firm_id: UUID) -> Path:
        return self._folder / f"{firm_id}.checkpoint"
