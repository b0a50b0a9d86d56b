"""Live now: what is open, and how the firm stops it."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from dialer.templatetags.keyhole import contact_ref
from tests.web.browser import Browser, words
from tests.web.evidence import answer_call, entries_of, open_record
from tests.world import ADDRESS, World, call_as


@pytest.fixture
def opened(world: World, surface: Callable[[str], None]) -> tuple[str, UUID]:
    """An agent's token and the contact that is open at it."""
    (contact,) = world.contacts(world.campaign(), 1)
    token = open_record(world)
    surface("firm")
    return token, contact


def lease_of(world: World) -> UUID:
    with world.definer() as conn:
        row = conn.execute("select id from dialer_lease where closed_at is null").fetchone()
    return UUID(str(row[0]))


def test_it_shows_who_has_what_open_and_what_they_have_seen(world: World, opened: tuple[str, UUID]) -> None:
    manager = Browser().become(world.alder.people["manager"])
    text = words(manager.get("live"))
    for expected in (
        "Preview",
        "Agent Tern",
        "Tern Contact",
        contact_ref(opened[1]),
        "first_name",
        ADDRESS,
        "Stop",
    ):
        assert expected in text
    assert "town" not in text
    answer_call(world, opened[0])
    text = words(manager.get("live-rows"))
    assert "Talking" in text
    assert "first_name, town" in text
    assert "postcode" not in text


def test_another_firm_sees_nothing_of_it(world: World, opened: tuple[str, UUID]) -> None:
    stranger = Browser().become(world.birch.people["manager"])
    assert "No record is open now" in words(stranger.get("live"))


def test_new_rows_join_below(world: World, opened: tuple[str, UUID]) -> None:
    with world.definer() as conn:
        (campaign,) = conn.execute("select campaign_id from dialer_lease").fetchone()
    world.contacts(campaign, 1)
    open_record(world, role="agent2")
    body = Browser().become(world.alder.people["auditor"]).get("live").content.decode()
    shown = re.findall(r'class="mono" href="[^"]*">(C-[0-9A-Z-]+)<', body)
    assert shown[0] == contact_ref(opened[1])
    assert len(shown) == 2


def test_watching_is_one_entry_in_ten_minutes_and_a_new_look_is_another(
    world: World, opened: tuple[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    for _ in range(3):
        auditor.get("live-rows")
    assert len(entries_of(world, world.alder, "oversight:live:viewed")) == 1
    auditor.get("live")
    assert [look["details"] for look in entries_of(world, world.alder, "oversight:live:viewed")] == [
        {"open": 1}
    ] * 2
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr("dialer.oversight.live_pages.timezone.now", lambda: later)
    auditor.get("live-rows")
    assert len(entries_of(world, world.alder, "oversight:live:viewed")) == 3


def test_a_stop_before_the_call_closes_the_record_at_once(world: World, opened: tuple[str, UUID]) -> None:
    manager = Browser().become(world.alder.people["manager"])
    response = manager.post("live-stop", lease=lease_of(world), reason="doubt")
    assert response.status_code == 302
    assert "No record is open now" in words(manager.get("live"))
    (stop,) = entries_of(world, world.alder, "dialer:contact:stopped")
    assert stop["reason"] == "doubt"
    assert stop["contact_id"] == opened[1]
    with world.database.connect("agent") as agent:
        desk = call_as(agent, "dialer_load_desk_v1", opened[0])
    assert (desk["state"], desk["reason"]) == ("paused", "stopped_by_firm")


def test_a_stop_during_the_call_waits_for_its_end(world: World, opened: tuple[str, UUID]) -> None:
    answer_call(world, opened[0])
    officer = Browser().become(world.alder.people["data_officer"])
    officer.post("live-stop", lease=lease_of(world), reason="complaint")
    text = words(officer.get("live"))
    assert "stops after this call" in text
    assert "Talking" in text


def test_a_stop_needs_a_reason_and_an_open_record_of_the_firm(world: World, opened: tuple[str, UUID]) -> None:
    manager = Browser().become(world.alder.people["manager"])
    manager.post("live-stop", lease=lease_of(world), reason="because")
    manager.post("live-stop", lease="x", reason="doubt")
    stranger = Browser().become(world.birch.people["manager"])
    stranger.post("live-stop", lease=lease_of(world), reason="doubt")
    assert "not open any more" in words(stranger.get("live"))
    assert entries_of(world, world.alder, "dialer:contact:stopped") == []
    assert lease_of(world)


def test_an_auditor_sees_but_does_not_stop(world: World, opened: tuple[str, UUID]) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    assert b"live-stop" not in auditor.get("live").content
    assert auditor.post("live-stop", lease=lease_of(world), reason="doubt").status_code == 403
    (denied,) = entries_of(world, world.alder, "identity:access:denied")
    assert denied["reason"] == "lease.stop"
    assert lease_of(world)
