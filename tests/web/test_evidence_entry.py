"""One entry and its proof: proven only when that was checked just now, and loud when it fails."""

import base64
import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from tenants.ledger.merkle import verify_inclusion
from tests.web.api_client import Program, make_token
from tests.web.browser import Browser, words
from tests.web.evidence import make_call
from tests.web.signing import Signing, Watcher, rows_of
from tests.world import World


@pytest.fixture
def signing(world: World, tmp_path: Path, surface: Callable[[str], None], spool: Path) -> Signing:
    return Signing(world, tmp_path / "ledger", surface)


@pytest.fixture
def auditor(world: World, signing: Signing) -> Browser:
    return Browser().become(world.alder.people["auditor"])


def entry_at(world: World, position: int) -> UUID:
    ((entry_id,),) = rows_of(
        world,
        "select entry_id from tenants_position where firm_id = %s and position = %s",
        world.alder.id,
        position,
    )
    return UUID(str(entry_id))


def states(response: object) -> list[str]:
    """The four steps as the page draws them."""
    return re.findall(r'<li class="is-(\w+)">', response.content.decode())  # type: ignore[attr-defined]


def incidents(world: World) -> list[str]:
    return [
        cause
        for (cause,) in rows_of(
            world, "select cause from tenants_incident where firm_id = %s", world.alder.id
        )
    ]


def test_an_entry_waits_until_it_is_signed_and_is_then_proven(
    auditor: Browser, world: World, signing: Signing
) -> None:
    signing.sign(more=2)
    auditor.get("contacts")
    ((latest,),) = rows_of(
        world,
        "select id from tenants_entry where firm_id = %s order by at desc, id desc limit 1",
        world.alder.id,
    )
    page = auditor.get("entry", latest)
    assert states(page) == ["waiting"] * 4
    assert "Recorded" in words(page)
    assert "Proven" not in words(page)
    signing.sign()
    page = auditor.get("entry", latest)
    assert states(page) == ["done", "done", "done", "waiting"]
    ((position,),) = rows_of(world, "select position from tenants_position where entry_id = %s", latest)
    assert f"Entry {position}" in words(page)
    assert "Proven" in words(page)
    assert "No witness" in words(page)
    assert incidents(world) == []


@pytest.mark.parametrize(("count", "position"), [(300, 7), (300, 290)])
def test_a_changed_entry_is_said_aloud_and_opens_one_incident(
    auditor: Browser, world: World, signing: Signing, count: int, position: int
) -> None:
    signing.sign(more=count)
    struck, other = entry_at(world, position), entry_at(world, 20)
    assert "Proven" in words(auditor.get("entry", struck))
    signing.spoil("update tenants_entry set reason = 'other' where id = %s", struck)
    for _ in range(2):
        page = auditor.get("entry", struck)
        assert states(page)[:3] == ["failed", "failed", "done"]
        assert "Proven" not in words(page)
        assert "Call your data officer" in words(page)
        assert "an incident was opened" in words(page)
    if position < 256:
        assert f"Entry {position} does not match its hash." in words(page)
        assert "Proven" in words(auditor.get("entry", other))
    else:
        assert "The entries 256 to" in words(page)
    assert incidents(world) == ["entry_changed"]


@pytest.mark.parametrize(
    "strike",
    [
        "update tenants_tile set hashes = set_byte(hashes, 5 * 32, (get_byte(hashes, 5 * 32) + 1) %% 256) where level = 0",
        "update tenants_checkpoint set note = replace(note, E'\\n\\n', E'0\\n\\n')",
        "update tenants_position set position = position + 1000000 where position = 5",
        "update tenants_checkpoint set root = sha256('other')",
    ],
)
def test_what_is_stored_of_the_tree_is_not_believed(
    auditor: Browser, world: World, signing: Signing, strike: str
) -> None:
    signing.sign(more=300)
    entry = entry_at(world, 5)
    assert "Proven" in words(auditor.get("entry", entry))
    signing.spoil(strike)
    assert "Proven" not in words(auditor.get("entry", entry))


def test_an_entry_that_lost_its_place_is_told_of(auditor: Browser, world: World, signing: Signing) -> None:
    signing.sign(more=3)
    entry = entry_at(world, 2)
    signing.spoil("update tenants_entry set at = at - interval '2 hours' where id = %s", entry)
    signing.spoil("delete from tenants_position where entry_id = %s", entry)
    page = auditor.get("entry", entry)
    assert "has no place in the signed tree" in words(page)
    assert incidents(world) == ["entry_changed"]


