"""The witness against a small server of the firm: an honest log is kept and cosigned, a forked one refused and told of."""

import base64
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenants.ledger import keyhole_verify, keyhole_witness
from tenants.ledger.checkpoint import add_signature
from tenants.ledger.cosignature import verify_cosignature
from tests.unit.ledger.logbook import Logbook, entry, signing_key
from tests.unit.ledger.witnessing import POOL, TOKEN, Place, rotate, watched


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A witness that has its key, and a server that runs."""
    with watched(tmp_path) as found:
        yield found


def test_it_keeps_and_cosigns_a_log_that_grows(place: Place) -> None:
    assert place.look() == 0
    place.firm.log = Logbook(POOL[:450])
    assert place.look() == 0
    place.firm.log = Logbook(POOL[:600])
    assert place.look() == 0
    assert place.kept() == [300, 450, 600]
    assert len(place.firm.cosignatures) == 3
    for said in place.firm.cosignatures:
        assert verify_cosignature(said["checkpoint"].encode(), said["cosignature"], place.key) > 1_600_000_000
    assert place.firm.refusals == []


def test_what_it_keeps_is_what_the_verifier_compares_with(place: Place) -> None:
    assert place.look() == 0
    said = place.firm.cosignatures[0]
    note = add_signature(said["checkpoint"].encode(), said["cosignature"])
    (place.folder / "bundle.zip").write_bytes(place.firm.log.bundle(note=note))
    lines: list[str] = []
    report = keyhole_verify.check(
        place.folder / "bundle.zip",
        [place.folder / "state" / "checkpoints"],
        [place.firm.log.key.vkey],
        [place.key.vkey],
        lines.append,
    )
    assert report.code == 0
    assert any("audit.firm.example has cosigned the first 300 entries" in line for line in lines)
    forged = Logbook([*POOL[:10], entry(900), *POOL[11:300]])
    (place.folder / "bundle.zip").write_bytes(forged.bundle())
    kept = [place.folder / "state" / "checkpoints"]
    report = keyhole_verify.check(place.folder / "bundle.zip", kept, [forged.key.vkey], [], lines.append)
    assert report.code == 1


def test_the_first_key_is_told_and_later_another_is_refused(place: Place) -> None:
    assert place.look() == 0
    assert any("First start" in line and place.firm.log.key.vkey in line for line in place.said)
    place.firm.log = Logbook(POOL[:400], key=signing_key("stranger"))
    assert place.look() == 1
    assert place.kept() == [300]
    assert len(place.firm.cosignatures) == 1


def test_a_key_that_was_given_is_held_to(place: Place) -> None:
    assert place.look("--key", signing_key("other").vkey) == 1
    assert place.firm.cosignatures == []


def test_a_given_key_needs_no_first_start(place: Place) -> None:
    assert place.look("--key", place.firm.log.key.vkey) == 0
    assert not any("First start" in line for line in place.said)
    assert "keys" not in place.firm.asked


@pytest.mark.parametrize(
    ("forked", "why"),
    [
        (Logbook([*POOL[:100], entry(900), *POOL[101:450]]), "do not begin with the 300"),
        (Logbook([*POOL[:100], entry(900), *POOL[101:300]]), "do not begin with the 300"),
        (Logbook(POOL[:299]), "it was cut or set back"),
        (Logbook(), "it was cut or set back"),
    ],
    ids=["grown elsewhere", "same size", "cut", "empty"],
)
def test_a_log_that_does_not_continue_is_refused(place: Place, forked: Logbook, why: str) -> None:
    assert place.look() == 0
    honest, place.firm.log = place.firm.log, forked
    assert place.look() == 1
    assert any(line.startswith("REFUSED") and why in line for line in place.said)
    assert place.kept() == [300]
    assert len(place.firm.cosignatures) == 1
    assert [refusal["kept"].encode() for refusal in place.firm.refusals] == [honest.checkpoint()]
    assert [refusal["offered"].encode() for refusal in place.firm.refusals] == [forked.checkpoint()]
    names = {path.name.rpartition("-")[2] for path in (place.folder / "state" / "refused").iterdir()}
    assert names == {"kept", "offered"}
    # It goes on from what it kept: the honest log is still welcome.
    place.firm.log = Logbook(POOL[:500])
    assert place.look() == 0


def test_it_says_so_even_when_the_server_will_not_hear_it(place: Place) -> None:
    assert place.look() == 0
    place.firm.log = Logbook(POOL[:299])
    place.firm.failing = {"refusals"}
    assert place.look() == 1
    assert "Tell your firm's auditor yourself" in place.said[-1]


def test_a_change_of_key_is_followed_when_the_old_key_signed_for_it(place: Place) -> None:
    assert place.look() == 0
    rotate(place.firm, 400)
    assert place.look() == 0
    assert any("was changed at entry 400" in line for line in place.said)
    place.firm.log = Logbook(place.firm.log.entries, key=signing_key("first"))
    assert place.look() == 1


def test_a_change_of_key_without_the_old_one_is_refused(place: Place) -> None:
    assert place.look() == 0
    rotate(place.firm, 400, approve=False)
    assert place.look() == 1


def test_a_change_of_key_with_a_forged_entry_is_refused(place: Place) -> None:
    assert place.look() == 0
    rotate(place.firm, 400)
    octets = base64.b64decode(str(place.firm.rotations[0]["entry"]))
    place.firm.rotations[0]["entry"] = base64.b64encode(octets.replace(b"192.0.2.7", b"192.0.2.8")).decode()
    assert place.look() == 1


@pytest.mark.parametrize(
    "answer",
    [(302, b""), (500, b"{}"), (200, b""), (200, b"x" * 2_000_000), (200, b"[" * 60_000), (200, b"\xff")],
    ids=["redirect", "failure", "nothing", "too long", "nested", "no text"],
)
def test_an_answer_that_is_no_answer_is_nothing_held_against_the_log(
    place: Place, answer: tuple[int, bytes]
) -> None:
    place.firm.answer = answer
    assert place.look() == 2
    assert place.kept() == []
    place.firm.answer = None
    assert place.look() == 0


def test_a_proof_that_is_no_proof_is_not_signed_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.look() == 0
    place.firm.log = Logbook(POOL[:450])
    good = place.firm.get
    for bad in (b"{}", b'{"proof":[1]}', b'{"proof":"x"}', b'{"proof":["??"]}', b"[]"):
        monkeypatch.setattr(
            place.firm,
            "get",
            lambda path, query, bad=bad: bad if path == "consistency" else good(path, query),
        )
        assert place.look() == 2
        assert len(place.firm.cosignatures) == 1
    monkeypatch.undo()
    assert place.look() == 0


def test_a_cosignature_that_did_not_arrive_is_sent_again(place: Place) -> None:
    place.firm.failing = {"cosignatures"}
    assert place.look() == 2
    assert place.kept() == [300]
    place.firm.failing = set()
    assert place.look() == 0
    assert len(place.firm.cosignatures) == 1
    assert place.look() == 0
    assert len(place.firm.cosignatures) == 1
    assert place.said[-1] == "300 entries, as before."


def test_an_unchanged_log_is_cosigned_anew_after_an_hour(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.look() == 0
    monkeypatch.setattr(keyhole_witness, "AGAIN_S", 0)
    assert place.look() == 0
    assert len(place.firm.cosignatures) == 2


def test_its_key_is_its_own_and_made_once(place: Place) -> None:
    path = place.folder / "state" / "witness.key"
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert place.run("keygen") == 2
    assert path.read_bytes() == before
    secret = before.split()[1].decode()
    assert place.look() == 0
    assert secret not in "\n".join(place.said)


def test_without_a_key_of_its_own_it_does_not_start(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    given = [
        "--state",
        str(tmp_path / "s"),
        "--url",
        "http://127.0.0.1:9",
        "--token-file",
        str(tmp_path / "token"),
    ]
    assert keyhole_witness.main(given, said.append) == 2
    assert "keygen" in said[-1]


def test_the_token_is_never_shown_or_kept(place: Place) -> None:
    assert place.look() == 0
    (place.folder / "token").write_text("kt_wrong_token_wrong_token_wrong", encoding="utf-8")
    assert place.look() == 2
    assert "401" in place.said[-1]
    everything = "\n".join(place.said) + "".join(
        path.read_bytes().decode(errors="replace")
        for path in (place.folder / "state").rglob("*")
        if path.is_file()
    )
    assert TOKEN not in everything
    assert "kt_wrong" not in everything


@pytest.mark.parametrize(
    "url",
    ["http://firm.example", "ftp://firm.example", "firm.example", "https://", "https://me:word@firm.example"],
)
def test_an_address_without_its_lock_is_refused(place: Place, url: str) -> None:
    place.url = url
    assert place.look() == 2
    assert place.firm.asked == []


def test_it_runs_alone_beside_the_verifier(place: Place) -> None:
    for module in (keyhole_witness, keyhole_verify):
        shutil.copy(str(module.__file__), place.folder)
    command = [
        sys.executable,
        "keyhole_witness.py",
        "--url",
        place.url,
        "--token-file",
        "token",
        "--state",
        "state",
    ]
    done = subprocess.run(command, cwd=place.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search("300 entries: they continue what was kept", done.stdout)
