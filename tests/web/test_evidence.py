"""The firm's proof: checkpoints and evidence taken home, checked there with the auditors' own tool."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

import tenants.ledger
from tenants.db.firm import firm_transaction
from tenants.evidence.errors import EvidenceBroken
from tenants.evidence.export import runs_of
from tenants.evidence.growing import GrowingFile
from tenants.ledger.keyhole_verify import check
from tenants.ledger.queries import find_span, load_seal
from tests.database.ledger import append_many
from tests.web.browser import Browser, target, words
from tests.web.evidence import entries_of
from tests.web.signing import Signing, rows_of
from tests.world import World


@pytest.fixture
def signing(world: World, tmp_path: Path, surface: Callable[[str], None], spool: Path) -> Signing:
    return Signing(world, tmp_path / "ledger", surface)


@pytest.fixture
def auditor(world: World, signing: Signing) -> Browser:
    return Browser().become(world.alder.people["auditor"])


def body_of(response: Any) -> bytes:
    return b"".join(response) if response.streaming else bytes(response.content)


def take(browser: Browser, folder: Path, **asked: str) -> Path:
    """Download evidence into a file."""
    response = browser.post("evidence-download", **{"reason": "review", **asked})
    assert response.status_code == 200, words(response)
    path = folder / "evidence.zip"
    path.write_bytes(body_of(response))
    assert int(response["Content-Length"]) == path.stat().st_size
    return path


def verdict(bundle: Path, *kept: tuple[str, bytes], key: str) -> tuple[int, str]:
    said: list[str] = []
    report = check(bundle, list(kept), [key], out=lambda text: said.append(str(text)))
    return report.code, "\n".join(said)


def key_of(world: World) -> str:
    return str(rows_of(world, "select vkey from tenants_logkey where firm_id = %s", world.alder.id)[-1][0])


def test_before_the_first_checkpoint_it_says_so_and_hands_out_nothing(auditor: Browser, world: World) -> None:
    text = words(auditor.get("evidence"))
    assert "Nothing is signed yet" in text
    assert "Checked now" not in text
    assert target(auditor.get("evidence-checkpoint")) == reverse("evidence")
    answer = auditor.post("evidence-download", reason="audit")
    assert answer.status_code == 422
    assert "Nothing is signed yet" in words(answer)
    assert entries_of(world, world.alder, "ledger:evidence:exported") == []
    assert entries_of(world, world.alder, "ledger:checkpoint:downloaded") == []


def test_the_page_tells_of_the_newest_checkpoint_and_the_look_is_an_entry(
    auditor: Browser, world: World, signing: Signing
) -> None:
    signing.sign(more=300)
    text = words(auditor.get("evidence"))
    ((size,),) = rows_of(world, "select max(size) from tenants_checkpoint where firm_id = %s", world.alder.id)
    assert "Checked now" in text
    assert f"Entries {size}" in text
    assert key_of(world) in auditor.get("evidence").content.decode().replace("&quot;", '"')
    assert len(entries_of(world, world.alder, "oversight:evidence:viewed")) == 2


def test_a_checkpoint_that_does_not_fit_the_entries_is_said_aloud(auditor: Browser, signing: Signing) -> None:
    signing.sign(more=20)
    assert "Does not fit" not in words(auditor.get("evidence"))
    signing.spoil("update tenants_entry set device = 'x' where event = 'oversight:contacts:viewed'")
    text = words(auditor.get("evidence"))
    assert "Does not fit" in text
    assert "Checked now" not in text
    assert "Call your data officer" in text


def test_a_checkpoint_is_taken_home_and_that_is_an_entry(
    auditor: Browser, world: World, signing: Signing
) -> None:
    signing.sign(more=5)
    answer = auditor.get("evidence-checkpoint")
    assert answer["Content-Type"].startswith("text/plain")
    size = int(answer.content.decode().split("\n")[1])
    assert f'filename="checkpoint-{size}.txt"' in answer["Content-Disposition"]
    (told,) = entries_of(world, world.alder, "ledger:checkpoint:downloaded")
    assert told["details"]["size"] == size
    assert told["actor_id"] == world.alder.people["auditor"].id
    assert "Auditor Alder Checkpoint" in words(auditor.get("evidence"))


def test_evidence_is_verified_by_the_auditors_tool_against_what_was_kept(
    auditor: Browser, world: World, signing: Signing, tmp_path: Path
) -> None:
    signing.sign(more=280)
    kept = auditor.get("evidence-checkpoint").content
    signing.sign(more=300)
    bundle = take(auditor, tmp_path, reason="audit")
    code, said = verdict(bundle, ("kept", kept), key=key_of(world))
    assert code == 0, said
    (told,) = entries_of(world, world.alder, "ledger:evidence:exported")
    assert told["reason"] == "audit"
    assert told["details"]["from"] == 0
    assert told["details"]["until"] == told["details"]["size"] > 580
    # A control: the same bundle with one byte of one entry changed.
    spoilt = tmp_path / "spoilt.zip"
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            octets = old.read(name)
            if name == "tile/entries/001":
                octets = octets.replace(b"oversight:contacts:viewed", b"oversight:contacts:vieved", 1)
            new.writestr(name, octets)
    assert verdict(spoilt, ("kept", kept), key=key_of(world))[0] == 1


def test_evidence_of_a_period_holds_its_entries_and_the_logs_own_alone(
    auditor: Browser, world: World, signing: Signing, tmp_path: Path
) -> None:
    signing.sign(more=700)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    bundle = take(auditor, tmp_path, since=tomorrow)
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        about = json.loads(archive.read("about.json"))
    assert about["from"] == about["until"] == about["size"]
    # Where the log's own key is told of; the blocks of other entries are absent.
    own = {name for name in names if name.startswith("tile/entries/")}
    assert len(own) == 1
    assert {"tile/0/000", "tile/0/001"} <= set(names)
    assert verdict(bundle, key=key_of(world))[0] == 0
    everything = take(auditor, tmp_path)
    with zipfile.ZipFile(everything) as archive:
        assert len([name for name in archive.namelist() if name.startswith("tile/entries/")]) > 2


def test_a_period_leaves_out_no_entry_of_its_time(world: World, signing: Signing) -> None:
    signing.sign(more=10)
    ((first, at),) = rows_of(
        world,
        "select size, at from tenants_checkpoint where firm_id = %s order by size desc limit 1",
        world.alder.id,
    )
    signing.sign(more=10)
    ((last,),) = rows_of(world, "select max(size) from tenants_checkpoint where firm_id = %s", world.alder.id)
    with firm_transaction(world.token(world.alder.people["auditor"])):

        def span(since: datetime | None, until: datetime | None) -> tuple[int, int]:
            return find_span(firm_id=world.alder.id, since=since, until=until, size=last)

        assert span(None, None) == (0, last)
        assert span(at, None) == (first, last)
        assert span(at - timedelta(days=9), at - timedelta(days=8))[0] == 0
        assert span(None, at - timedelta(hours=1, seconds=1))[1] <= first
        # An act of before may have its place after: an hour is added.
        assert span(None, at - timedelta(minutes=59))[1] == last


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "x"}, {"since": "2026-02-30"}])
def test_evidence_needs_a_reason_and_a_period_that_can_be(
    auditor: Browser, world: World, signing: Signing, wrong: dict[str, str]
) -> None:
    signing.sign(more=1)
    answer = auditor.post("evidence-download", **{"reason": "audit", **wrong})
    assert answer.status_code == 422
    assert "There is a problem" in words(answer)
    assert entries_of(world, world.alder, "ledger:evidence:exported") == []


def test_evidence_asks_for_a_fresh_code(auditor: Browser, world: World, signing: Signing) -> None:
    signing.sign(more=1)
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(auditor.get("evidence-download")).startswith(reverse("confirm"))
    assert target(auditor.post("evidence-download", reason="audit")).startswith(reverse("confirm"))
    assert entries_of(world, world.alder, "ledger:evidence:exported") == []


def test_a_log_with_a_missing_entry_is_not_handed_out_as_if_whole(
    auditor: Browser, world: World, signing: Signing
) -> None:
    signing.sign(more=20)
    signing.spoil(
        "delete from tenants_entry where id = (select entry_id from tenants_position where firm_id = %s and position = 9)",
        world.alder.id,
    )
    answer = auditor.post("evidence-download", reason="audit")
    assert answer.status_code == 422
    assert "does not hold what was signed" in words(answer)
    assert entries_of(world, world.alder, "ledger:evidence:exported") == []


def test_a_long_download_begins_before_it_is_written_and_is_the_same_evidence(
    auditor: Browser, world: World, signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.sign(more=600)
    monkeypatch.setattr(GrowingFile, "wait", lambda _file, _seconds: None)
    response = auditor.post("evidence-download", reason="review")
    assert "Content-Length" not in response
    # The entry is there before the first byte is.
    assert len(entries_of(world, world.alder, "ledger:evidence:exported")) == 1
    path = tmp_path / "evidence.zip"
    path.write_bytes(body_of(response))
    assert verdict(path, key=key_of(world))[0] == 0


def test_a_long_download_of_a_broken_log_breaks_off(
    auditor: Browser, world: World, signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.sign(more=600)
    signing.spoil(
        "delete from tenants_entry where id = (select entry_id from tenants_position where firm_id = %s and position = 590)",
        world.alder.id,
    )
    monkeypatch.setattr(GrowingFile, "wait", lambda _file, _seconds: None)
    response = auditor.post("evidence-download", reason="review")
    assert response.status_code == 200
    with pytest.raises(EvidenceBroken):
        body_of(response)


def test_the_tools_are_handed_out_as_they_are(auditor: Browser) -> None:
    page = words(auditor.get("evidence"))
    for name, address in (("keyhole_verify.py", "evidence-verify"), ("keyhole_witness.py", "evidence-watch")):
        octets = (Path(tenants.ledger.__file__).parent / name).read_bytes()
        answer = auditor.get(address)
        assert answer.content == octets
        assert name in answer["Content-Disposition"]
        assert sha256(octets).hexdigest() in page
    compile(octets, "keyhole_witness.py", "exec")


def test_the_record_tells_how_far_it_is_signed(auditor: Browser, world: World, signing: Signing) -> None:
    assert "Nothing signed yet" in words(auditor.get("contacts"))
    signing.sign(more=3)
    assert "Signed to" in words(auditor.get("contacts"))
    signing.spoil("update tenants_checkpoint set note = replace(note, 'keyhole/', 'keyhole/x')")
    assert "The newest checkpoint does not hold" in words(auditor.get("contacts"))


def test_a_signer_that_stands_still_shows(world: World, signing: Signing) -> None:
    # Signing in is an entry, too.
    token = world.token(world.alder.people["auditor"])
    signing.sign(more=3)
    now = datetime.now(UTC)
    with firm_transaction(token):
        # Nothing new: nothing waits, however old the checkpoint is.
        calm = load_seal(firm_id=world.alder.id, now=now + timedelta(days=1))
    append_many(world, 1)
    with firm_transaction(token):
        soon = load_seal(firm_id=world.alder.id, now=now)
        late = load_seal(firm_id=world.alder.id, now=now + timedelta(minutes=3))
    assert calm is not None
    assert soon is not None
    assert late is not None
    assert (calm.is_late, soon.is_late, late.is_late) == (False, False, True)


def test_blocks_are_read_in_runs() -> None:
    assert list(runs_of([])) == []
    assert list(runs_of([0, 1, 2, 5, 7, 8])) == [(0, 3), (5, 6), (7, 9)]
