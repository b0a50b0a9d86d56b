"""Takes an uploaded list chunk by chunk into its sealed file: in memory there is only the chunk under way."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from campaigns.importing.errors import UploadTooBig
from campaigns.importing.spooling import open_writer, remove_spool
from tenants.db.ids import new_id
from tenants.vault.spool import SpoolWriter


class SealedUpload(UploadedFile):  # type: ignore[type-arg]  # generic in its stubs alone
    """A file that was sealed while it came; `batch_id` names it. It cannot be read here."""

    def __init__(self, *, batch_id: UUID, name: str, size: int) -> None:
        super().__init__(file=None, name=name, size=size)
        self.batch_id = batch_id


class SealingUploadHandler(FileUploadHandler):
    """Seals the first file of a request and skips any other. A broken or over-long upload leaves nothing."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.batch_id: UUID | None = None
        self.problem: UploadTooBig | None = None
        self._writer: SpoolWriter | None = None
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin the sealed file."""
        super().new_file(*args, **kwargs)
        if self.batch_id is not None:
            raise SkipFile
        self.batch_id, self._size = new_id(), 0
        self._writer = open_writer(self.batch_id, settings.KEYRING)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a chunk. Raises: StopUpload beyond the limit; `problem` then says so."""
        if self._writer is None:
            return
        self._size += len(raw_data)
        if self._size > settings.KEYHOLE_UPLOAD_MAX_BYTES:
            self.discard()
            self.problem = UploadTooBig()
            raise StopUpload(connection_reset=False)
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload | None:
        """Close the sealed file and hand on its name and size."""
        if self._writer is None or self.batch_id is None:
            return None
        self._writer.close()
        self._writer = None
        return SealedUpload(batch_id=self.batch_id, name=self.file_name or "", size=file_size)

    def upload_interrupted(self) -> None:
        """Leave nothing of a broken upload."""
        self.discard()

    def discard(self) -> None:
        """Remove the sealed file: nobody will import it."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None
        elif self.batch_id is not None:
            remove_spool(self.batch_id)
