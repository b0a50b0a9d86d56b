"""Where uploaded files wait, sealed to the firm's and the worker's processes. Never a clear byte."""

from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings

from campaigns.importing.errors import UploadGone
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring
from tenants.vault.spool import SpoolReader, SpoolWriter

RECIPIENTS = ("firm", "worker")


def spool_path(batch_id: UUID) -> Path:
    """Name the sealed file of a batch."""
    return spool_folder() / f"{batch_id}.sealed"


def spool_folder() -> Path:
    """Return the folder of sealed files, made closed (0700) at first use."""
    folder = Path(settings.KEYHOLE_SPOOL)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def open_writer(batch_id: UUID, keyring: Keyring) -> SpoolWriter:
    """Begin the sealed file of a new batch."""
    recipients = {name: keyring.public_key(name)[1] for name in RECIPIENTS}
    return SpoolWriter(spool_path(batch_id), recipients, context=batch_id.bytes)


def open_reader(batch_id: UUID, keyring: Keyring) -> BinaryIO:
    """Open a batch's file with this process's private key; it reads as a clear, seekable file in memory.

    Raises: UploadGone when it is not there or cannot be opened.
    """
    try:
        reader = SpoolReader(
            spool_path(batch_id),
            recipient=keyring.process,
            private=keyring.private_keys(),
            context=batch_id.bytes,
        )
    except (FileNotFoundError, SealError):
        raise UploadGone from None
    # A raw reader has every method of a binary file that reading a table uses.
    return cast(BinaryIO, reader)


def remove_spool(batch_id: UUID) -> None:
    """Remove a batch's file; it is no fault when it is gone already."""
    spool_path(batch_id).unlink(missing_ok=True)
