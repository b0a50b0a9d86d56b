"""Bodies of requests beyond memory wait sealed; one that is too big is answered, and none leaves a file behind."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campaigns.importing.body import SealedBody, SealedBodyHandler, remove_stale_bodies
from tests.web.browser import Browser
from tests.world import World

Surface = Callable[[str], None]
CELL = b"Xylophonistka;Town;202-555-0101\n"


def fill(body: SealedBody, size: int) -> bytes:
    content = CELL * (size // len(CELL))
    for start in range(0, len(content), 65_536):
        body.write(content[start : start + 65_536])
    return content


@pytest.mark.parametrize("size", [0, 1000, 3_000_000])
def test_a_body_is_read_as_it_was_written(tmp_path: Path, size: int) -> None:
    body = SealedBody(tmp_path, 1_000_000)
    content = fill(body, size)
    body.finish()
    read = b""
    while piece := body.read(10_000):
        read += piece
    assert read == content
    assert list(tmp_path.iterdir()) == []
    body.close()


def test_a_body_beyond_memory_is_sealed_on_the_disk(tmp_path: Path) -> None:
    body = SealedBody(tmp_path, 1000)
    fill(body, 2_000_000)
    (kept,) = list(tmp_path.iterdir())
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.stat().st_size > 1_000_000
    assert CELL[:13] not in kept.read_bytes()
    body.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    SealedBody(tmp_path, 10).write(b"x" * 100)
    (tmp_path / "other.sealed").touch()
    remove_stale_bodies(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.sealed"]


def send(path: str, size: int, cookie: str | None) -> int:
    """Send a body of a size through the handler; returns the status of the answer."""
    answers: list[int] = []
    headers = [(b"host", b"localhost"), (b"content-type", b"text/plain")]
    if cookie is not None:
        headers.append((b"cookie", f"keyhole_firm={cookie}".encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": headers,
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1234),
    }
    chunks = [b"x" * 65_536] * (size // 65_536)

    async def receive() -> dict[str, Any]:
        if not chunks:
            await asyncio.sleep(5)
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunks.pop(), "more_body": bool(chunks)}

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    async def serve() -> None:
        handler = SealedBodyHandler()
        handler.load_middleware(is_async=True)
        await handler(scope, receive, answer)

    asyncio.run(serve())
    return answers[0]


def test_only_a_signed_in_upload_may_be_large(
    world: World, surface: Surface, spool: Path, settings: Any
) -> None:
    surface("firm")
    settings.KEYHOLE_UPLOAD_MAX_BYTES = 4_000_000
    key = Browser().become(world.alder.people["manager"]).key
    large, too_large = 3_500_000, 4_500_000
    assert send("/imports/new", large, None) == 413
    assert send("/campaigns", large, key) == 413
    assert send("/imports/new", too_large, key) == 413
    # The control: it is taken, and then refused for the forgery check alone.
    assert send("/imports/new", large, key) == 403
    assert not spool.exists() or list(spool.iterdir()) == []
    assert not list(Path(tempfile.gettempdir()).glob("body-*"))
