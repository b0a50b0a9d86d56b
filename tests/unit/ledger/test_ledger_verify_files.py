"""The standalone verifier on files, folders and a database: it runs alone, and a hostile file gets one sentence."""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tenants.ledger import keyhole_verify
from tenants.ledger.checkpoint import Checkpoint, sign_checkpoint
from tenants.ledger.keyhole_verify import Report, check, check_log, main
from tests.unit.ledger.asking import KEPT, KEY, LOG, ZIP, ask, kinds
from tests.unit.ledger.logbook import Files, Logbook, entry


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a bundle, its unpacked copy, and a folder of what was kept."""
    (tmp_path / "bundle.zip").write_bytes(ZIP)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path / "folder")
    (tmp_path / "kept").mkdir()
    for name, note in KEPT:
        (tmp_path / "kept" / name).write_bytes(note)
    return tmp_path


def test_a_zip_and_a_folder_are_read_alike(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bundle.zip", "folder"):
        assert main([str(place / name), "--kept", str(place / "kept"), "--key", KEY]) == 0
        assert "700 of 700" in capsys.readouterr().out


def test_it_runs_alone_wherever_it_is_copied(place: Path) -> None:
    shutil.copy(keyhole_verify.__file__, place / "keyhole_verify.py")
    command = [sys.executable, "-I", "keyhole_verify.py", "bundle.zip", "--kept", "kept", "--key", KEY]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing wrong was found" in done.stdout
    (place / "kept" / "november").write_bytes(Logbook(LOG.entries[::-1]).checkpoint(512))
    done = subprocess.run([*command, "--entry", "7"], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert LOG.entries[7].decode() in done.stdout


def test_keys_and_older_bundles_may_be_kept_in_one_folder(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "kept" / "key.txt").write_text(KEY + "\n", encoding="utf-8")
    (place / "kept" / "old.zip").write_bytes(Logbook(LOG.entries[:400]).bundle())
    (place / "kept" / "letter.txt").write_text("Dear auditor", encoding="utf-8")
    assert main([str(place / "bundle.zip"), "--kept", str(place / "kept")]) == 0
    said = capsys.readouterr().out
    assert (
        "The first 512 entries are those of the checkpoint you kept (november). 2 older ones agree too."
        in said
    )
    assert "letter.txt is neither a checkpoint nor a key" in said


def test_nothing_usable_kept_is_no_success(place: Path) -> None:
    (place / "empty").mkdir()
    assert main([str(place / "bundle.zip"), "--kept", str(place / "empty"), "--key", KEY]) == 2


def test_an_entry_is_shown_by_id_and_by_number(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in ("417", json.loads(LOG.entries[417])["id"]):
        assert main([str(place / "bundle.zip"), "--key", KEY, "--entry", wanted]) == 0
        assert LOG.entries[417].decode() in capsys.readouterr().out
    assert main([str(place / "bundle.zip"), "--key", KEY, "--entry", "900"]) == 2


def test_every_entry_is_read_when_asked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = Logbook([entry(0), entry(1).replace(b'":', b'" :', 1)])
    (place / "odd.zip").write_bytes(odd.bundle())
    assert main([str(place / "odd.zip"), "--key", KEY]) == 0
    assert main([str(place / "odd.zip"), "--key", KEY, "--read"]) == 1
    assert "Entry 1 is not in the ledger's form." in capsys.readouterr().out


def test_wrong_usage_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


def test_an_about_file_that_tells_of_something_else_is_found() -> None:
    for old, new in (
        (b'"until": 700', b'"until": 701'),
        (b'"size": 700', b'"size": 701'),
        (b"keyhole/", b"keyhole:"),
    ):
        files = Files.unpack(ZIP)
        assert old in files.files["about.json"]
        files.files["about.json"] = files.files["about.json"].replace(old, new)
        assert kinds(ask(files)[0]) == {"about-differs"}


def test_a_block_whose_last_length_lies_is_found() -> None:
    files = Files.unpack(ZIP)
    name = "tile/entries/002.p/188"
    last = LOG.entries[-1]
    block = files.files[name]
    files.files[name] = block[: -len(last) - 2] + (len(last) + 9).to_bytes(2, "big") + last
    report, _ = ask(files)
    assert (report.code, report.first) == (1, 699)
    files.files[name] = block + b"\x00"
    assert kinds(ask(files)[0]) == {"entry-added"}


def packed(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        change(archive)
    return out.getvalue()


def bomb(archive: zipfile.ZipFile) -> None:
    for name, octets in Files.unpack(ZIP).files.items():
        archive.writestr(name, bytes(300_000_000) if name == "tile/entries/000" else octets)


def twins(archive: zipfile.ZipFile) -> None:
    for name, octets in Files.unpack(ZIP).files.items():
        archive.writestr(name, octets)
    with pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("checkpoint", KEPT[0][1])


def lzma(archive: zipfile.ZipFile) -> None:
    for name, octets in Files.unpack(ZIP).files.items():
        archive.writestr(name, octets, zipfile.ZIP_LZMA)


def with_files(**files: bytes) -> bytes:
    names = {"checkpoint": "checkpoint", "about": "about.json"}

    def change(archive: zipfile.ZipFile) -> None:
        given = {names[name]: octets for name, octets in files.items()}
        for name, octets in {**Files.unpack(ZIP).files, **given}.items():
            archive.writestr(name, octets)

    return packed(change)


HOSTILE = {
    "nothing": b"",
    "no zip": b"PK\x03\x04 and then some",
    "a zip cut in half": ZIP[: len(ZIP) // 2],
    "a zip without its end": ZIP[:-1],
    "an empty zip": packed(lambda archive: None),
    "no checkpoint": packed(lambda archive: archive.writestr("about.json", "{}")),
    "a bomb": packed(bomb),
    "two files of one name": packed(twins),
    "another packing": packed(lzma),
    "a checkpoint of zeros": with_files(checkpoint=bytes(1_000_000)),
    "deep nesting in about.json": with_files(about=b"[" * 60_000),
    "texts for numbers in about.json": with_files(about=b'{"from":"0","until":"9","pruned_until":"0"}'),
    "about.json too long": with_files(about=b" " * 70_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(HOSTILE[name])
    assert main([str(path), "--key", KEY]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "could not be checked" in said.out


def test_a_zip_with_a_byte_changed_is_right_only_if_its_files_are(tmp_path: Path) -> None:
    rng, path, small = random.Random(1), tmp_path / "bundle.zip", Logbook(LOG.entries[:3])
    octets, whole, codes = small.bundle(), Files.unpack(small.bundle()).files, set()
    evidence = {name: whole[name] for name in whole if name.startswith(("tile/", "checkpoint"))}
    for _ in range(1_500):
        changed = bytearray(octets)
        for _ in range(rng.choice((1, 1, 3))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path.write_bytes(changed)
        report = check(path, [("kept", small.checkpoint())], [KEY], out=lambda line: None, whole=True)
        codes.add(report.code)
        if report.code == 0:
            source = keyhole_verify.Bundle(path)
            assert {name: source.read(name, 99_999) for name in evidence if name in source.infos} == evidence
    assert codes == {0, 1, 2}


def test_a_log_that_claims_to_be_endless_ends_at_once() -> None:
    files = Files.unpack(ZIP)
    note = sign_checkpoint(Checkpoint(LOG.key.name, 2**62, bytes(32)), [LOG.key])
    files.files["checkpoint"] = note
    del files.files["about.json"]
    assert ask(files, kept=[])[0].code == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_folder_with_pipes_and_links_is_not_followed(place: Path) -> None:
    for make in (os.mkfifo, lambda path: path.symlink_to(place / "bundle.zip")):
        path = place / "folder" / "about.json"
        path.unlink()
        make(path)
        assert main([str(place / "folder"), "--key", KEY]) == 2


def test_words_from_the_bundle_cannot_steer_a_terminal() -> None:
    event = "x\u009b31m\u202e"
    files = Files.unpack(Logbook([entry(0, event)]).bundle())
    files.files["tile/0/000.p/1"] = bytes(32)
    report, said = ask(files, kept=[])
    assert report.code == 1
    assert not any(char in said for char in "\u009b\u202e")


# ---- The same check straight on a database ---------------------------------------------------------------------


def from_rows(rows: list[tuple[int, bytes]], **more: object) -> Report:
    def tiles(level: int, index: int, width: int) -> bytes | None:
        return LOG.full.get((level, index)) if width == 256 else None

    given = {"checkpoint": LOG.checkpoint(), "keys": [KEY], "kept": KEPT, "tiles": tiles, **more}
    return check_log(rows, **given)  # type: ignore[arg-type]


ROWS = list(enumerate(LOG.entries))


def test_a_database_is_checked_as_it_stands() -> None:
    report = from_rows(ROWS)
    assert (report.code, report.entries) == (0, 700)
    report = from_rows([*ROWS, (700, entry(700))])
    assert report.code == 0
    assert "1 entries follow that no checkpoint covers yet." in report.remarks


def test_what_a_database_administrator_does_is_found() -> None:
    deleted = from_rows(ROWS[:77] + ROWS[78:])
    assert (deleted.code, deleted.first) == (1, 77)
    cut = from_rows(ROWS[:650])
    assert (cut.code, cut.first) == (1, 650)
    swapped = [*ROWS[:10], (10, ROWS[11][1]), (11, ROWS[10][1]), *ROWS[12:]]
    assert (from_rows(swapped).code, from_rows(swapped).first) == (1, 10)
    doubled = from_rows([*ROWS[:11], ROWS[10], *ROWS[11:]])
    assert (doubled.code, doubled.first) == (1, 10)
    edited = from_rows([*ROWS[:690], (690, entry(690, reason="x")), *ROWS[691:]])
    assert edited.code == 1
    assert from_rows([]).code == 1
    assert from_rows(ROWS, checkpoint=LOG.checkpoint(300)).code == 1
