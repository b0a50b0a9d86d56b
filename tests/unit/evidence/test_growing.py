"""A file that is sent while it is written: whole, or visibly broken off; and nobody writes on when its reader has left."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from tenants.evidence.growing import AT_ONCE, GrowingFile, ReaderGone
from tenants.ledger.bundle import Out

PIECE = bytes(range(256)) * 4096


async def rest_of(file: GrowingFile) -> bytes:
    return b"".join([piece async for piece in file.read()])


def test_what_is_written_later_is_read_too(tmp_path: Path) -> None:
    go_on = Event()

    def write(out: Out) -> None:
        out.write(PIECE)
        assert go_on.wait(60)
        out.write(b"the end")

    async def run() -> tuple[bytes, bytes]:
        reader = file.read()
        first = await anext(reader)
        go_on.set()
        return first, first + b"".join([piece async for piece in reader])

    file = GrowingFile(write, folder=tmp_path / "new")
    assert file.wait(0) is None
    first, whole = asyncio.run(run())
    assert PIECE.startswith(first)
    assert whole == PIECE + b"the end"
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_that_is_finished_tells_its_length(tmp_path: Path) -> None:
    file = GrowingFile(lambda out: bool(out.write(PIECE)) and None, folder=tmp_path)
    assert file.wait(60) == len(PIECE)
    assert asyncio.run(rest_of(file)) == PIECE


def test_what_breaks_while_it_is_sent_never_ends_as_if_whole(tmp_path: Path) -> None:
    def write(out: Out) -> None:
        out.write(PIECE)
        raise ValueError("broken")

    got: list[bytes] = []

    async def run() -> None:
        async for piece in file.read():
            got.append(piece)

    file = GrowingFile(write, folder=tmp_path)
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(run())
    assert b"".join(got) == PIECE


def test_what_breaks_at_once_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    def write(_out: Out) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        GrowingFile(write, folder=tmp_path).wait(60)


def test_who_writes_stops_when_the_reader_has_left(tmp_path: Path) -> None:
    stopped = Event()

    def write(out: Out) -> None:
        try:
            while True:
                out.write(PIECE[:1024])
        except ReaderGone:
            stopped.set()
            raise

    async def run() -> None:
        reader = file.read()
        await anext(reader)
        await reader.aclose()  # type: ignore[attr-defined]

    file = GrowingFile(write, folder=tmp_path)
    asyncio.run(run())
    assert stopped.wait(60)


def test_only_some_are_written_at_once_and_the_others_have_their_turn(tmp_path: Path) -> None:
    go_on = Event()
    begun: list[Out] = []

    def write(out: Out) -> None:
        begun.append(out)
        assert go_on.wait(60)

    files = [GrowingFile(write, folder=tmp_path) for _ in range(AT_ONCE + 2)]
    assert [file.wait(0.1) for file in files] == [None] * len(files)
    assert len(begun) <= AT_ONCE
    go_on.set()
    assert [file.wait(60) for file in files] == [0] * len(files)
    assert len(begun) == AT_ONCE + 2
