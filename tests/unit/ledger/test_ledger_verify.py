"""The standalone verifier on whole bundles: what it says, how it exits, and that a hostile file gets one sentence."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tenants.ledger import keyhole_verify
from tenants.ledger.checkpoint import COSIGNATURE, Checkpoint, SigningKey, add_signature, sign_checkpoint
from tenants.ledger.cosignature import cosign
from tenants.ledger.keyhole_verify import Report, check, check_log, main
from tenants.vault.sealed import SealedBytes
from tests.unit.ledger.logbook import DAY, Files, Logbook, entry, signing_key

KEY = signing_key("first").vkey
LOG = Logbook(entry(number) for number in range(700))
KEPT = [("october", LOG.checkpoint(300)), ("november", LOG.checkpoint(512))]
ZIP = LOG.bundle()


def ask(bundle: Files | bytes | Path, **more: object) -> tuple[Report, str]:
    """Check a bundle with the key and the kept checkpoints; gives the report and all that was said."""
    said: list[str] = []
    source = Files.unpack(bundle) if isinstance(bundle, bytes) else bundle
    report = check(source, **{"kept": KEPT, "keys": [KEY], "out": said.append, **more})  # type: ignore[arg-type]
    return report, "\n".join(said)


def kinds(report: Report) -> set[str]:
    return {fault.kind for fault in report.faults}


def test_an_untouched_bundle_is_found_right() -> None:
    report, said = ask(ZIP)
    assert (report.code, report.count, report.entries, report.first) == (0, 0, 700, None)
    assert "nothing wrong was found" in said
    assert "700 of 700 entries were hashed again" in said
    assert "The first 512 entries are those of the checkpoint you kept (november)." in said
    assert "never written down" in said


def test_a_changed_entry_is_named() -> None:
    files = Files.unpack(ZIP)
    block = files.files["tile/entries/001"]
    changed = LOG.entries[400].replace(b'"allowed":true', b'"allowed":null')
    files.files["tile/entries/001"] = block.replace(LOG.entries[400], changed)
    report, said = ask(files)
    assert (report.code, report.first) == (1, 400)
    assert {"entry-differs", "root-differs", "kept-differs"} <= kinds(report)
    assert "The first difference is at entry 400." in said
    assert ", dialer:contact:revealed, id " in said
    assert json.loads(LOG.entries[400])["at"] in said
    assert "The first 300 entries are those of the checkpoint you kept (october)." in said


def test_a_deleted_entry_is_named() -> None:
    files = Files.unpack(ZIP)
    gone = LOG.entries[100]
    block = files.files["tile/entries/000"]
    files.files["tile/entries/000"] = block.replace(len(gone).to_bytes(2, "big") + gone, b"")
    report, _ = ask(files)
    assert (report.code, report.first) == (1, 100)


def test_a_log_that_was_cut_is_found_by_what_was_kept() -> None:
    report, said = ask(Logbook(LOG.entries[:400]).bundle())
    assert kinds(report) == {"log-cut"}
    assert "over 512 entries (november); this log ends at 400. It was cut or set back," in said


def test_a_log_written_anew_with_the_right_key_is_found_by_what_was_kept() -> None:
    forged = Logbook([*LOG.entries[:350], entry(350, allowed=False), *LOG.entries[351:]])
    report, said = ask(forged.bundle())
    assert kinds(report) == {"kept-differs"}
    assert "The first difference is among entries 300 to 511." in said
    assert ask(forged.bundle(), kept=[])[0].code == 0


def test_two_checkpoints_of_one_size_are_a_split_view() -> None:
    forged = Logbook([*LOG.entries[:350], entry(350, allowed=False), *LOG.entries[351:512]])
    report, said = ask(ZIP, kept=[*KEPT, ("other", forged.checkpoint())])
    assert "split-view" in kinds(report)
    assert "Not everybody was shown the same log." in said


def test_without_a_key_nothing_is_checked() -> None:
    report, said = ask(ZIP, keys=[])
    assert report.code == 2
    assert "no key to trust was given" in said


def test_a_checkpoint_by_another_key_is_refused() -> None:
    stranger = Logbook(LOG.entries, key=signing_key("stranger"))
    report, said = ask(stranger.bundle())
    assert kinds(report) == {"checkpoint-forged"}
    assert "not signed by a key that you trust" in said


def test_a_bundle_of_another_firm_is_refused() -> None:
    firm = UUID(int=9)
    other = Logbook([entry(1, firm_id=firm)], key=signing_key("first", firm))
    report, _ = ask(other.bundle(), kept=[])
    assert kinds(report) == {"checkpoint-forged"}


def test_an_entry_of_another_firm_is_found() -> None:
    strange = Logbook([entry(0), entry(1, firm_id=UUID(int=9)), entry(2)])
    report, _ = ask(strange.bundle(), kept=[])
    assert (kinds(report), report.first) == ({"entry-foreign"}, 1)


def test_one_id_twice_is_found_however_far_apart() -> None:
    twice = Logbook([*LOG.entries, entry(700, id=json.loads(LOG.entries[3])["id"])])
    report, said = ask(twice.bundle())
    assert (kinds(report), report.first) == ({"entry-duplicate"}, 700)
    assert "Entries 3 and 700 have the same id." in said


def test_ids_are_compared_through_the_temporary_file_too() -> None:
    ids = keyhole_verify.Ids()
    for number in range(140_000):
        ids.add(b"%036d" % number, number)
    ids.add(b"%036d" % 5, 140_000)
    assert ids.file is not None
    assert list(ids.twice()) == [(5, 140_000)]


def test_an_entry_that_is_not_in_the_form_is_found() -> None:
    odd = Logbook([entry(0), entry(1).replace(b'":', b'" :', 1)])
    report, _ = ask(odd.bundle(), kept=[])
    assert (kinds(report), report.first) == ({"entry-form"}, 1)


def test_a_clock_set_back_is_a_remark_and_no_fault() -> None:
    back = Logbook([entry(0), entry(1, at=DAY + timedelta(hours=3)), entry(2, at=DAY + timedelta(hours=1))])
    report, said = ask(back.bundle(), kept=[])
    assert (report.code, report.count) == (0, 0)
    assert "clock set back?): entries 2" in said
    near = Logbook(
        [entry(0), entry(1, at=DAY + timedelta(minutes=90)), entry(2, at=DAY + timedelta(minutes=40))]
    )
    assert "clock" not in ask(near.bundle(), kept=[])[1]


def test_a_period_is_checked_and_says_what_it_left_out() -> None:
    report, said = ask(LOG.bundle([1], period=(256, 512)))
    assert (report.code, report.entries) == (0, 256)
    assert "444 entries outside this bundle" in said
    report, said = ask(LOG.bundle([1], period=(256, 512)), whole=True)
    assert kinds(report) == {"entry-missing"}
    assert "Entries 0 to 255 are missing" in said


def test_a_block_missing_from_its_period_is_found() -> None:
    files = Files.unpack(ZIP)
    del files.files["tile/entries/001"]
    report, said = ask(files)
    assert (kinds(report), report.first) == ({"entry-missing"}, 256)
    assert "Entries 256 to 511 are missing, and nothing in the log explains it." in said


def pruned_log(until: int = 256) -> Logbook:
    told = entry(600, "ledger:entries:pruned", actor_kind="system", details={"from": 0, "until": until})
    return Logbook([*LOG.entries[:600], told, *LOG.entries[601:]])


def test_entries_let_go_by_rule_are_no_fault() -> None:
    report, said = ask(pruned_log().bundle([1, 2], period=(256, 700), pruned_until=256))
    assert (report.code, report.count) == (0, 0)
    assert "Entries 0 to 255 were let go after their time (entry 600," in said
    assert ask(pruned_log().bundle([1, 2]), whole=True)[0].code == 0


def test_entries_let_go_without_a_word_are_a_fault() -> None:
    report, _ = ask(LOG.bundle([1, 2], pruned_until=256))
    assert (kinds(report), report.first) == ({"entry-missing"}, 0)
    report, _ = ask(pruned_log(100).bundle([1, 2], pruned_until=256))
    assert (kinds(report), report.first) == ({"entry-missing"}, 100)
    later = entry(2, "ledger:entries:pruned", details={"from": 0, "until": 256})
    report, _ = ask(Logbook([entry(0), entry(1), later, *LOG.entries[3:]]).bundle([1, 2]), kept=[])
    assert kinds(report) == {"entry-missing"}


def test_what_explains_a_gap_may_be_outside_the_bundle() -> None:
    report, said = ask(LOG.bundle([1], period=(0, 512), pruned_until=256))
    assert (report.code, report.count) == (0, 0)
    assert "entries 0 to 255 were let go after their time: what says so is not here" in said


def rotated_log() -> tuple[Logbook, SigningKey]:
    """A log whose key is changed at entry 400; the checkpoint over 401 is signed by both."""
    second = signing_key("second")
    told = entry(400, "ledger:key:rotated", details={"old_key": KEY, "new_key": second.vkey, "version": 2})
    log = Logbook([*LOG.entries[:400], told, *LOG.entries[401:]], key=second)
    log.rotations.append((401, log.checkpoint(401, [signing_key("first"), second])))
    return log, second


def test_a_changed_key_is_followed_from_either_side() -> None:
    log, second = rotated_log()
    kept = [("before", LOG.checkpoint(300)), ("after", log.checkpoint(500))]
    for key in (KEY, second.vkey):
        report, said = ask(log.bundle(), kept=kept, keys=[key])
        assert (report.code, report.count) == (0, 0), said
        assert "The first 500 entries are those of the checkpoint you kept (after)." in said


def test_a_changed_key_that_the_old_one_never_signed_for_is_refused() -> None:
    log, _ = rotated_log()
    log.rotations.clear()
    report, said = ask(log.bundle(), kept=KEPT[:1])
    assert kinds(report) == {"checkpoint-forged"}
    assert "Entry 400 changes the signing key, but no checkpoint signed by both keys is here." in said


def test_an_old_key_signs_nothing_after_it_was_replaced() -> None:
    log, _ = rotated_log()
    note = log.checkpoint(keys=[signing_key("first")])
    report, said = ask(log.bundle(note=note), kept=[])
    assert kinds(report) == {"checkpoint-forged"}
    assert "a key that had been replaced before" in said


def test_a_kept_checkpoint_that_was_touched_is_refused() -> None:
    bad = KEPT[0][1].replace(b"\n300\n", b"\n301\n")
    report, said = ask(ZIP, kept=[("bad", bad)])
    assert "kept-forged" in kinds(report)
    assert "bad is refused: its signature does not hold" in said


def test_a_kept_checkpoint_by_an_unknown_key_cannot_vouch() -> None:
    stranger = Logbook(LOG.entries, key=signing_key("stranger"))
    report, _ = ask(ZIP, kept=[("theirs", stranger.checkpoint(300))])
    assert (report.code, report.count) == (2, 0)


WITNESS = SigningKey("audit.firm.example", SealedBytes(bytes(range(32))))
WITNESS_KEY = WITNESS.verifying(COSIGNATURE).vkey


def test_a_cosignature_is_shown_and_a_forged_one_found() -> None:
    note = add_signature(LOG.checkpoint(), cosign(LOG.checkpoint(), WITNESS, 1_800_000_000))
    report, said = ask(LOG.bundle(note=note), witnesses=[WITNESS_KEY])
    assert report.code == 0
    assert "audit.firm.example has cosigned the first 700 entries." in said
    forged = add_signature(LOG.checkpoint(), cosign(LOG.checkpoint(300), WITNESS, 1_800_000_000))
    report, _ = ask(LOG.bundle(note=forged), witnesses=[WITNESS_KEY])
    assert kinds(report) == {"cosignature-forged"}
    report, said = ask(ZIP, witnesses=[WITNESS_KEY])
    assert report.code == 0
    assert "What audit.firm.example saw: no checkpoint here carries its cosignature." in said


def test_an_empty_log_is_right() -> None:
    report, _ = ask(Logbook().bundle(), kept=[])
    assert (report.code, report.size) == (0, 0)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_a_log_of_any_size_is_right(size: int) -> None:
    log = Logbook(LOG.entries[:size])
    kept = [(str(old), log.checkpoint(old)) for old in range(0, size + 1, max(1, size // 5))]
    assert ask(log.bundle(), kept=kept)[0].code == 0


def test_a_log_of_three_levels_is_right_and_a_change_in_the_top_tile_is_found() -> None:
    log = Logbook(entry(number) for number in range(65_536 + 300))
    files = Files.unpack(log.bundle())
    kept = [(str(size), log.checkpoint(size)) for size in (1, 65_535, 65_536, 65_537, 65_800)]
    assert ask(files, kept=kept)[0].code == 0
    tile = files.files["tile/1/000"]
    files.files["tile/1/000"] = tile[:32] + bytes(32) + tile[64:]
    report, said = ask(files, kept=kept)
    assert (kinds(report), report.first) == ({"tile-differs"}, 256)
    assert "over entries 256 to 511" in said


# ---- Files, folders and the command ----------------------------------------------------------------------------


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
    assert "The first 400 entries are those of the checkpoint you kept (old.zip)." in said
    assert "letter.txt is neither a checkpoint nor a key" in said


def test_nothing_usable_kept_is_no_success(place: Path) -> None:
    (place / "empty").mkdir()
    assert main([str(place / "bundle.zip"), "--kept", str(place / "empty"), "--key", KEY]) == 2


def test_an_entry_is_shown_by_id_and_by_number(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in ("417", json.loads(LOG.entries[417])["id"]):
        assert main([str(place / "bundle.zip"), "--key", KEY, "--entry", wanted]) == 0
        assert LOG.entries[417].decode() in capsys.readouterr().out
    assert main([str(place / "bundle.zip"), "--key", KEY, "--entry", "900"]) == 2


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
