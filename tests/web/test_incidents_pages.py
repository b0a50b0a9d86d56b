"""The incident register on its pages: opened, added to, told in time, closed and opened again; others' are not found."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from tests.database.register import alarm, items, remind, set_incident
from tests.web.browser import Browser, target, words
from tests.web.evidence import entries_of
from tests.world import World

Surface = Callable[[str], None]
LONDON = ZoneInfo("Europe/London")


def stamp(at: datetime) -> str:
    """A time as the browser's own control sends it, in the firm's zone."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")


def now() -> datetime:
    return datetime.now(UTC)


def told(**ago: float) -> str:
    return stamp(now() - timedelta(**ago))


@pytest.fixture
def new() -> dict[str, str]:
    return {
        "kind": "disclosure",
        "title": "A letter to the wrong house",
        "discovered_at": told(hours=3),
        "happened_at": told(days=2),
        "text": "One bill went to number 12.",
        "effects": "",
    }


@pytest.fixture
def officer(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["data_officer"])


@pytest.fixture
def opened(officer: Browser, new: dict[str, str]) -> str:
    """The id of an open incident."""
    return target(officer.post("incident-new", **new)).rpartition("/")[2]


def add(browser: Browser, incident: Any, kind: str, text: str = "Done.", **more: str) -> Any:
    return browser.post("incident-add", incident, kind=kind, text=text, **more)


def test_an_empty_register_says_what_it_is_for(officer: Browser) -> None:
    shown = words(officer.get("incidents"))
    assert "No incident yet" in shown
    assert "Open an incident" in shown


def test_an_incident_is_opened_by_hand_and_its_clock_runs_from_the_discovery(
    world: World, officer: Browser, opened: str
) -> None:
    page = words(officer.get("incident", opened))
    assert "A letter to the wrong house" in page
    assert "One bill went to number 12." in page
    assert "2 days 20 hours left" in page or "2 days 21 hours left" in page
    assert "Data_Officer Alder" in page
    assert hashlib.sha256(b"One bill went to number 12.").hexdigest() in page
    assert "Unchanged, compared just now" in page
    listed = words(officer.get("incidents"))
    assert "A letter to the wrong house" in listed
    assert "Running" in listed
    with world.definer() as conn:
        row = conn.execute("select due_at - discovered_at from tenants_incident").fetchone()
    assert row == (timedelta(hours=72),)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("kind", "", "Choose what kind"),
        ("title", " ", "Give it a title"),
        ("title", "x" * 121, "Shorten the title"),
        ("text", " ", "Write what happened"),
        ("text", "x" * 10_001, "longer than 10,000"),
        ("discovered_at", "", "Give the time when it was noticed"),
        ("discovered_at", "yesterday", "not a day and a time"),
        ("discovered_at", "2100-01-01T10:00", "in the future"),
        ("happened_at", "2100-01-01T10:00", "after the discovery"),
        ("discovered_at", "2026-03-29T01:30", "clocks were changed"),
    ],
)
def test_what_makes_no_sense_opens_nothing(
    officer: Browser, new: dict[str, str], field: str, value: str, why: str
) -> None:
    refused = officer.post("incident-new", **new | {field: value})
    assert refused.status_code == 422
    assert why in words(refused)
    assert "There is a problem" in words(refused)
    assert "No incident yet" in words(officer.get("incidents"))
    assert officer.post("incident-new", **new).status_code == 302


def test_each_kind_is_added_with_its_entry_and_the_words_stay_out_of_the_record(
    world: World, officer: Browser, opened: str
) -> None:
    for kind in ("note", "effects", "measures"):
        assert target(add(officer, opened, kind, f"About {kind}\r\nof it")) == reverse(
            "incident", args=[opened]
        )
    for kind in ("authority", "persons"):
        assert add(officer, opened, kind, f"About {kind}", told_at=told(minutes=1)).status_code == 302
    page = words(officer.get("incident", opened))
    for kind in ("note", "effects", "measures", "authority", "persons"):
        assert f"About {kind}" in page
    assert "Told 2 days" in page
    assert ("note", "About note\nof it") in items(world, opened)
    added = entries_of(world, world.alder, "incidents:incident:added")
    assert len(added) == 6
    assert "About" not in str(added)


def test_telling_needs_a_time_that_has_passed_since_the_discovery(officer: Browser, opened: str) -> None:
    for value, why in (
        ("", "Give the time when they were told"),
        ("2100-01-01T00:00", "in the future"),
        (told(days=4), "before the discovery"),
    ):
        refused = add(officer, opened, "authority", "Reported as 17/2026", told_at=value)
        assert refused.status_code == 422
        assert why in words(refused)
        assert "Reported as 17/2026" in refused.content.decode()
    assert add(officer, opened, "authority", told_at=told(minutes=1)).status_code == 302


