"""Witnesses: registered by the firm, believed only as far as their signatures hold, and missed when they are silent."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse

from tenants.ledger.checkpoint import Checkpoint, SigningKey, open_note, sign_checkpoint
from tenants.ledger.keyhole_witness import State, Unreachable, attempt, make_key
from tenants.ledger.origin import origin_of
from tenants.vault.keyring import load_keyring
from tenants.vault.sealed import SealedBytes
from tests.web.api_client import Program, make_token
from tests.web.browser import Browser, target, words
from tests.web.evidence import entries_of
from tests.web.signing import Signing, Watcher, rows_of
from tests.world import World, call_as


@pytest.fixture
def signing(world: World, tmp_path: Path, surface: Callable[[str], None], spool: Path) -> Signing:
    made = Signing(world, tmp_path / "ledger", surface)
    made.sign(more=3)
    return made


@pytest.fixture
def auditor(world: World, signing: Signing) -> Browser:
    return Browser().become(world.alder.people["auditor"])


@pytest.fixture
def program(world: World, signing: Signing) -> Program:
    return Program(make_token(world, world.alder, "evidence:witness"))


def note_of(program: Program) -> str:
    return str(program.get("api-checkpoint").content.decode())


def log_key(world: World) -> SigningKey:
    """The key of the firm's log: what the operator has."""
    seeds = load_keyring(world.database.keys, "ledger").signing_seeds()
    return SigningKey(origin_of(world.alder.id), seeds.keys[1])


def forge(world: World, size: int, root: bytes) -> str:
    """A checkpoint that the operator signs behind everybody's back."""
    return sign_checkpoint(Checkpoint(origin_of(world.alder.id), size, root), [log_key(world)]).decode()


def causes(world: World) -> list[str]:
    return [
        cause
        for (cause,) in rows_of(
            world, "select cause from tenants_incident where firm_id = %s", world.alder.id
        )
    ]


def check_witnesses(world: World) -> None:
    with world.database.connect("worker") as worker:
        assert call_as(worker, "tenants_check_witnesses_v1") == {}


def test_a_witness_is_registered_and_shown(auditor: Browser, world: World) -> None:
    assert "None yet. A witness is" in words(auditor.get("evidence"))
    assert target(Watcher().register(auditor)) == reverse("evidence")
    page = words(auditor.get("evidence"))
    assert "Our desk" in page
    assert "Waiting" in page
    (told,) = entries_of(world, world.alder, "ledger:witness:added")
    assert told["details"] == {"key": Watcher().vkey, "due_h": 24}
    assert told["actor_id"] == world.alder.people["auditor"].id
    other = Browser().become(world.birch.people["auditor"])
    assert "Our desk" not in words(other.get("evidence"))


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"vkey": "no key"}, {"vkey": ""}, {"due_h": 0}, {"due_h": "x"}, {"due_h": 9999}]
)
def test_what_is_no_witness_is_not_registered(
    auditor: Browser, world: World, wrong: dict[str, object]
) -> None:
    form = {"name": "Our desk", "vkey": Watcher().vkey, "due_h": 24, **wrong}
    answer = auditor.post("witness-new", **form)
    assert answer.status_code == 422
    assert "There is a problem" in words(answer)
    assert rows_of(world, "select 1 from tenants_witness") == []


def test_the_logs_own_key_is_no_witness_and_a_key_is_registered_once(auditor: Browser, world: World) -> None:
    own = auditor.post("witness-new", name="Our desk", vkey=log_key(world).vkey, due_h=24)
    assert "not the public key of a witness" in words(own)
    Watcher().register(auditor)
    again = Watcher().register(auditor)
    assert again.status_code == 422
    assert "has this key already" in words(again)
    assert len(rows_of(world, "select 1 from tenants_witness")) == 1


def test_registering_and_retiring_ask_for_a_fresh_code(auditor: Browser, world: World) -> None:
    Watcher().register(auditor)
    ((witness,),) = rows_of(world, "select id from tenants_witness")
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(Watcher("witness/two").register(auditor)).startswith(reverse("confirm"))
    assert target(auditor.post("witness-retire", witness)).startswith(reverse("confirm"))
    assert rows_of(world, "select count(*), count(retired_at) from tenants_witness") == [(1, 0)]


