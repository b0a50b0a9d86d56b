"""Request bodies that outgrow memory wait on disk sealed, under a key that only this process's memory holds.

Django's own handler writes such bodies to a temporary file in clear, which an uploaded list must never be.
"""

import contextlib
import io
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from tenants.db.ids import new_id
from tenants.identity.tokens import API_PREFIX
from tenants.vault.hpke import KeyPair, generate_key_pair
from tenants.vault.spool import SpoolReader, SpoolWriter

# Room beside the file for the form's other fields and the parts' heads.
_FORM_BYTES = 64 * 1024
_RECIPIENT = "body"

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_largest: ContextVar[int] = ContextVar("largest")


class SealedBody:
    """A body as a file: in memory up to `memory_bytes`, beyond that sealed on disk, unlinked while open."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self.too_big = False
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._memory = io.BytesIO()
        self._pair: KeyPair | None = None
        self._writer: SpoolWriter | None = None
        self._reader: SpoolReader | None = None
        self._path = folder / f"body-{new_id()}.sealed"

    def write(self, data: bytes) -> None:
        """Add bytes of the body."""
        if self._writer is None and self._memory.tell() + len(data) <= self._memory_bytes:
            self._memory.write(data)
            return
        self._spool().write(data)

    def finish(self) -> None:
        """Go over from writing to reading, from the beginning."""
        if self._writer is None or self._pair is None:
            self._memory.seek(0)
            return
        self._writer.close()
        self._reader = SpoolReader(self._path, recipient=_RECIPIENT, private=self._pair.private)
        self._path.unlink()

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, or all; none at the end."""
        if self._reader is not None:
            return self._reader.read(size) or b""
        return self._memory.read(size)

    def readline(self, size: int = -1) -> bytes:
        """Return up to the next line's end."""
        source = self._reader if self._reader is not None else self._memory
        return source.readline(size)

    def close(self) -> None:
        """Forget the body; its file goes if it is still there."""
        self._memory.close()
        if self._reader is not None:
            self._reader.close()
        elif self._writer is not None:
            self._writer.discard()

    def _spool(self) -> SpoolWriter:
        if self._writer is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            pair = self._pair = generate_key_pair()
            self._writer = SpoolWriter(self._path, {_RECIPIENT: pair.public})
            self._writer.write(self._memory.getvalue())
            self._memory = io.BytesIO()
        return self._writer


class SealedBodyHandler(ASGIHandler):
    """Django's handler with sealed bodies and a limit on them. Only `large_paths` may take a whole list."""

    large_paths = frozenset({"/imports/new", "/api/v1/imports"})

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        _largest.set(_limit_of(scope, self.large_paths))
        await super().handle(scope, receive, send)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Read the whole body. Raises: RequestAborted when the client leaves."""
        body = SealedBody(Path(settings.KEYHOLE_SPOOL), settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
        size, most = 0, _largest.get()
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                chunk = message.get("body", b"")
                size += len(chunk)
                # Read to the end all the same: a browser shows an answer only when its body was taken.
                body.too_big = size > most
                if chunk and not body.too_big:
                    body.write(chunk)
                if not message.get("more_body", False):
                    break
            body.finish()
        except BaseException:
            body.close()
            raise
        # Django reads and closes it; it asks nothing else of a file.
        return cast(IO[bytes], body)

    def create_request(
        self, scope: Scope, body_file: IO[bytes]
    ) -> tuple[ASGIRequest, None] | tuple[None, HttpResponseBase]:
        """Make the request, or the answer to a body that is too big."""
        if isinstance(body_file, SealedBody) and body_file.too_big:
            words = _("This is too big. Nothing was stored. Go back, split the list and import its parts.")
            return None, HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        return super().create_request(scope, body_file)


def remove_stale_bodies(folder: Path) -> None:
    """Remove what a killed process left; nobody holds the key to it any more."""
    for path in folder.glob("body-*.sealed"):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def _limit_of(scope: Scope, large_paths: frozenset[str]) -> int:
    small = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + _FORM_BYTES
    if scope.get("path") not in large_paths or scope.get("method") != "POST":
        return small
    # Without a session cookie or a token the request will be turned away anyway: it gets no room on the disk.
    cookie, bearer = f"{settings.SESSION_COOKIE_NAME}=".encode(), f"Bearer {API_PREFIX}".encode()
    may_be_known = any(
        (key == b"cookie" and cookie in value) or (key == b"authorization" and value.startswith(bearer))
        for key, value in scope.get("headers", ())
    )
    return settings.KEYHOLE_UPLOAD_MAX_BYTES + _FORM_BYTES if may_be_known else small
