"""keyhole_open.py, run alone as a firm runs it: gives the rows back exactly, and refuses whatever was cut or changed."""

import tracemalloc
from itertools import repeat
from pathlib import Path

import pytest

from campaigns.exporting.keyhole_open import neutralise
from campaigns.exporting.keytext import fingerprint, read_public_key
from campaigns.exporting.package import write_package
from tenants.vault.hpke import generate_key_pair
from tests.unit.exporting.packages import Sample, make_key, open_with_script, read_csv

ROWS = [
    (["+12025550101"], ["Ana", "New Orleans"]),
    (["+442079460000"], ["Łukasz", ""]),
    ([""], ["=1+1", "-12.50"]),
]


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str, str]:
    return make_key(tmp_path)


def write(sample: Sample, folder: Path, public: bytes) -> Path:
    path = folder / "list.khx"
    rows = [sample.row(at, phones, cells) for at, (phones, cells) in enumerate(ROWS, start=2)]
    assert sample.write(path, public, rows).rows == len(ROWS)
    return path


def opened(folder: Path, path: Path, key: Path, *more: str, bare: bool = False) -> tuple[int, str]:
    arguments = ("open", path, "--key", key, "--out", folder / "list.csv", *more)
    said = open_with_script(*arguments, cwd=folder, bare=bare)
    return said.returncode, said.stdout + said.stderr


@pytest.mark.parametrize("bare", [False, True])
def test_it_gives_every_row_back_with_nothing_a_sheet_would_run(
    tmp_path: Path, key: tuple[Path, str, str], bare: bool
) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    code, said = opened(tmp_path, path, key[0], bare=bare)
    assert code == 0, said
    assert "3 rows of the list autumn" in said
    rows = read_csv(tmp_path / "list.csv")
    assert rows[0] == ["line", "contact", "phone1", "first_name", "town"]
    assert [row[0] for row in rows[1:]] == ["2", "3", "4"]
    assert [row[2:] for row in rows[1:]] == [
        ["'+12025550101", "Ana", "New Orleans"],
        ["'+442079460000", "Łukasz", ""],
        ["", "'=1+1", "-12.50"],
    ]
    assert (tmp_path / "list.csv").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "list.csv.part").exists()


def test_plain_cells_are_as_they_were_imported(tmp_path: Path, key: tuple[Path, str, str]) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    assert opened(tmp_path, path, key[0], "--plain")[0] == 0
    assert [row[2:] for row in read_csv(tmp_path / "list.csv")[1:]] == [
        [*phones, *cells] for phones, cells in ROWS
    ]


def test_the_key_it_makes_is_read_and_known_by_the_same_fingerprint(
    tmp_path: Path, key: tuple[Path, str, str]
) -> None:
    path, public, shown = key
    assert fingerprint(read_public_key(public)) == shown
    assert path.stat().st_mode & 0o077 == 0
    again = open_with_script("public", "--key", path, cwd=tmp_path)
    assert public in again.stdout
    assert shown in again.stdout
    assert open_with_script("keygen", "--out", path.name, cwd=tmp_path).returncode == 1
    assert path.read_text().startswith("khx1-private_")


def test_another_key_opens_nothing(tmp_path: Path, key: tuple[Path, str, str]) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    other, _, _ = make_key(tmp_path, "other.txt")
    code, said = opened(tmp_path, path, other)
    assert code == 1
    assert "another key" in said
    assert not (tmp_path / "list.csv").exists()
    # The control: the right one does.
    assert opened(tmp_path, path, key[0])[0] == 0


