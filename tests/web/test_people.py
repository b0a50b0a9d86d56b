"""The people of one's own house: seen, invited, disabled; those of another house are not found."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from tests.web.browser import Browser, code_of, target, words
from tests.world import World

Surface = Callable[[str], None]
ACTS = ("person-renew", "person-disable", "person-enable")


@pytest.fixture
def manager(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


@pytest.fixture
def supervisor(world: World, surface: Surface) -> Browser:
    surface("agent")
    return Browser().become(world.tern.people["supervisor"])


def forget_confirmation(world: World) -> None:
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")


def state_of(world: World, person_id: UUID) -> str:
    with world.definer() as conn:
        row = conn.execute("select state from tenants_person where id = %s", [person_id]).fetchone()
    return str(row[0])


def test_a_manager_sees_the_people_of_the_own_firm_alone(manager: Browser) -> None:
    shown = words(manager.get("people"))
    assert "manager@alder.example" in shown
    assert "auditor@alder.example" in shown
    assert "birch.example" not in shown
    assert "tern.example" not in shown


def test_a_supervisor_sees_the_people_of_the_own_outsourcer_alone(supervisor: Browser) -> None:
    shown = words(supervisor.get("team"))
    assert "agent@tern.example" in shown
    assert "supervisor@tern.example" in shown
    assert "wren.example" not in shown
    assert "alder.example" not in shown


def test_a_manager_invites_and_the_link_is_shown_once(manager: Browser) -> None:
    page = manager.post("person-invite", name="Dora Lind", email="Dora@Alder.example", role="auditor")
    assert re.search(r"/invitation#[A-Za-z0-9_-]{43}", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    listed = manager.get("people")
    assert "dora@alder.example" in words(listed)
    assert "Invited" in words(listed)
    assert "invitation#" not in listed.content.decode()


def test_a_supervisor_invites_an_agent(supervisor: Browser) -> None:
    page = supervisor.post("person-invite", name="Ana Żak", email="ana@tern.example", role="agent")
    assert "/invitation#" in page.content.decode()
    assert "ana@tern.example" in words(supervisor.get("team"))


@pytest.mark.parametrize("role", ["agent", "supervisor", "owner", ""])
def test_a_manager_cannot_invite_into_a_role_of_another_kind_of_house(manager: Browser, role: str) -> None:
    refused = manager.post("person-invite", name="Eve", email="eve@alder.example", role=role)
    assert refused.status_code == 422
    assert "eve@alder.example" not in words(manager.get("people"))


def test_the_same_email_twice_in_a_house_is_refused_and_elsewhere_is_not_told(manager: Browser) -> None:
    taken = manager.post("person-invite", name="Eve", email="auditor@alder.example", role="auditor")
    assert taken.status_code == 422
    assert "Somebody here has this e-mail already" in words(taken)
    known_elsewhere = manager.post("person-invite", name="Eve", email="manager@birch.example", role="auditor")
    assert known_elsewhere.status_code == 200


@pytest.mark.parametrize("role", ["auditor", "data_officer"])
def test_others_of_the_firm_look_but_do_not_touch(world: World, surface: Surface, role: str) -> None:
    surface("firm")
    person = world.alder.people[role]
    browser = Browser().become(person)
    assert browser.get("people").status_code == 200
    assert "Invite a person" not in words(browser.get("people"))
    assert browser.get("person-invite").status_code == 403
    refused = browser.post("person-invite", name="Eve", email="eve@alder.example", role="auditor")
    assert refused.status_code == 403
    for act in ACTS:
        assert browser.post(act, world.alder.people["manager"].id).status_code == 403
    with world.definer() as conn:
        denied = conn.execute(
            "select count(*) from tenants_entry"
            " where actor_id = %s and event = 'identity:access:denied' and not allowed",
            [person.id],
        ).fetchone()
    assert denied[0] >= 5


def test_an_agent_has_no_team(world: World, surface: Surface) -> None:
    surface("agent")
    browser = Browser().become(world.tern.people["agent"])
    for answer in (
        browser.get("team"),
        browser.get("person-invite"),
        browser.post("person-disable", uuid4()),
    ):
        assert answer.status_code == 403


def test_a_stranger_is_sent_to_sign_in(world: World, surface: Surface) -> None:
    surface("firm")
    for page in ("people", "person-invite"):
        assert target(Browser().get(page)).startswith(reverse("sign-in"))
    assert target(Browser().post("person-disable", world.alder.people["auditor"].id)).startswith(
        reverse("sign-in")
    )
    assert state_of(world, world.alder.people["auditor"].id) == "active"


@pytest.mark.parametrize("act", ACTS)
def test_another_houses_people_are_not_found(world: World, manager: Browser, act: str) -> None:
    theirs = (world.birch.people["auditor"], world.tern.people["agent"], world.wren.people["agent"])
    for person_id in [member.id for member in theirs] + [uuid4()]:
        assert manager.get(act, person_id).status_code == 404
        assert manager.post(act, person_id).status_code == 404
    assert [state_of(world, member.id) for member in theirs] == ["active"] * 3
    # The control: one's own is found.
    assert manager.get(act, world.alder.people["auditor"].id).status_code == 200


@pytest.mark.parametrize("act", ACTS)
def test_another_outsourcers_people_are_not_found(world: World, supervisor: Browser, act: str) -> None:
    for member in (world.wren.people["agent"], world.alder.people["auditor"]):
        assert supervisor.post(act, member.id).status_code == 404
        assert state_of(world, member.id) == "active"
    assert supervisor.get(act, world.tern.people["agent"].id).status_code == 200


@pytest.mark.parametrize("act", ACTS)
def test_acts_on_people_ask_for_a_fresh_code(world: World, manager: Browser, act: str) -> None:
    auditor = world.alder.people["auditor"]
    forget_confirmation(world)
    asked = target(manager.get(act, auditor.id))
    assert asked == f"{reverse('confirm')}?next={reverse(act, args=[auditor.id]).replace('/', '%2F')}"
    assert target(manager.post(act, auditor.id)).startswith(reverse("confirm"))
    assert state_of(world, auditor.id) == "active"
    chief = world.alder.people["manager"]
    done = manager.give_code(code_of(chief), "confirm", next=reverse(act, args=[auditor.id]))
    assert target(done) == reverse(act, args=[auditor.id])
    assert manager.get(act, auditor.id).status_code == 200


def test_a_disabled_person_is_signed_out_and_stays_out_until_enabled(world: World, manager: Browser) -> None:
    auditor = world.alder.people["auditor"]
    browser = Browser().become(auditor)
    assert browser.is_signed_in()
    assert "signed out within seconds" in words(manager.get("person-disable", auditor.id))
    assert target(manager.post("person-disable", auditor.id)) == reverse("people")
    assert state_of(world, auditor.id) == "disabled"
    assert not browser.is_signed_in()
    assert Browser().give_password(auditor).status_code == 422
    assert target(manager.post("person-enable", auditor.id)) == reverse("people")
    assert Browser().give_password(auditor).status_code == 302


def test_a_supervisor_disables_an_agent(world: World, supervisor: Browser) -> None:
    agent = world.tern.people["agent"]
    browser = Browser().become(agent)
    assert target(supervisor.post("person-disable", agent.id)) == reverse("team")
    assert not browser.is_signed_in()


def test_a_disabled_person_gets_no_link_and_an_open_one_dies(world: World, manager: Browser) -> None:
    page = manager.post("person-invite", name="Dora", email="dora@alder.example", role="auditor")
    link = re.search(r"/invitation#([A-Za-z0-9_-]{43})", page.content.decode())
    assert link
    with world.definer() as conn:
        row = conn.execute("select id from tenants_person where email = 'dora@alder.example'").fetchone()
    manager.post("person-disable", row[0])
    refused = manager.post("person-renew", row[0])
    assert refused.status_code == 422
    assert "This person is disabled" in words(refused)
    assert Browser().post("invitation", link=link.group(1)).status_code == 422


def test_nobody_disables_themselves(world: World, manager: Browser) -> None:
    me = world.alder.people["manager"]
    refused = manager.post("person-disable", me.id)
    assert refused.status_code == 422
    assert "You cannot disable yourself" in words(refused)
    assert state_of(world, me.id) == "active"
    assert reverse("person-disable", args=[me.id]) not in manager.get("people").content.decode()


def test_every_act_on_people_is_in_the_record_without_their_names(world: World, manager: Browser) -> None:
    auditor = world.alder.people["auditor"]
    manager.post("person-disable", auditor.id)
    manager.post("person-enable", auditor.id)
    with world.definer() as conn:
        rows = conn.execute(
            "select event, details::text from tenants_entry"
            " where subject_id = %s and event like 'identity:person:%%' and actor_id = %s order by at",
            [auditor.id, world.alder.people["manager"].id],
        ).fetchall()
    assert [row[0].rsplit(":", 1)[1] for row in rows] == ["invited", "disabled", "enabled"]
    assert all("alder.example" not in row[1] for row in rows)
