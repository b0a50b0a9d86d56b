"""The witness against a small server of the firm: an honest log is kept and cosigned, a forked one refused and told of."""

import base64
import json
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tenants.ledger import keyhole_verify, keyhole_witness
from tenants.ledger.checkpoint import COSIGNATURE, VerifyingKey, add_signature
from tenants.ledger.cosignature import verify_cosignature
from tenants.ledger.proof import consistency_proof, inclusion_proof
from tests.unit.ledger.logbook import Logbook, entry, signing_key

TOKEN = "kt_0123456789abcdefghijklmnopqrstuv"
POOL = [entry(number) for number in range(600)]


class Firm:
    """The firm's server over one log, which a test may replace by another."""

    def __init__(self) -> None:
        self.log = Logbook(POOL[:300])
        self.rotations: list[dict[str, object]] = []
        self.cosignatures: list[dict[str, str]] = []
        self.refusals: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.answer: tuple[int, bytes] | None = None
        self.failing: set[str] = set()
        self.keys: list[str] | None = None

    def get(self, path: str, query: dict[str, list[str]]) -> bytes:
        if path == "checkpoint":
            return self.log.checkpoint()
        if path == "keys":
            keys = [self.log.key.vkey] if self.keys is None else self.keys
            return json.dumps({"keys": keys, "rotations": self.rotations}).encode()
        old, new = int(query["old"][0]), int(query["new"][0])
        proof = consistency_proof(old, new, self.log)
        return json.dumps({"proof": [base64.b64encode(step).decode() for step in proof]}).encode()

    def post(self, path: str, body: dict[str, str]) -> None:
        {"cosignatures": self.cosignatures, "refusals": self.refusals}[path].append(body)


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the firm; knows one token."""

    firm: Firm

    def answer(self, body: bytes | None) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/api/v1/ledger/")
        self.firm.asked.append(name)
        status, octets = 200, b"{}"
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status = 401
        elif name in self.firm.failing:
            status = 503
        elif self.firm.answer:
            status, octets = self.firm.answer
        elif body is None:
            octets = self.firm.get(name, parse_qs(parts.query))
        else:
            self.firm.post(name, json.loads(body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def do_GET(self) -> None:
        self.answer(None)

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Place:
    """A witness with its folder, and the firm it watches."""

    def __init__(self, firm: Firm, url: str, folder: Path) -> None:
        self.firm, self.url, self.folder = firm, url, folder
        self.said: list[str] = []
        (folder / "token").write_text(TOKEN + "\n", encoding="utf-8")
        assert self.run("keygen", "--name", "audit.firm.example") == 0
        self.key = VerifyingKey.parse(self.said[-1].split("\n")[1], kind=COSIGNATURE)

    def run(self, *arguments: str) -> int:
        return keyhole_witness.main(["--state", str(self.folder / "state"), *arguments], self.said.append)

    def look(self, *arguments: str) -> int:
        given = ["watch", "--url", self.url, "--token-file", str(self.folder / "token"), "--once"]
        return self.run(*given, *arguments)

    def kept(self) -> list[int]:
        names = (path.name for path in (self.folder / "state" / "checkpoints").iterdir())
        return sorted(int(name.partition("-")[0]) for name in names)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A witness that has its key, and a server that runs."""
    firm = Firm()
    handler = type("FirmHandler", (Handler,), {"firm": firm})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Place(firm, f"http://127.0.0.1:{server.server_address[1]}", tmp_path)
    server.shutdown()
    server.server_close()
    thread.join()


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
    args = (
        place.folder / "bundle.zip",
        [place.folder / "state" / "checkpoints"],
        [forged.key.vkey],
        [],
        lines.append,
    )
    assert keyhole_verify.check(*args).code == 1


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


def rotate(firm: Firm, position: int, *, approve: bool = True) -> None:
    """Let the log's key change at a position; without approval the old key never signed for it."""
    old, new = signing_key("first"), signing_key("second")
    told = entry(position, "ledger:key:rotated", details={"old_key": old.vkey, "new_key": new.vkey})
    firm.log = Logbook([*POOL[:position], told, *POOL[position + 1 : 500]], key=new)
    size = position + 1
    note = firm.log.checkpoint(size, [old, new] if approve else [new])
    proof = inclusion_proof(position, size, firm.log)
    firm.rotations = [
        {
            "position": position,
            "entry": base64.b64encode(told).decode(),
            "note": note.decode(),
            "proof": [base64.b64encode(step).decode() for step in proof],
        }
    ]


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
