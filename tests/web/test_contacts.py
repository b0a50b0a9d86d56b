"""Who contacted whom, as the auditor sees it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from dialer.templatetags.keyhole import contact_ref
from tenants.db.ids import new_id
from tests.web.browser import Browser, words
from tests.web.evidence import Call, entries_of, make_call
from tests.world import World


@pytest.fixture
def call(world: World, surface: Callable[[str], None]) -> Call:
    made = make_call(world)
    surface("firm")
    return made


@pytest.fixture
def auditor(world: World, call: Call) -> Browser:
    return Browser().become(world.alder.people["auditor"])


def rows(response: object) -> list[str]:
    """What the rows of a timeline say happened."""
    body = response.content.decode()  # type: ignore[attr-defined]
    return [
        re.sub(r"\s+", " ", text).strip() for text in re.findall(r'<a class="act"[^>]*>(.*?)</a>', body, re.S)
    ]


def test_the_timeline_tells_each_act_newest_first(auditor: Browser, call: Call) -> None:
    shown = rows(auditor.get("contacts"))
    assert [text.split(":")[0] for text in shown] == [
        "Outcome",
        "Call ended",
        "Saw more of the record",
        "Answered",
        "Called",
        "Asked to call",
        "Saw the record",
    ]


def test_a_row_names_agent_outsourcer_campaign_contact_and_verdict(auditor: Browser, call: Call) -> None:
    text = words(auditor.get("contacts"))
    for expected in ("Agent Tern", "Tern Contact", contact_ref(call.contact), "Allowed", "Campaign"):
        assert expected in text


def test_an_entry_is_recorded_and_never_called_proven(auditor: Browser) -> None:
    page = auditor.get("contacts")
    entry = re.search(r'data-entry="([0-9a-f-]{36})"', page.content.decode())
    assert entry
    text = words(auditor.get("entry", entry[1]))
    assert "Recorded" in text
    assert "Proven" not in text
    for label in ("What", "Who", "For", "When", "Contact", "Campaign", "From", "Session"):
        assert label in text
    panel = auditor.get("entry", entry[1], headers={"HX-Request": "true"})
    assert b"<html" not in panel.content


def test_each_filter_keeps_what_fits_and_drops_the_rest(auditor: Browser, call: Call, world: World) -> None:
    agent = world.tern.people["agent"].id
    other = world.tern.people["agent2"].id
    address = reverse("contacts")

    def count(**query: object) -> int:
        return len(rows(auditor.client.get(address, query)))

    assert count() == 7
    assert count(agent=agent) == 7
    assert count(agent=other) == 0
    assert count(campaign=call.campaign) == 7
    assert count(outsourcer=world.tern.id) == 7
    assert count(verdict="denied") == 0
    assert count(verdict="allowed") == 7
    assert count(outcome="answered") == 1
    assert count(contact=call.contact) == 7
    assert count(contact=new_id()) == 0
    today = datetime.now(UTC).date()
    assert count(since=today - timedelta(days=1), until=today + timedelta(days=1)) == 7
    assert count(period="days", since=today - timedelta(days=9), until=today - timedelta(days=3)) == 0


def test_the_outcome_filter_knows_outcomes_and_the_networks_results(
    auditor: Browser, call: Call, world: World
) -> None:
    with world.definer() as conn:
        (reached,) = conn.execute(
            "select id from campaigns_disposition where campaign_id = %s and kind = 'reached'",
            [call.campaign],
        ).fetchone()
        (again,) = conn.execute(
            "select id from campaigns_disposition where campaign_id = %s and kind = 'again'", [call.campaign]
        ).fetchone()
    address = reverse("contacts")
    assert rows(auditor.client.get(address, {"outcome": reached})) == ["Outcome: reached"]
    assert rows(auditor.client.get(address, {"outcome": again})) == []
    assert rows(auditor.client.get(address, {"outcome": "no_answer"})) == []


def test_a_filter_it_does_not_know_shows_nothing_rather_than_everything(
    auditor: Browser, world: World
) -> None:
    for query in (
        {"campaign": new_id()},
        {"agent": world.wren.people["agent"].id},
        {"outcome": "x"},
        {"since": "x"},
    ):
        response = auditor.client.get(reverse("contacts"), query)
        assert rows(response) == []
        assert "There is a problem" in words(response)


def test_nothing_of_an_address_comes_back_on_the_page(auditor: Browser) -> None:
    number = "12015550123"
    for query in ({"campaign": number}, {"reference": number}, {"since": number}, {"contact": number}):
        body = auditor.client.get(reverse("contacts"), query).content.decode()
        shown = re.sub(r'href="[^"]*"', "", body)
        assert number not in shown, query


def test_pages_are_walked_by_key_without_a_gap_or_a_repeat(
    auditor: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.oversight.pages.PAGE_ROWS", 3)
    seen: list[str] = []
    address = reverse("contacts")
    while address:
        body = auditor.client.get(address).content.decode()
        seen += re.findall(r'data-entry="([0-9a-f-]{36})"', body)
        older = re.search(r'href="(\?[^"]*after=[^"]*)"[^>]*rel="next"', body)
        address = reverse("contacts") + older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == 7
    assert len(set(seen)) == 7
    assert "offset" not in "".join(seen)


def test_a_place_that_was_cut_off_begins_again(auditor: Browser) -> None:
    assert len(rows(auditor.client.get(reverse("contacts"), {"after": "AAAA"}))) == 7


def test_the_page_of_a_contact_counts_and_shows_the_number_sealed(auditor: Browser, call: Call) -> None:
    response = auditor.get("contact", call.contact)
    text = words(response)
    assert "Number sealed" in text
    assert "1 agent, 1 call, 7 entries" in text
    assert len(rows(response)) == 7


CLOCK = r"\d\d:\d\d:\d\d"


def test_another_firms_contact_entry_and_agent_look_like_not_found(world: World, call: Call) -> None:
    stranger = Browser().become(world.birch.people["auditor"])
    with world.definer() as conn:
        (entry,) = conn.execute(
            "select id from tenants_entry where firm_id = %s limit 1", [world.alder.id]
        ).fetchone()
    for page, thing in (
        ("contact", call.contact),
        ("entry", entry),
        ("contacts-agent", world.tern.people["agent"].id),
    ):
        theirs, nobodys = stranger.get(page, thing), stranger.get(page, new_id())
        assert theirs.status_code == nobodys.status_code == 404
        # The second may end between the two.
        assert re.sub(CLOCK, "", words(theirs)) == re.sub(CLOCK, "", words(nobodys))
    own = Browser().become(world.alder.people["auditor"])
    assert own.get("contact", call.contact).status_code == 200


def test_a_reference_finds_its_contact_and_no_other_firms(auditor: Browser, call: Call, world: World) -> None:
    reference = contact_ref(call.contact)
    assert len(rows(auditor.client.get(reverse("contacts"), {"reference": reference.lower()}))) == 7
    none = auditor.client.get(reverse("contacts"), {"reference": "C-0000-0000"})
    assert "was ever handed out" in words(none)
    stranger = Browser().become(world.birch.people["auditor"])
    theirs = stranger.client.get(reverse("contacts"), {"reference": reference})
    assert rows(theirs) == []


def test_by_agent_totals_what_each_did(auditor: Browser, world: World) -> None:
    response = auditor.client.get(reverse("contacts"), {"view": "agent"})
    text = words(response)
    assert "Agent Tern Tern Contact 1 1 1 0 0" in text
    page = auditor.get("contacts-agent", world.tern.people["agent"].id)
    assert len(rows(page)) >= 7


def test_every_look_is_an_entry_of_its_own(auditor: Browser, call: Call, world: World) -> None:
    auditor.client.get(reverse("contacts"), {"campaign": call.campaign, "verdict": "allowed"})
    auditor.get("contact", call.contact)
    looks = entries_of(world, world.alder, "oversight:contacts:viewed")
    assert [look["details"]["view"] for look in looks] == ["contact", "contact"]
    assert looks[0]["details"]["filters"] == "campaign+time+verdict"
    assert looks[1]["contact_id"] == call.contact
    assert {look["actor_id"] for look in looks} == {world.alder.people["auditor"].id}
    everything = rows(auditor.client.get(reverse("contacts"), {"view": "all"}))
    assert any(text.startswith("Looked at who contacted whom") for text in everything)


def test_the_firms_own_looks_do_not_bury_the_outsourcers_acts(auditor: Browser, call: Call) -> None:
    for _ in range(3):
        auditor.get("contact", call.contact)
    assert len(rows(auditor.get("contact", call.contact))) == 7
    with_looks = rows(auditor.client.get(reverse("contact", args=[call.contact]), {"looks": "1"}))
    assert len(with_looks) > 7


@pytest.mark.parametrize("role", ["manager", "auditor", "data_officer"])
def test_every_role_of_the_firm_may_look(role: str, world: World, call: Call) -> None:
    assert Browser().become(world.alder.people[role]).get("contacts").status_code == 200


def test_nobody_looks_without_signing_in(call: Call) -> None:
    for page in ("contacts", "live", "live-rows"):
        response = Browser().get(page)
        assert response.status_code == 302
        assert "/sign-in" in response["Location"]
