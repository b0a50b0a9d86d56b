"""An uploaded file rests sealed, and any change to it is refused."""

import csv
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.vault import spool
from tenants.vault.errors import SealError
from tenants.vault.hpke import generate_key_pair
from tenants.vault.spool import FRAME_BYTES, SpoolReader, SpoolWriter

WORKER, FIRM, STRANGER = (generate_key_pair() for _ in range(3))
RECIPIENTS = {"worker": WORKER.public, "firm": FIRM.public}
HEADER = 16 + 1 + (1 + 6 + 80) + (1 + 4 + 80)
STORED = FRAME_BYTES + 16
SIZES = [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 3 * FRAME_BYTES + 5]


def content(size: int) -> bytes:
    return (b"+48600111222;Anna\n" * (size // 18 + 1))[:size]


def write(path: Path, plaintext: bytes, context: bytes = b"") -> Path:
    with SpoolWriter(path, RECIPIENTS, context=context) as writer:
        writer.write(plaintext)
    return path


def read(path: Path) -> bytes:
    with SpoolReader(path, recipient="worker", private=WORKER.private) as reader:
        return reader.read()


def assert_refused(path: Path, altered: bytes) -> None:
    path.write_bytes(altered)
    with pytest.raises(SealError):
        read(path)


@pytest.mark.parametrize("size", SIZES)
def test_each_recipient_reads_what_was_written(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "upload", content(size))
    for name, pair in (("worker", WORKER), ("firm", FIRM)):
        with SpoolReader(path, recipient=name, private=pair.private) as reader:
            assert reader.read() == content(size)
    frames = max(1, -(-size // FRAME_BYTES))
    assert path.stat().st_size == HEADER + size + 16 * frames


@settings(max_examples=15, deadline=None)
@given(pieces=st.lists(st.integers(0, 3 * 70_000), max_size=8))
def test_it_makes_no_difference_how_the_file_arrives(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[int]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "upload"
    with SpoolWriter(path, RECIPIENTS) as writer:
        for piece in pieces:
            assert writer.write(memoryview(content(piece))) == piece
    assert read(path) == b"".join(content(piece) for piece in pieces)


def test_no_clear_text_reaches_the_disk_and_the_file_is_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write(tmp_path / "upload", content(FRAME_BYTES + 100))
    finally:
        os.umask(before)
    assert b"600111222" not in path.read_bytes()
    assert b"600111222" in content(100)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_reads_through_the_usual_wrappers(tmp_path: Path) -> None:
    rows = [["+48600111222", f"Zażółć {number}"] for number in range(30_000)]
    path = tmp_path / "upload"
    with SpoolWriter(path, RECIPIENTS) as writer:
        for row in rows:
            writer.write((";".join(row) + "\r\n").encode())
    assert path.stat().st_size > 2 * STORED
    with SpoolReader(path, recipient="worker", private=WORKER.private) as reader:
        text = io.TextIOWrapper(io.BufferedReader(reader), encoding="utf-8", newline="")
        assert list(csv.reader(text, delimiter=";")) == rows


def test_it_can_be_read_from_anywhere(tmp_path: Path) -> None:
    plaintext = os.urandom(2 * FRAME_BYTES + 77)
    path = write(tmp_path / "upload", plaintext)
    clear = io.BytesIO(plaintext)
    with io.BufferedReader(SpoolReader(path, recipient="worker", private=WORKER.private)) as reader:
        assert reader.seekable()
        for offset, whence in [(-30, 2), (5, 0), (FRAME_BYTES - 10, 0), (40, 1), (0, 2), (10**9, 0), (0, 0)]:
            assert reader.seek(offset, whence) == clear.seek(offset, whence)
            assert reader.read(100) == clear.read(100)
            assert reader.tell() == clear.tell()
    raw = SpoolReader(path, recipient="worker", private=WORKER.private)
    with pytest.raises(ValueError, match="negative"):
        raw.seek(-1)
    raw.close()
    with pytest.raises(ValueError, match="closed"):
        raw.read(1)


def test_a_closed_reader_gives_an_error_and_not_an_empty_end(tmp_path: Path) -> None:
    reader = SpoolReader(write(tmp_path / "upload", b"short"), recipient="worker", private=WORKER.private)
    assert reader.read(2) == b"sh"
    reader.close()
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read(2)


@pytest.mark.parametrize("size", [5, FRAME_BYTES, 2 * FRAME_BYTES + 5])
def test_it_refuses_a_flipped_bit_anywhere(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "upload", content(size))
    good = path.read_bytes()
    ends = [HEADER + number * STORED for number in range(1 + size // STORED)]
    positions = {*range(HEADER + 20), *ends, *(end - 1 for end in ends), len(good) - 1, len(good) - 17}
    for position in positions:
        damaged = bytearray(good)
        damaged[position] ^= 1
        assert_refused(path, bytes(damaged))
    path.write_bytes(good)
    assert read(path) == content(size)


def test_it_refuses_a_shortened_file_at_opening(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", content(3 * FRAME_BYTES))
    good = path.read_bytes()
    for length in [0, 5, 17, 60, HEADER, HEADER + 15, HEADER + 16, HEADER + STORED - 1, HEADER + STORED,
                   HEADER + 2 * STORED, HEADER + 2 * STORED + 16, len(good) - 1]:  # fmt: skip
        path.write_bytes(good[:length])
        with pytest.raises(SealError):
            SpoolReader(path, recipient="worker", private=WORKER.private)


def test_it_refuses_reordered_repeated_dropped_and_appended_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", os.urandom(3 * FRAME_BYTES))
    good = path.read_bytes()
    head, body = good[:HEADER], good[HEADER:]
    one, two, three = (body[number * STORED : (number + 1) * STORED] for number in range(3))
    altered = [
        (two, one, three),
        (one, one, three),
        (one, three),
        (three,),
        (one, two, three, three),
        (one, two, three, two),
        (one, two, three, bytes(16)),
        (one, two, three, b"x"),
    ]
    for frames in altered:
        assert_refused(path, head + b"".join(frames))
    path.write_bytes(head + one + two + three)
    assert len(read(path)) == 3 * FRAME_BYTES


def test_it_refuses_a_second_form_of_the_same_content(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    writer = SpoolWriter(path, RECIPIENTS)
    writer._put(content(FRAME_BYTES), last=False)
    writer.close()
    assert path.stat().st_size == HEADER + STORED + 16
    with pytest.raises(SealError):
        read(path)
    assert read(write(tmp_path / "usual", content(FRAME_BYTES))) == content(FRAME_BYTES)


def test_it_refuses_frames_of_another_file(tmp_path: Path) -> None:
    first = write(tmp_path / "first", b"a" * 100).read_bytes()
    second = write(tmp_path / "second", b"b" * 100).read_bytes()
    assert_refused(tmp_path / "first", first[:HEADER] + second[HEADER:])
    assert_refused(tmp_path / "first", second[:HEADER] + first[HEADER:])


def test_it_refuses_strangers_and_swapped_names(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", b"secret")
    for name, private in [
        ("worker", STRANGER.private),
        ("stranger", STRANGER.private),
        ("firm", WORKER.private),
    ]:
        with pytest.raises(SealError):
            SpoolReader(path, recipient=name, private=private)
    assert read(path) == b"secret"


def test_a_file_is_bound_to_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", b"secret", context=b"firm one")
    with SpoolReader(path, recipient="worker", private=WORKER.private, context=b"firm one") as reader:
        assert reader.read() == b"secret"
    for other in (b"", b"firm two"):
        with pytest.raises(SealError):
            SpoolReader(path, recipient="worker", private=WORKER.private, context=other)


def test_it_tries_every_key_still_held(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", b"secret")
    held = (STRANGER.private, WORKER.private)
    with SpoolReader(path, recipient="worker", private=held) as reader:
        assert reader.read() == b"secret"
    with pytest.raises(SealError):
        SpoolReader(path, recipient="worker", private=())


def test_an_exception_leaves_no_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "upload"

    def upload_that_is_cut() -> None:
        with SpoolWriter(path, RECIPIENTS) as writer:
            writer.write(content(2 * FRAME_BYTES))
            assert path.exists()
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        upload_that_is_cut()
    assert not path.exists()


def test_a_full_disk_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    writer = SpoolWriter(path, RECIPIENTS)
    writer.write(content(100))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            writer.close()
    assert not path.exists()


def test_a_file_never_closed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    writer = SpoolWriter(path, RECIPIENTS)
    writer.write(content(2 * FRAME_BYTES))
    writer._file.flush()
    killed = path.read_bytes()
    assert len(killed) == HEADER + STORED
    assert_refused(tmp_path / "copy", killed)
    writer.close()
    assert read(path) == content(2 * FRAME_BYTES)


def test_it_never_replaces_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", b"first")
    with pytest.raises(FileExistsError):
        SpoolWriter(path, RECIPIENTS)
    assert read(path) == b"first"


def test_closing_twice_is_harmless_and_writing_after_it_is_refused(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "upload", RECIPIENTS)
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"late")
    assert read(tmp_path / "upload") == b""


@pytest.mark.parametrize(
    "recipients",
    [{}, {"": WORKER.public}, {"x" * 65: WORKER.public}, {str(n): WORKER.public for n in range(17)}],
)
def test_it_refuses_impossible_recipients_before_making_a_file(
    tmp_path: Path, recipients: dict[str, bytes]
) -> None:
    with pytest.raises(ValueError, match="recipient"):
        SpoolWriter(tmp_path / "upload", recipients)
    assert not (tmp_path / "upload").exists()


def test_a_missing_file_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SpoolReader(tmp_path / "none", recipient="worker", private=WORKER.private)


def test_reading_holds_one_frame_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", content(3 * FRAME_BYTES))
    with SpoolReader(path, recipient="worker", private=WORKER.private) as reader:
        assert len(reader.read(10**9)) == FRAME_BYTES
        assert len(reader._frame) <= spool.FRAME_BYTES