def test_a_retired_witness_is_believed_no_more(auditor: Browser, world: World, program: Program) -> None:
    watcher = Watcher()
    watcher.register(auditor)
    ((witness,),) = rows_of(world, "select id from tenants_witness")
    note = note_of(program)
    assert program.post(
        "api-cosignatures", data={"checkpoint": note, "cosignature": watcher.sign(note)}
    ).json()["kept"]
    assert "witness/test" in note_of(program)
    other = Browser().become(world.birch.people["manager"])
    assert other.post("witness-retire", witness).status_code == 404
    assert target(auditor.post("witness-retire", witness)) == reverse("evidence")
    assert auditor.post("witness-retire", witness).status_code == 404
    assert "witness/test" not in note_of(program)
    late = {"checkpoint": note, "cosignature": watcher.sign(note, at_s=int(time.time()) + 5)}
    assert program.post("api-cosignatures", data=late).status_code == 409
    assert len(entries_of(world, world.alder, "ledger:witness:retired")) == 1


def test_a_countersignature_comes_back_in_the_note_and_still_verifies(
    auditor: Browser, world: World, program: Program
) -> None:
    watcher = Watcher()
    watcher.register(auditor)
    note = note_of(program)
    line = watcher.sign(note)
    said = program.post("api-cosignatures", data={"checkpoint": note, "cosignature": line}).json()
    assert said == {"witness": "Our desk", "size": int(note.split("\n")[1]), "kept": True}
    signed = note_of(program)
    assert signed == note + line
    assert open_note(signed.encode(), [log_key(world).verifying()])
    assert "Agrees" in words(auditor.get("evidence"))


def test_an_old_countersignature_sent_again_is_not_news(
    auditor: Browser, world: World, program: Program
) -> None:
    watcher = Watcher()
    watcher.register(auditor)
    note = note_of(program)
    now = int(time.time())
    sent = {"checkpoint": note, "cosignature": watcher.sign(note, at_s=now)}
    assert program.post("api-cosignatures", data=sent).json()["kept"]
    assert not program.post("api-cosignatures", data=sent).json()["kept"]
    newer = {"checkpoint": note, "cosignature": watcher.sign(note, at_s=now + 1)}
    assert program.post("api-cosignatures", data=newer).json()["kept"]


def test_what_does_not_hold_is_not_kept(auditor: Browser, world: World, program: Program) -> None:
    watcher, stranger = Watcher(), Watcher("witness/stranger", b"s" * 32)
    watcher.register(auditor)
    note = note_of(program)
    size = int(note.split("\n")[1])
    impostor = Watcher("witness/test", b"i" * 32)
    another_tree = forge(world, size, b"x" * 32)
    unsigned = sign_checkpoint(
        Checkpoint(origin_of(world.alder.id), size, b"x" * 32),
        [SigningKey(origin_of(world.alder.id), SealedBytes(b"o" * 32))],
    ).decode()
    for checkpoint, line in (
        (note, stranger.sign(note)),
        (note, impostor.sign(note)),
        (note, watcher.sign(another_tree)),
        (another_tree, watcher.sign(another_tree)),
        (unsigned, watcher.sign(unsigned)),
        (note, watcher.sign(note, at_s=int(time.time()) + 3600)),
        ("nothing", "nothing"),
    ):
        answer = program.post("api-cosignatures", data={"checkpoint": checkpoint, "cosignature": line})
        assert (answer.status_code, answer.json()["code"]) == (409, "witness:not_countersigned")
    assert rows_of(world, "select 1 from tenants_cosignature") == []
    good = {"checkpoint": note, "cosignature": watcher.sign(note)}
    assert program.post("api-cosignatures", data=good).status_code == 200


def test_only_a_token_for_witnesses_may_speak(world: World, signing: Signing) -> None:
    reader = Program(make_token(world, world.alder, "evidence:read"))
    assert reader.get("api-checkpoint").status_code == 200
    assert reader.post("api-cosignatures", data={"checkpoint": "x", "cosignature": "x"}).status_code == 403
    assert reader.post("api-refusals", data={"kept": "", "offered": "x"}).status_code == 403
    assert Program(make_token(world, world.alder, "contacts:read")).get("api-checkpoint").status_code == 403
    assert Program(make_token(world, world.birch, "evidence:read")).get("api-checkpoint").status_code == 200
    assert str(world.birch.id) in note_of(Program(make_token(world, world.birch, "evidence:read")))


