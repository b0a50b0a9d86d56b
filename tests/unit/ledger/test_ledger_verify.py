"""The standalone verifier on whole bundles: what it finds, what it says, and what it leaves unsaid."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from tenants.ledger.checkpoint import COSIGNATURE, SigningKey, add_signature
from tenants.ledger.cosignature import cosign
from tenants.vault.sealed import SealedBytes
from tests.unit.ledger.asking import KEPT, KEY, LOG, ZIP, ask, kinds
from tests.unit.ledger.logbook import DAY, Files, Logbook, entry, signing_key


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
    assert "This log ends at 400, and you kept a checkpoint over 512 entries (november). It was cut" in said


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


def pruned_log(until: int = 256, after: timedelta = timedelta(days=1)) -> Logbook:
    span = {"from": 0, "until": until}
    told = entry(600, "ledger:entries:pruned", at=DAY + after, actor_kind="system", details=span)
    return Logbook([*LOG.entries[:600], told, *LOG.entries[601:]])


def test_entries_let_go_by_rule_are_no_fault() -> None:
    report, said = ask(pruned_log().bundle([1, 2], period=(256, 700), pruned_until=256))
    assert (report.code, report.count) == (0, 0)
    assert "Entries 0 to 255 were let go after their time (entry 600," in said
    assert "less than two years before: ask why" in said
    assert ask(pruned_log().bundle([1, 2]), whole=True)[0].code == 0
    assert "ask why" not in ask(pruned_log(after=timedelta(days=800)).bundle([1, 2]))[1]


def test_entries_let_go_without_a_word_are_a_fault() -> None:
    report, _ = ask(LOG.bundle([1, 2], pruned_until=256))
    assert (kinds(report), report.first) == ({"entry-missing"}, 0)
    report, _ = ask(pruned_log(100).bundle([1, 2], pruned_until=256))
    assert (kinds(report), report.first) == ({"entry-missing"}, 100)
    later = entry(2, "ledger:entries:pruned", details={"from": 0, "until": 256})
    report, _ = ask(Logbook([entry(0), entry(1), later, *LOG.entries[3:]]).bundle([1, 2]), kept=[])
    assert kinds(report) == {"entry-missing"}


def test_what_a_bundle_says_of_itself_explains_no_gap() -> None:
    report, said = ask(LOG.bundle([1], period=(0, 512), pruned_until=256))
    assert (kinds(report), report.first) == ({"entry-missing"}, 0)
    assert "Entries 0 to 255 are missing, and nothing in the log explains it." in said
    report, _ = ask(pruned_log().bundle([1, 2], period=(0, 512), pruned_until=256))
    assert (report.code, report.count) == (0, 0)


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