def test_closing_asks_for_what_is_missing_and_for_a_reason_when_nobody_was_told(
    officer: Browser, opened: str
) -> None:
    asked = words(officer.get("incident", opened, data={"add": "closed"}))
    assert "Before it can be closed, these are to be written: Effects , Measures" in asked
    assert add(officer, opened, "closed", why_not="None").status_code == 422
    for kind in ("effects", "measures"):
        add(officer, opened, kind)
    refused = add(officer, opened, "closed", "All letters are back")
    assert "Say why the authority was not told" in words(refused)
    assert (
        add(officer, opened, "closed", "All letters are back", why_not="No risk for anyone.").status_code
        == 302
    )
    page = words(officer.get("incident", opened))
    assert "Why the authority was not told" in page
    assert "No risk for anyone." in page
    late = add(officer, opened, "note", "One more thing")
    assert late.status_code == 422
    assert "This incident is closed" in words(late)
    assert "One more thing" in late.content.decode()


def test_a_closed_incident_is_opened_again_with_a_reason(officer: Browser, opened: str) -> None:
    for kind in ("effects", "measures"):
        add(officer, opened, kind)
    add(officer, opened, "authority", told_at=told(minutes=1))
    assert add(officer, opened, "reopened", "Too early").status_code == 422
    assert "Why the authority was not told" not in words(
        officer.get("incident", opened, data={"add": "closed"})
    )
    assert add(officer, opened, "closed").status_code == 302
    assert "No incident is open" in words(officer.get("incidents"))
    assert add(officer, opened, "reopened", " ").status_code == 422
    assert add(officer, opened, "reopened", "A second letter").status_code == 302
    assert "A second letter" in words(officer.get("incident", opened))
    assert "No incident is open" not in words(officer.get("incidents"))


def test_another_firms_incident_looks_like_one_that_is_not_there(
    world: World, officer: Browser, opened: str
) -> None:
    other = Browser().become(world.birch.people["manager"])
    for incident in (opened, uuid4()):
        assert other.get("incident", incident).status_code == 404
        assert add(other, incident, "note").status_code == 404
    assert "A letter" not in words(other.get("incidents"))
    assert add(officer, opened, "note").status_code == 302


def test_only_what_people_write_can_be_added(world: World, officer: Browser, opened: str) -> None:
    for kind in ("gossip", "reminder", ""):
        refused = add(officer, opened, kind, "0")
        assert refused.status_code == 422
        assert "Choose what to add" in words(refused)
    assert [kind for kind, _ in items(world, opened)] == ["note"]


def test_a_look_at_an_incident_is_an_entry(world: World, officer: Browser, opened: str) -> None:
    assert entries_of(world, world.alder, "oversight:incidents:viewed") == []
    officer.get("incident", opened)
    (look,) = entries_of(world, world.alder, "oversight:incidents:viewed")
    assert look["subject_id"] == UUID(opened)


def test_what_is_overdue_is_said_on_every_page(world: World, officer: Browser) -> None:
    assert "overdue" not in words(officer.get("overview"))
    set_incident(world, due_in_h=-26)
    set_incident(world, due_in_h=40, number=2)
    for page in ("overview", "people", "incidents"):
        assert "1 incident overdue" in words(officer.get(page))
    shown = words(officer.get("overview"))
    assert "Overdue by 1 day 2 hours" in shown
    assert "1 day 15 hours left" in shown
    other = Browser().become(world.birch.people["manager"])
    assert "overdue" not in words(other.get("overview"))


def test_reminders_are_shown_in_words(world: World, officer: Browser) -> None:
    incident = set_incident(world, due_in_h=-26)
    assert remind(world) == 1
    page = words(officer.get("incident", incident))
    assert "had been over for 24 hours" in page
    assert "Reminder Keyhole" in page


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("witness_refused", "A witness refused the record"),
        ("witness_missed", "The alarm does not say that anything was changed"),
        ("log_rolled_back", "The record is shorter than what was signed"),
        ("entry_changed", "Look at the entry"),
    ],
)
def test_an_alarm_says_what_opened_it_and_where_to_look(
    world: World, officer: Browser, cause: str, said: str
) -> None:
    incident = alarm(world, world.alder, cause)
    page = words(officer.get("incident", incident))
    assert said in page
    assert "Opened Keyhole" in page
    assert "Keyhole opened this by itself" in page
    assert "Unchanged, compared just now" in page


def test_closed_incidents_are_turned_over_page_by_page(world: World, officer: Browser) -> None:
    with world.definer() as conn:
        for number in range(1, 54):
            incident = set_incident(world, due_in_h=-1, number=number)
            conn.execute(
                "insert into tenants_incidententry (id, firm_id, incident_id, kind, text, digest, added_at)"
                " values (gen_random_uuid(), %s, %s, 'closed', 'x', '', now())",
                [world.alder.id, incident],
            )
    first = officer.get("incidents").content.decode()
    assert first.count("<tr class") == 50
    assert "?before=4" in first
    second = officer.get("incidents", data={"before": "4"}).content.decode()
    assert second.count("<tr class") == 3
    assert "No older incidents" in words(officer.get("incidents", data={"before": "1"}))
    assert officer.get("incidents", data={"before": "x"}).status_code == 200
