"""Sends a file from the disk piece by piece: whatever its size, a piece of it is in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from django.http import StreamingHttpResponse

PIECE_BYTES: Final = 256 * 1024


def send_file(path: Path) -> StreamingHttpResponse:
    """Answer with the file, under its own name. It stays readable to the end even if it is removed meanwhile.

    Raises: FileNotFoundError.
    """
    file = path.open("rb")

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece
        finally:
            file.close()

    response = StreamingHttpResponse(pieces(), content_type="application/octet-stream")
    response["Content-Length"] = str(path.stat().st_size)
    response["Content-Disposition"] = f'attachment; filename="export-{path.name}"'
    response["Cache-Control"] = "no-store"
    return response