@pytest.mark.parametrize(
    ("kind", "verdict"), [("fork", "forked"), ("longer", "cut"), ("ours", "unproven"), ("junk", "unproven")]
)
def test_a_refusal_is_judged_by_what_the_log_signed_and_always_alarms(
    world: World, program: Program, kind: str, verdict: str
) -> None:
    note = note_of(program)
    size = int(note.split("\n")[1])
    kept = {
        "fork": forge(world, size - 1, b"f" * 32),
        "longer": forge(world, size + 1000, b"f" * 32),
        "ours": note,
        "junk": "junk",
    }[kind]
    answer = program.post("api-refusals", data={"kept": kept, "offered": note})
    assert answer.json() == {"verdict": verdict}
    program.post("api-refusals", data={"kept": kept, "offered": note})
    told = entries_of(world, world.alder, "ledger:witness:refused")
    assert [entry["reason"] for entry in told] == [verdict] * 2
    assert causes(world) == ["witness_refused"]


def test_a_silent_witness_is_told_of_once_until_it_is_heard_of_again(
    auditor: Browser, world: World, program: Program, signing: Signing
) -> None:
    watcher = Watcher()
    watcher.register(auditor, due_h=2)
    check_witnesses(world)
    assert entries_of(world, world.alder, "ledger:witness:missed") == []
    signing.spoil("update tenants_witness set added_at = added_at - interval '3 hours'")
    check_witnesses(world)
    check_witnesses(world)
    assert len(entries_of(world, world.alder, "ledger:witness:missed")) == 1
    assert causes(world) == ["witness_missed"]
    assert "Silent" in words(auditor.get("evidence"))
    note = note_of(program)
    program.post("api-cosignatures", data={"checkpoint": note, "cosignature": watcher.sign(note)})
    check_witnesses(world)
    assert "Silent" not in words(auditor.get("evidence"))
    signing.spoil("update tenants_witness set heard_at = heard_at - interval '3 hours'")
    check_witnesses(world)
    assert len(entries_of(world, world.alder, "ledger:witness:missed")) == 2


def test_the_tool_that_is_handed_out_speaks_with_this_server(
    auditor: Browser, world: World, program: Program, signing: Signing, tmp_path: Path
) -> None:
    state = State(tmp_path / "witness")
    lines: list[str] = []
    make_key(state, "audit.example", lines.append)
    vkey = lines[0].split("\n")[1]
    assert auditor.post("witness-new", name="Tool", vkey=vkey, due_h=24).status_code == 302
    server = Wire(program)
    assert attempt(state, server, log_key(world).vkey, lines.append) == 0, lines
    assert "audit.example" in note_of(program)
    signing.sign(more=5)
    assert attempt(state, server, None, lines.append) == 0, lines
    assert "countersigned" in lines[-1]
    # The operator shows a second history to this witness alone: it refuses, and tells.
    size = int(note_of(program).split("\n")[1])
    server.instead = forge(world, size - 1, b"f" * 32).encode()
    assert attempt(state, server, None, lines.append) == 1
    assert "REFUSED" in lines[-1]
    (told,) = entries_of(world, world.alder, "ledger:witness:refused")
    assert told["reason"] == "forked"
    assert causes(world) == ["witness_refused"]


class Wire:
    """The tool's line to the server, as a test client; `instead` is served in place of the checkpoint."""

    def __init__(self, program: Program) -> None:
        self.program, self.instead = program, b""

    def ask(self, path: str, body: dict[str, str] | None = None) -> bytes:
        """GET, or POST a JSON body."""
        if path == "checkpoint" and self.instead:
            return self.instead
        address = f"/api/v1/ledger/{path}"
        answer = (
            self.program.client.post(
                address, body, content_type="application/json", headers=self.program.headers
            )
            if body
            else self.program.client.get(address, headers=self.program.headers)
        )
        if answer.status_code >= 300:
            raise Unreachable(f"{answer.status_code} {answer.content.decode()}")
        return bytes(answer.content)

    def ask_json(self, path: str) -> object:
        """GET a JSON object."""
        return json.loads(self.ask(path))
