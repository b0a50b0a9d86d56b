"""The firm's API: the same rows, services, rights and entries as the pages, and never a number."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.importing.body import SealedBodyHandler, _limit_of
from dialer.templatetags.keyhole import contact_ref
from tenants.db.ids import new_id
from tests.web.api_client import Program, make_token
from tests.web.browser import Browser
from tests.web.evidence import FORMS, NUMBER, entries_of, give_number, make_call, open_record
from tests.world import World


@pytest.fixture(autouse=True)
def counts_from_nothing() -> None:
    cache.clear()


@pytest.fixture
def program(world: World, surface: Callable[[str], None]) -> Program:
    surface("firm")
    return Program(make_token(world, world.alder))


def campaign_state(world: World, campaign: UUID) -> str:
    with world.definer() as conn:
        row = conn.execute("select state from campaigns_campaign where id = %s", [campaign]).fetchone()
    return str(row[0])


def test_no_token_a_wrong_one_and_an_old_one_are_refused_alike(world: World, program: Program) -> None:
    old = make_token(world, world.alder, lasts=timedelta(seconds=-1))
    answers = [Program(token).get("api-campaigns") for token in ("", "kt_unknown", old, "x" * 500)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["WWW-Authenticate"] == "Bearer"
    assert answers[0].json()["code"] == "not_signed_in"
    assert program.get("api-campaigns").status_code == 200


def test_a_revoked_token_and_a_disabled_person_are_out_at_once(world: World, program: Program) -> None:
    with world.definer() as conn:
        conn.execute("update tenants_apitoken set revoked_at = now()")
    assert program.get("api-campaigns").status_code == 401
    other = Program(make_token(world, world.alder, role="auditor"))
    assert other.get("api-campaigns").status_code == 200
    with world.definer() as conn:
        conn.execute(
            "update tenants_person set state = 'disabled' where id = %s", [world.alder.people["auditor"].id]
        )
    assert other.get("api-campaigns").status_code == 401


def test_a_session_cookie_opens_nothing(world: World, program: Program) -> None:
    browser = Browser().become(world.alder.people["manager"])
    assert browser.get("api-campaigns").status_code == 401


def test_no_other_site_may_read_an_answer(program: Program) -> None:
    answer = program.client.get(
        "/api/v1/campaigns", headers={**program.headers, "Origin": "https://elsewhere.example"}
    )
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_campaign_is_read_paused_and_resumed_with_the_pages_entries(world: World, program: Program) -> None:
    campaign = world.campaign()
    world.campaign(world.birch)
    (item,) = program.get("api-campaigns").json()["items"]
    assert item["id"] == str(campaign)
    progress = program.get("api-campaign", campaign).json()["progress"]
    parts = ("to_call", "waiting", "reached", "not_reached", "closed")
    assert progress["total"] == sum(progress[name] for name in parts)
    assert (
        program.post("api-campaign-pause", campaign, data={"reason": "New prices"}).json()["state"]
        == "paused"
    )
    assert campaign_state(world, campaign) == "paused"
    again = program.post("api-campaign-pause", campaign, data={"reason": "New prices"})
    assert (again.status_code, again.json()["code"]) == (409, "campaign_state")
    assert program.post("api-campaign-resume", campaign).json()["state"] == "running"
    (paused,) = entries_of(world, world.alder, "campaigns:campaign:paused")
    assert paused["actor_kind"] == "token"
    assert paused["actor_id"] == world.alder.people["manager"].id
    assert paused["session_ref"] == "api"


def test_an_engagement_is_suspended_and_resumed(world: World, program: Program) -> None:
    (item,) = program.get("api-engagements").json()["items"]
    assert (item["id"], item["outsourcer"]) == (str(world.engagement), "Tern Contact")
    answer = program.post("api-engagement-suspend", world.engagement, data={"reason": "A doubt"})
    assert answer.json()["state"] == "suspended"
    assert program.get("api-engagement", world.engagement).json()["state"] == "suspended"
    assert program.post("api-engagement-resume", world.engagement).json()["state"] == "active"
    assert len(entries_of(world, world.alder, "tenants:engagement:suspended")) == 1


def test_another_firms_things_look_like_nothing(world: World, program: Program) -> None:
    campaign, engagement = world.campaign(world.birch), world.engagement_birch
    world.contacts(campaign, 1, world.birch)
    for name, thing in (("api-campaign", campaign), ("api-engagement", engagement)):
        theirs, nobodys = program.get(name, thing), program.get(name, new_id())
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
    for name, thing in (("api-campaign-pause", campaign), ("api-engagement-suspend", engagement)):
        assert program.post(name, thing, data={"reason": "x"}).status_code == 404
    assert program.get("api-lists").json()["items"] == []
    assert campaign_state(world, campaign) == "running"


def test_who_contacted_whom_is_read_page_by_page_and_each_look_is_an_entry(
    world: World, program: Program
) -> None:
    call = make_call(world)
    world.database.use("firm")
    seen, cursor = [], ""
    while cursor is not None:
        answer = program.get(
            "api-entries", contact=call.contact, contacts_only=True, limit=3, cursor=cursor
        ).json()
        seen += [entry for entry in answer["items"] if entry["event"].startswith("dialer:")]
        cursor = answer["next"]
    assert [entry["event"].split(":", 1)[1] for entry in reversed(seen)] == [
        "contact:reserved",
        "dial:requested",
        "call:dialled",
        "call:answered",
        "contact:revealed",
        "call:ended",
        "outcome:recorded",
    ]
    assert {entry["contact_ref"] for entry in seen} == {contact_ref(call.contact)}
    assert {entry["actor"] for entry in seen} == {"Agent Tern"}
    looks = entries_of(world, world.alder, "oversight:contacts:viewed")
    assert looks[0]["details"]["view"] == "api"
    assert len(looks) >= 3


def test_what_is_open_now_is_told(world: World, program: Program) -> None:
    (contact,) = world.contacts(world.campaign(), 1)
    open_record(world)
    world.database.use("firm")
    (row,) = program.get("api-live").json()["items"]
    assert (row["contact_id"], row["state"], row["seen"]) == (str(contact), "preview", ["first_name"])
    assert len(entries_of(world, world.alder, "oversight:live:viewed")) == 1


def test_no_answer_holds_a_number(world: World, program: Program) -> None:
    call = make_call(world)
    give_number(world, world.alder, call.campaign, call.contact)
    world.database.use("firm")
    answers = [
        program.get(name, *args)
        for name, args in (
            ("api-entries", ()),
            ("api-live", ()),
            ("api-lists", ()),
            ("api-imports", ()),
            ("api-campaign", (call.campaign,)),
        )
    ]
    answers.append(program.get("api-entries", campaign=NUMBER))
    answers.append(program.get("api-entries", cursor=NUMBER))
    assert [answer.status_code for answer in answers] == [200] * 5 + [400] * 2
    text = "".join(answer.content.decode() + str(answer.headers) for answer in answers)
    assert not any(form in text for form in FORMS)


def test_a_list_is_uploaded_sealed_and_its_import_waits_for_the_worker(
    world: World, program: Program, spool: Path
) -> None:
    campaign = world.campaign()
    content = f"Name,Phone,Shoe size\nHelen Archer,{NUMBER},39\n".encode()
    answer = program.upload(
        "api-imports", campaign=str(campaign), region="us", file=SimpleUploadedFile("people.csv", content)
    )
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["state"], made["file"], made["campaign_id"]) == ("queued", "people.csv", str(campaign))
    (sealed,) = [path for path in spool.rglob("*") if path.is_file()]
    assert NUMBER.encode() not in sealed.read_bytes()
    assert program.get("api-import", UUID(made["id"])).json()["list_id"] == made["list_id"]
    assert program.get("api-list", UUID(made["list_id"])).json()["state"] == "importing"
    assert program.get("api-rejects", UUID(made["id"])).json() == {"items": [], "next": None}
    assert len(entries_of(world, world.alder, "campaigns:list:uploaded")) == 1


def test_an_upload_opens_no_column_that_no_manager_opened(
    world: World, program: Program, spool: Path
) -> None:
    campaign = world.campaign()
    content = b"first_name,Phone,E-mail\nHelen,+12015550123,helen@people.example\n"
    file = SimpleUploadedFile("people.csv", content)
    assert program.upload("api-imports", campaign=str(campaign), region="US", file=file).status_code == 201
    with world.definer() as conn:
        visible = dict(
            conn.execute(
                "select name, visible from campaigns_column where campaign_id = %s", [campaign]
            ).fetchall()
        )
    assert visible["first_name"] == 0
    assert visible["secret"] == 9
    new = set(visible) - {"first_name", "town", "postcode", "secret"}
    assert new
    assert {visible[name] for name in new} == {9}


@pytest.mark.parametrize(
    "refused",
    [
        (b"", {}, 400),
        (b"PK\x03\x04 not a workbook", {}, 422),
        (b"Name,Town\nHelen,York\n", {}, 409),
        (b"Name,Phone\nHelen,+12015550123\n", {"map": "phone=Nothing"}, 422),
        (b"Name,Phone\nHelen,+12015550123\n", {"campaign": str(new_id())}, 404),
        (b"Name,Phone\nHelen,+12015550123\n", {"region": "XXX"}, 400),
    ],
)
def test_a_refused_upload_leaves_nothing_behind(
    world: World, program: Program, spool: Path, refused: tuple[bytes, dict[str, str], int]
) -> None:
    content, fields, code = refused
    given = {"campaign": str(world.campaign()), "region": "US", **fields}
    answer = program.upload("api-imports", file=SimpleUploadedFile("people.csv", content), **given)
    assert answer.status_code == code, answer.content
    assert set(answer.json()) == {"code", "message"}
    assert [path for path in spool.rglob("*") if path.is_file()] == []
    assert program.get("api-imports").json()["items"] == []
    assert entries_of(world, world.alder, "campaigns:list:uploaded") == []


def test_a_file_is_not_taken_before_the_token_is_let_in(world: World, program: Program, spool: Path) -> None:
    reader = Program(make_token(world, world.alder, "lists:read"))
    file = io.BytesIO(b"Name,Phone\nHelen,+12015550123\n")
    file.name = "people.csv"
    assert reader.upload("api-imports", campaign=str(world.campaign()), file=file).status_code == 403
    assert not spool.exists() or list(spool.iterdir()) == []


def test_errors_have_one_form_and_repeat_nothing_that_was_sent(world: World, program: Program) -> None:
    campaign = world.campaign()
    marker = "12015550123"
    answers = [
        program.get("api-entries", limit=marker),
        program.get("api-entries", outcome=f"!{marker}"),
        program.post("api-campaign-pause", campaign, data={"reason": ""}),
        program.post("api-campaign-pause", campaign, data={"reason": "\x00" + marker}),
        program.client.post(
            f"/api/v1/campaigns/{campaign}/pause", marker, "text/plain", headers=program.headers
        ),
        program.client.post(
            f"/api/v1/campaigns/{campaign}/pause", "{" + marker, "application/json", headers=program.headers
        ),
        program.client.put("/api/v1/campaigns", marker, headers=program.headers),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 415, 400, 405]
    for answer in answers:
        assert set(answer.json()) == {"code", "message"}
        assert marker not in answer.content.decode()
    assert campaign_state(world, campaign) == "running"


def test_too_many_requests_are_held_back(
    world: World, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.identity.api_tokens.TokenThrottle.THROTTLE_RATES", {"token": "2/min"})
    codes = [program.get("api-campaigns").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    held = program.get("api-campaigns")
    assert int(held["Retry-After"]) > 0
    assert Program(make_token(world, world.alder)).get("api-campaigns").status_code == 200


def test_only_a_request_with_a_token_may_bring_a_whole_list() -> None:
    def most(path: str, headers: list[tuple[bytes, bytes]]) -> int:
        return _limit_of({"path": path, "method": "POST", "headers": headers}, SealedBodyHandler.large_paths)

    token = [(b"authorization", b"Bearer kt_something")]
    small = most("/api/v1/imports", [])
    assert most("/api/v1/imports", token) > small
    assert most("/api/v1/imports", [(b"authorization", b"Basic kt_something")]) == small
    assert most("/api/v1/campaigns", token) == small