def test_the_proof_is_a_file_that_anybody_can_check(auditor: Browser, world: World, signing: Signing) -> None:
    signing.sign(more=300)
    entry = entry_at(world, 260)
    answer = auditor.get("entry-proof", entry)
    assert 'filename="entry-260.json"' in answer["Content-Disposition"]
    proof = json.loads(answer.content)
    leaf = sha256(b"\x00" + proof["entry"].encode()).digest()
    assert base64.b64decode(proof["leaf"]) == leaf
    assert json.loads(proof["entry"])["id"] == str(entry)
    _origin, size, root, *_rest = proof["checkpoint"].split("\n")
    assert int(size) == proof["size"]
    steps = [base64.b64decode(step) for step in proof["proof"]]
    verify_inclusion(proof["position"], proof["size"], leaf, steps, base64.b64decode(root))
    assert proof["holds"]


def test_rows_tell_which_entries_are_in_the_tree(
    world: World, signing: Signing, auditor: Browser, surface: Callable[[str], None]
) -> None:
    call = make_call(world)
    surface("firm")
    assert words(auditor.get("contact", call.contact)).count(" waiting") == 7
    signing.sign()
    page = words(auditor.get("contact", call.contact))
    assert page.count("in the tree") == 7
    assert " waiting" not in page


def test_it_tells_who_has_seen_this_person(
    world: World, signing: Signing, auditor: Browser, surface: Callable[[str], None]
) -> None:
    call = make_call(world)
    surface("firm")
    page = auditor.get("contact", call.contact).content.decode()
    table = re.search(r'id="seers-title".*?</section>', page, re.S)
    assert table
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table[0]))
    assert "Agent Tern Tern Contact" in text
    assert re.search(r"\b1 after answer", text)
    ((other,),) = rows_of(
        world,
        "select id from campaigns_contact where firm_id = %s and id <> %s limit 1",
        world.alder.id,
        call.contact,
    ) or [(world.contacts(call.campaign, 1)[0],)]
    assert "Nobody. The record of this person was never handed out." in words(auditor.get("contact", other))


def test_a_campaign_has_a_timeline_of_its_own(
    world: World, signing: Signing, auditor: Browser, surface: Callable[[str], None]
) -> None:
    call = make_call(world)
    surface("firm")
    page = auditor.get("contacts-campaign", call.campaign)
    assert page.content.count(b'<a class="act"') == 7
    assert "Looked at who contacted whom" not in words(page)
    looks = auditor.client.get(f"/contacts/campaigns/{call.campaign}?looks=1")
    assert "Looked at who contacted whom" in words(looks)


def test_a_witness_counts_until_it_is_retired(auditor: Browser, world: World, signing: Signing) -> None:
    watcher = Watcher()
    assert watcher.register(auditor).status_code == 302
    signing.sign(more=3)
    entry = entry_at(world, 1)
    assert states(auditor.get("entry", entry)) == ["done", "done", "done", "waiting"]
    program = Program(make_token(world, world.alder, "evidence:witness"))
    note = program.get("api-checkpoint").content.decode()
    sent = {"checkpoint": note, "cosignature": watcher.sign(note)}
    assert program.post("api-cosignatures", data=sent).json()["kept"]
    page = auditor.get("entry", entry)
    assert states(page) == ["done"] * 4
    assert "Witness: Our desk" in words(page)
    signing.spoil("update tenants_cosignature set line = replace(line, 'witness/test ', 'witness/test A')")
    assert states(auditor.get("entry", entry))[3] == "failed"
    ((witness,),) = rows_of(world, "select id from tenants_witness where firm_id = %s", world.alder.id)
    auditor.post("witness-retire", witness)
    assert states(auditor.get("entry", entry))[3] == "waiting"


def test_the_api_gives_the_same_proof_and_says_when_there_is_none_yet(world: World, signing: Signing) -> None:
    program = Program(make_token(world, world.alder, "contacts:read"))
    signing.sign(more=2)
    answer = program.get("api-entry-proof", entry_at(world, 0))
    assert answer.status_code == 200
    assert answer.json()["position"] == 0
    assert answer.json()["holds"]
    ((latest,),) = rows_of(
        world,
        "select id from tenants_entry where firm_id = %s order by at desc, id desc limit 1",
        world.alder.id,
    )
    waiting = program.get("api-entry-proof", latest)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "evidence:not_placed")
    watcher = Program(make_token(world, world.alder, "evidence:witness"))
    assert watcher.get("api-entry-proof", entry_at(world, 0)).status_code == 403
