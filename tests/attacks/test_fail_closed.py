"""No act without its entry: while the record cannot be written nothing is shown, given or changed, and afterwards all is."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from dialer.templatetags.keyhole import contact_ref
from tests.attacks.broken_record import broken_record, changes, everything
from tests.attacks.hostile import Desk, ask, open_desk
from tests.database.importing import fiction, people, rows_of, run_job
from tests.web.api_client import Program, make_token
from tests.web.browser import Browser, code_of
from tests.web.evidence import NUMBER, give_number
from tests.world import World

Surface = Callable[[str], None]
Act = Callable[[], bool]
INCIDENT = {
    "kind": "loss",
    "title": "A laptop",
    "discovered_at": "2026-01-02T10:00",
    "happened_at": "2026-01-01T10:00",
    "text": "Left on a train.",
    "effects": "",
}


def refuses(act: Act) -> bool:
    """Whether an act comes to nothing: an error, or a no."""
    try:
        return not act()
    except (psycopg.Error, AssertionError):
        return True


def hold_to_record(world: World, act: Act, way: str) -> None:
    """The act leaves nothing while the record is broken, and is done once it is whole."""
    before = everything(world)
    with broken_record(world, way):
        assert refuses(act)
        connection.close()
        assert changes(before, everything(world)) == set()
    assert act()
    assert "tenants_entry" in changes(before, everything(world))


def reserve(desk: Desk) -> Act:
    desk.act("dialer_go_ready_v1")
    return lambda: bool(desk.act("dialer_reserve_contact_v1")["ok"] and desk.shown()["first_name"])


def skip(desk: Desk) -> Act:
    desk.reserve()
    return lambda: bool(desk.act("dialer_skip_contact_v1", "language")["ok"])


def take_over(desk: Desk) -> Act:
    desk.reserve()
    second = Desk(desk.world, desk.world.tern.people["agent"].sign_in(), desk.campaign, desk.contacts)
    return lambda: bool(second.act("dialer_resume_lease_v1")["ok"] and second.shown()["first_name"])


def dial(desk: Desk) -> Act:
    desk.reserve()
    return lambda: bool(desk.dial())


def redeem(desk: Desk) -> Act:
    desk.reserve()
    token = desk.dial()
    return lambda: desk.redeem(token) is not None


def answered(desk: Desk) -> Act:
    desk.reserve()
    attempt = desk.redeem(desk.dial())
    assert attempt is not None
    desk.event(attempt, "ringing")
    return lambda: bool(desk.event(attempt, "answered") == "talking" and desk.shown()["town"])


def answer_question(desk: Desk) -> Act:
    desk.reserve()
    desk.answer()
    digest = ask(desk.world, "select digests[3] from campaigns_contact where id = %s", desk.contacts[0])
    return lambda: bool(desk.check("postcode", digest).get("match") and desk.shown()["postcode"])


def outcome(desk: Desk) -> Act:
    desk.reserve()
    desk.event(desk.answer(), "ended_answered")
    return lambda: bool(desk.finish("objection")["ok"])


@pytest.mark.parametrize(
    "prepare", [reserve, skip, take_over, dial, redeem, answered, answer_question, outcome]
)
def test_an_agents_act_needs_its_entry(world: World, prepare: Callable[[Desk], Act]) -> None:
    desk = open_desk(world)
    hold_to_record(world, prepare(desk), "no_right")


def test_a_record_is_not_handed_out_when_the_table_takes_no_row(world: World) -> None:
    hold_to_record(world, reserve(open_desk(world)), "refused_row")


def test_nothing_is_shown_of_a_person_whose_entry_could_not_be_written(world: World) -> None:
    desk = open_desk(world)
    desk.act("dialer_go_ready_v1")
    with broken_record(world, "no_right"):
        assert refuses(lambda: bool(desk.act("dialer_reserve_contact_v1")))
        assert desk.act("dialer_reveal_contact_v1") is None
        assert desk.act("dialer_load_desk_v1")["lease"] is None
    assert desk.reserve()["ok"]
    assert desk.shown()["first_name"]


@pytest.fixture
def quiet(world: World, surface: Surface, spool: Path) -> World:
    """The firm surface, with a list that has a number the test knows, one open record and nobody at a page."""
    campaign = world.campaign()
    (contact, *_) = world.contacts(campaign, 2)
    give_number(world, world.alder, campaign, contact)
    desk = Desk(world, world.token(world.tern.people["agent"]), campaign, [contact])
    desk.act("dialer_load_desk_v1")
    desk.reserve()
    surface("firm")
    return world


def browse(world: World, role: str) -> Browser:
    browser = Browser().become(world.alder.people[role])
    # An error is answered with its page, as a browser would see it.
    browser.client.raise_request_exception = False
    return browser


def page(name: str, role: str = "auditor", *, takes: str = "") -> Callable[[World], Act]:
    def prepare(world: World) -> Act:
        browser = browse(world, role)
        contact = ask(world, "select contact_id from dialer_lease")
        entry = ask(world, "select id from tenants_entry where contact_id is not null limit 1")
        found = {"": (), "contact": (contact,), "entry": (entry,)}[takes]

        def look() -> bool:
            answer = browser.get(name, *found)
            body = answer.content.decode()
            shows = contact_ref(contact) in body or "Agent Tern" in body
            assert shows == (answer.status_code == 200)
            return answer.status_code == 200

        return look

    return prepare


def form(address: str, by: str = "manager", /, *, takes: str = "", **data: Any) -> Callable[[World], Act]:
    def prepare(world: World) -> Act:
        browser = browse(world, by)
        args = {
            "": (),
            "engagement": (world.engagement,),
            "campaign": (ask(world, "select campaign_id from dialer_lease"),),
            "person": (world.alder.people["auditor"].id,),
        }[takes]
        lease = str(ask(world, "select id from dialer_lease"))

        sent = {**data, **({"lease": lease} if address == "live-stop" else {})}
        return lambda: browser.post(address, *args, **sent).status_code in (200, 302)

    return prepare


def upload(world: World) -> Act:
    browser = browse(world, "manager")
    campaign = ask(world, "select campaign_id from dialer_lease")
    text = "first_name;phone\nAna;" + fiction(1) + "\n"

    def send() -> bool:
        file = SimpleUploadedFile("list.csv", text.encode())
        return browser.post("import-start", campaign=str(campaign), region="US", file=file).status_code == 302

    return send


def sign_in(world: World) -> Act:
    member = world.alder.people["auditor"]

    def come_in() -> bool:
        browser = Browser()
        browser.client.raise_request_exception = False
        browser.give_password(member)
        browser.give_code(code_of(member))
        return browser.is_signed_in()

    return come_in


def read_entries(world: World) -> Act:
    program = Program(make_token(world, world.alder, role="auditor"))
    program.client.raise_request_exception = False
    return lambda: program.get("api-entries").status_code == 200


def pause_by_program(world: World) -> Act:
    program = Program(make_token(world, world.alder))
    program.client.raise_request_exception = False
    campaign = ask(world, "select campaign_id from dialer_lease")
    return lambda: program.post("api-campaign-pause", campaign, data={"reason": "x"}).status_code == 200


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(page("contacts"), id="who contacted whom"),
        pytest.param(page("contact", takes="contact"), id="one contact"),
        pytest.param(page("entry", takes="entry"), id="one entry"),
        pytest.param(page("live"), id="live"),
        pytest.param(form("contacts-number", "data_officer", number=NUMBER), id="number search"),
        pytest.param(form("live-stop", reason="doubt"), id="stop a record"),
        pytest.param(form("engagement-suspend", takes="engagement", reason="x"), id="suspend"),
        pytest.param(form("campaign-pause", takes="campaign", reason="x"), id="pause"),
        pytest.param(
            form("person-invite", name="Ada", email="ada@alder.example", role="auditor"), id="invite"
        ),
        pytest.param(form("person-disable", takes="person"), id="disable"),
        pytest.param(form("token-new", name="t", scopes=["lists:read"], days="30"), id="API token"),
        pytest.param(form("rules-edit", clock_h="48", keep_months="72"), id="rules"),
        pytest.param(form("incident-new", "data_officer", **INCIDENT), id="incident"),
        pytest.param(upload, id="upload"),
        pytest.param(sign_in, id="sign in"),
        pytest.param(read_entries, id="entries by API"),
        pytest.param(pause_by_program, id="pause by API"),
    ],
)
def test_an_act_of_the_firm_needs_its_entry(quiet: World, prepare: Callable[[World], Act]) -> None:
    hold_to_record(quiet, prepare(quiet), "no_right")


@pytest.mark.parametrize(
    "prepare", [sign_in, upload, form("engagement-suspend", takes="engagement", reason="x")]
)
def test_it_is_the_same_when_the_table_takes_no_row(quiet: World, prepare: Callable[[World], Act]) -> None:
    hold_to_record(quiet, prepare(quiet), "refused_row")


def test_a_list_is_not_ready_before_its_import_is_on_record(
    world: World, surface: Surface, spool: Path
) -> None:
    surface("firm")
    campaign = world.campaign()
    browser = browse(world, "manager")
    rows = "\n".join(["first_name;town;phone1;phone2", *(";".join(row) for row in people([1, 2]))])
    file = SimpleUploadedFile("list.csv", rows.encode())
    batch = UUID(
        browser.post("import-start", campaign=str(campaign), region="US", file=file)["Location"].split("/")[2]
    )
    data = {"file-region": "US", "file-possible": "reject", "import": "1"}
    for at, role in enumerate(("first_name", "town", "phone", "phone")):
        data |= {f"column-{at}-role": role, f"column-{at}-see": "9" if role == "phone" else "0"}
    assert browser.post("import-columns", batch, **data).status_code == 302
    surface("worker")
    with broken_record(world, "no_right"):
        with pytest.raises(Exception, match="interrupted"):
            run_job(batch)
        assert rows_of(world, "select state from campaigns_contactlist") != [("ready",)]
        connection.close()
    run_job(batch)
    assert rows_of(world, "select state from campaigns_contactlist") == [("ready",)]
    assert rows_of(world, "select count(*) from tenants_entry where event = 'campaigns:list:imported'") == [
        (1,)
    ]


def test_a_house_is_not_founded_without_its_entry(world: World) -> None:
    def found() -> bool:
        with world.database.connect("owner") as conn:
            digest = secrets.token_bytes(32)
            row = conn.execute(
                "select tenants_create_firm_v1('cedar', 'Cedar', 'GB', 'Europe/London', 'a@cedar.example', 'A', %s)",
                [digest],
            ).fetchone()
        return row is not None

    hold_to_record(world, found, "no_right")