@pytest.mark.parametrize("bare", [False, True])
def test_a_file_that_was_cut_or_changed_anywhere_is_refused_whole(
    tmp_path: Path, key: tuple[Path, str, str], bare: bool
) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    whole = path.read_bytes()
    broken = [whole[:-1], whole[: len(whole) // 2], whole + b"x", b"", b"line,phone\n1,2\n"]
    for at in (20, 60, len(whole) // 2, len(whole) - 3):
        broken.append(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    for octets in broken:
        path.write_bytes(octets)
        code, said = opened(tmp_path, path, key[0], bare=bare)
        assert code == 1, said
        assert "Traceback" not in said
        assert not (tmp_path / "list.csv").exists()
        assert not (tmp_path / "list.csv.part").exists()
    path.write_bytes(whole)
    assert opened(tmp_path, path, key[0])[0] == 0


def test_a_row_moved_from_another_list_or_contact_does_not_open(
    tmp_path: Path, key: tuple[Path, str, str]
) -> None:
    public = read_public_key(key[1])
    sample = Sample()
    one, two = (sample.row(at, ["+12025550101"], ["Ana", "Town"]) for at in (2, 3))
    moved = type(one)(two.contact_id, 3, one.numbers, one.fields)
    for row in (moved, Sample().row(3, ["+12025550101"], ["Ana", "Town"])):
        path = tmp_path / "list.khx"
        path.unlink(missing_ok=True)
        sample.write(path, public, [one, row])
        assert opened(tmp_path, path, key[0])[0] == 1
    path.unlink()
    sample.write(path, public, [one, two])
    assert opened(tmp_path, path, key[0])[0] == 0


def test_it_never_writes_over_a_file(tmp_path: Path, key: tuple[Path, str, str]) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    (tmp_path / "list.csv").write_text("mine")
    code, said = opened(tmp_path, path, key[0])
    assert code == 1
    assert "left as it is" in said or "left as it was" in said
    assert (tmp_path / "list.csv").read_text() == "mine"


def test_a_damaged_private_key_is_refused_and_not_shown(tmp_path: Path, key: tuple[Path, str, str]) -> None:
    path = write(Sample(), tmp_path, read_public_key(key[1]))
    text = key[0].read_text()
    spoilt = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    key[0].write_text(spoilt)
    code, said = opened(tmp_path, path, key[0])
    assert code == 1
    assert "damaged" in said
    assert spoilt[13:30] not in said


def test_a_file_of_many_frames_without_its_end_or_with_too_much_is_refused(
    tmp_path: Path, key: tuple[Path, str, str]
) -> None:
    sample, path = Sample(), tmp_path / "list.khx"
    row = sample.row(2, ["+12025550101"], ["x" * 120_000, "Town"])
    sample.write(path, read_public_key(key[1]), [row] * 8)
    whole = path.read_bytes()
    frame = 256 * 1024 + 16
    first = len(whole) % frame
    for cut in (whole[:-frame], whole[: -(len(whole) // 2)], whole[: first + frame], whole + whole[-frame:]):
        path.write_bytes(cut)
        assert opened(tmp_path, path, key[0])[0] == 1
    path.write_bytes(whole)
    code, said = opened(tmp_path, path, key[0])
    assert code == 0, said
    assert len(read_csv(tmp_path / "list.csv")) == 9


@pytest.mark.parametrize("cell", ["=1", "+1 555", "-x", "@a", "\t1", "\r1", "\n1", "＝1", "＋1", "-1+2", "+"])
def test_whatever_a_sheet_would_run_is_text(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-12.50", "+5", "-1,000.25", "a=1", "", " =1", "Ana", "0"])
def test_a_signed_number_and_plain_text_stay(cell: str) -> None:
    assert neutralise(cell) == cell


def test_writing_takes_no_more_memory_for_four_times_the_rows(tmp_path: Path) -> None:
    sample = Sample()
    row, public = sample.row(2, ["+12025550101"], ["Ana", "Town"]), generate_key_pair().public
    peaks = []
    for count in (10_000, 40_000):
        tracemalloc.start()
        written = write_package(tmp_path / f"{count}.khx", public, sample.header(public), repeat(row, count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert written.rows == count
    assert peaks[1] < peaks[0] + 200_000
