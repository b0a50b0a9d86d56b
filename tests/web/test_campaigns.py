"""A firm's campaigns by page: moved by its manager alone, with a reason for a pause, each act on record."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from tests.web.browser import Browser, target, words
from tests.world import World

Surface = Callable[[str], None]
ACTS = ("campaign-start", "campaign-pause", "campaign-resume", "campaign-finish", "campaign-engage")


@pytest.fixture
def manager(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


def entries(world: World, event: str) -> list[tuple[object, ...]]:
    with world.definer() as conn:
        rows: list[tuple[object, ...]] = conn.execute(
            "select actor_id, campaign_id, details from tenants_entry where event = %s order by at", [event]
        ).fetchall()
        return rows


def state_of(world: World, campaign: UUID) -> tuple[object, ...]:
    with world.definer() as conn:
        row: tuple[object, ...] = conn.execute(
            "select state, state_reason from campaigns_campaign where id = %s", [campaign]
        ).fetchone()
        return row


def test_an_empty_firm_is_told_the_next_step(world: World, manager: Browser) -> None:
    page = words(manager.get("overview"))
    assert "Nobody to call yet" in page
    assert "New campaign" in page
    world.campaign()
    assert "Next: import a list" in words(manager.get("overview"))


def test_it_makes_a_draft_by_the_countrys_profile(world: World, manager: Browser) -> None:
    made = manager.post("campaign-new", name="Winter tariff review", country="ES")
    page = words(manager.client.get(target(made)))
    assert "Draft" in page
    assert "Monday to Friday 09:00 to 21:00" in page
    assert len(entries(world, "campaigns:campaign:created")) == 1
    again = manager.post("campaign-new", name="Winter tariff review", country="ES")
    assert again.status_code == 422
    assert "You have a campaign of this name" in words(again)
    assert len(entries(world, "campaigns:campaign:created")) == 1


def test_a_draft_is_started_paused_resumed_and_finished(world: World, manager: Browser) -> None:
    campaign = world.campaign(state="draft", started_at=None)
    for act, state in (
        ("campaign-start", "running"),
        ("campaign-pause", "paused"),
        ("campaign-resume", "running"),
        ("campaign-finish", "finished"),
    ):
        assert target(manager.post(act, campaign, reason="Wrong price")) == reverse(
            "campaign", args=[campaign]
        )
        assert state_of(world, campaign)[0] == state
    for event in ("started", "paused", "resumed", "finished"):
        assert len(entries(world, f"campaigns:campaign:{event}")) == 1


def test_a_pause_needs_a_reason_and_records_it(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    for reason in ("", "   "):
        refused = manager.post("campaign-pause", campaign, reason=reason)
        assert refused.status_code == 422
        assert "There is a problem" in words(refused)
    assert state_of(world, campaign) == ("running", "")
    assert entries(world, "campaigns:campaign:paused") == []
    manager.post("campaign-pause", campaign, reason="Wrong price in the script")
    assert state_of(world, campaign) == ("paused", "Wrong price in the script")
    ((actor, where, details),) = entries(world, "campaigns:campaign:paused")
    assert (actor, where) == (world.alder.people["manager"].id, campaign)
    assert details == {"said": "Wrong price in the script"}


def test_an_act_that_does_not_fit_the_state_changes_nothing(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    manager.post("campaign-resume", campaign)
    manager.post("campaign-start", campaign)
    assert state_of(world, campaign) == ("running", "")
    assert entries(world, "campaigns:campaign:resumed") == []


def test_another_firms_campaign_is_not_found(world: World, manager: Browser) -> None:
    theirs = world.campaign(world.birch)
    nobodys = uuid4()
    for campaign in (theirs, nobodys):
        for page in ("campaign", "campaign-plan"):
            assert manager.get(page, campaign).status_code == 404
        for act in ACTS:
            sent = manager.post(act, campaign, reason="x", engagement=str(world.engagement))
            assert sent.status_code == 404
    assert state_of(world, theirs) == ("running", "")
    # The control: ours opens.
    assert manager.get("campaign", world.campaign()).status_code == 200


def test_another_firms_engagement_is_not_put_on_a_campaign(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    sent = manager.post("campaign-engage", campaign, engagement=str(world.engagement_birch))
    assert sent.status_code == 404
    assert entries(world, "campaigns:campaign:engaged") == []


def test_an_outsourcer_is_put_on_and_taken_off(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    manager.client.post(reverse("campaign-disengage", args=[campaign, world.engagement]))
    assert "Nobody calls for this campaign yet" in words(manager.get("campaign", campaign))
    manager.post("campaign-engage", campaign, engagement=str(world.engagement))
    assert "Tern Contact" in words(manager.get("campaign", campaign))
    assert len(entries(world, "campaigns:campaign:engaged")) == 1
    assert len(entries(world, "campaigns:campaign:disengaged")) == 1


def test_an_auditor_looks_and_moves_nothing(world: World, surface: Surface) -> None:
    surface("firm")
    auditor = Browser().become(world.alder.people["auditor"])
    campaign = world.campaign()
    page = auditor.get("campaign", campaign)
    assert page.status_code == 200
    assert "Pause campaign" not in words(page)
    for act in ACTS:
        assert auditor.post(act, campaign, reason="x").status_code == 403
    assert auditor.get("campaign-plan", campaign).status_code == 403
    assert state_of(world, campaign) == ("running", "")


def test_it_refuses_a_form_from_elsewhere(world: World, surface: Surface) -> None:
    surface("firm")
    browser = Browser(checks_csrf=True).become(world.alder.people["manager"])
    campaign = world.campaign()
    assert browser.post("campaign-pause", campaign, reason="x").status_code == 403
    assert state_of(world, campaign) == ("running", "")
