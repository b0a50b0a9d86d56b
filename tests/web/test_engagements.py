"""A firm's outsourcers: engaged by handle, bounded by terms, stopped at once; others' are not found."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.urls import reverse

from tests.web.browser import Browser, target, words
from tests.world import World

Surface = Callable[[str], None]
FORMS = ("engagement-edit", "engagement-suspend", "engagement-resume", "engagement-end")
TERMS = {
    "starts_on": "2026-01-05",
    "ends_on": "2027-01-05",
    "cap_agent_hour": "40",
    "cap_agent_day": "200",
    "cap_day": "3000",
    "skip_budget_day": "4",
    "networks": "203.0.113.0/24\n198.51.100.7",
}


@pytest.fixture
def manager(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


def row_of(world: World, engagement_id: UUID) -> dict[str, object]:
    with world.definer() as conn:
        cursor = conn.execute("select * from tenants_engagement where id = %s", [engagement_id])
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def entries(world: World, engagement_id: UUID) -> list[tuple[str, dict[str, object], str]]:
    with world.definer() as conn:
        rows = conn.execute(
            "select event, details, reason from tenants_entry where subject_id = %s order by at",
            [engagement_id],
        ).fetchall()
    return list(rows)


def test_a_firm_sees_the_outsourcers_it_engages_alone(manager: Browser) -> None:
    shown = words(manager.get("outsourcers"))
    assert "Tern Contact" in shown
    assert "Wren Calls" not in shown


def test_a_manager_engages_an_outsourcer_by_its_handle(world: World, manager: Browser) -> None:
    made = target(manager.post("engagement-new", handle=" Wren ", **TERMS))
    row = row_of(world, UUID(made.rpartition("/")[2]))
    assert (row["firm_id"], row["outsourcer_id"], row["state"]) == (world.alder.id, world.wren.id, "active")
    assert row["networks"] == ["203.0.113.0/24", "198.51.100.7/32"]
    assert (row["cap_agent_hour"], row["cap_day"], row["skip_budget_day"]) == (40, 3000, 4)
    assert "Wren Calls" in words(manager.get("outsourcers"))
    event, details, _reason = entries(world, row["id"])[0]  # type: ignore[arg-type]
    assert event == "tenants:engagement:created"
    assert details["networks"] == 2


def test_an_unknown_handle_and_a_part_of_one_are_refused_alike(manager: Browser) -> None:
    for handle in ("nobody", "wre", "w%", "%"):
        refused = manager.post("engagement-new", handle=handle, **TERMS)
        assert refused.status_code == 422
        assert "No outsourcer has this handle" in words(refused)


def test_the_same_outsourcer_is_not_engaged_twice_but_again_after_an_end(
    world: World, manager: Browser
) -> None:
    twice = manager.post("engagement-new", handle="tern", **TERMS)
    assert twice.status_code == 422
    assert "You engage this outsourcer already" in words(twice)
    assert target(manager.post("engagement-end", world.engagement)) == reverse(
        "engagement", args=[world.engagement]
    )
    assert manager.post("engagement-new", handle="tern", **TERMS).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("networks", "203.0.113.9/24", "is not a network"),
        ("networks", "0.0.0.0/0", "is not a network"),
        ("ends_on", "2026-01-04", "before the first"),
        ("cap_day", "0", "whole number from 1 to 1000000"),
        ("cap_agent_hour", "many", "whole number from 1 to 1000"),
        ("skip_budget_day", "-1", "whole number from 0 to 100"),
        ("starts_on", "yesterday", "not a day"),
    ],
)
def test_terms_that_make_no_sense_change_nothing(
    world: World, manager: Browser, field: str, value: str, why: str
) -> None:
    before = row_of(world, world.engagement)
    refused = manager.post("engagement-edit", world.engagement, **TERMS | {field: value})
    assert refused.status_code == 422
    assert why in words(refused)
    assert row_of(world, world.engagement) == before


def test_new_terms_are_kept_and_recorded_with_what_changed(world: World, manager: Browser) -> None:
    assert manager.get("engagement-edit", world.engagement).status_code == 200
    assert manager.post("engagement-edit", world.engagement, **TERMS).status_code == 302
    row = row_of(world, world.engagement)
    assert (row["starts_on"], row["ends_on"]) == (date(2026, 1, 5), date(2027, 1, 5))
    event, details, _reason = entries(world, world.engagement)[-1]
    assert event == "tenants:engagement:changed"
    assert "cap_day" in str(details["changed"])
    assert "203.0.113" not in str(details)
    page = words(manager.get("engagement", world.engagement))
    assert "203.0.113.0/24" in page


def test_suspending_takes_a_reason_that_the_record_does_not_repeat(world: World, manager: Browser) -> None:
    assert manager.post("engagement-suspend", world.engagement, reason=" ").status_code == 422
    assert row_of(world, world.engagement)["state"] == "active"
    done = manager.post("engagement-suspend", world.engagement, reason="Too many complaints this week")
    assert target(done) == reverse("engagement", args=[world.engagement])
    row = row_of(world, world.engagement)
    assert (row["state"], row["state_reason"]) == ("suspended", "Too many complaints this week")
    assert "Too many complaints this week" in words(manager.get("engagement", world.engagement))
    event, details, reason = entries(world, world.engagement)[-1]
    assert event == "tenants:engagement:suspended"
    assert "complaints" not in f"{details}{reason}"


def test_the_states_follow_each_other_and_an_end_is_an_end(world: World, manager: Browser) -> None:
    def moves(page: str, **data: str) -> int:
        return manager.post(page, world.engagement, **data).status_code

    assert moves("engagement-resume") == 422
    assert moves("engagement-suspend", reason="x") == 302
    assert moves("engagement-suspend", reason="x") == 422
    assert moves("engagement-resume") == 302
    assert moves("engagement-end") == 302
    assert [moves("engagement-resume"), moves("engagement-end"), moves("engagement-suspend", reason="x")] == [
        422
    ] * 3
    assert moves("engagement-edit", **TERMS) == 422
    assert row_of(world, world.engagement)["state"] == "ended"
    assert [row[0].rpartition(":")[2] for row in entries(world, world.engagement)] == [
        "suspended",
        "resumed",
        "ended",
    ]


def test_suspending_wakes_the_desks_of_its_campaigns_and_of_no_other(world: World, manager: Browser) -> None:
    ours, theirs = world.campaign(world.alder), world.campaign(world.birch)
    layer = get_channel_layer()

    async def subscribe() -> tuple[str, str]:
        one, other = await layer.new_channel(), await layer.new_channel()
        await layer.group_add(f"campaign.{ours.hex}", one)
        await layer.group_add(f"campaign.{theirs.hex}", other)
        return one, other

    async def heard() -> tuple[dict[str, str], bool]:
        import asyncio

        one, other = await subscribe()
        await asyncio.to_thread(manager.post, "engagement-suspend", world.engagement, reason="x")
        message = await asyncio.wait_for(layer.receive(one), 60)
        try:
            await asyncio.wait_for(layer.receive(other), 0.2)
        except TimeoutError:
            return message, False
        return message, True

    message, was_other_woken = async_to_sync(heard)()
    assert message == {"type": "desk.wake"}
    assert not was_other_woken


@pytest.mark.parametrize("page", ["engagement", *FORMS])
def test_another_firms_engagement_is_not_found(world: World, manager: Browser, page: str) -> None:
    for engagement_id in (world.engagement_birch, uuid4()):
        assert manager.get(page, engagement_id).status_code == 404
        if page in FORMS:
            assert manager.post(page, engagement_id, reason="x", **TERMS).status_code == 404
    assert row_of(world, world.engagement_birch)["state"] == "active"
    assert row_of(world, world.engagement_birch)["cap_day"] == 100000
    assert manager.get(page, world.engagement).status_code == 200


@pytest.mark.parametrize("role", ["auditor", "data_officer"])
def test_others_of_the_firm_look_but_do_not_touch(world: World, surface: Surface, role: str) -> None:
    surface("firm")
    browser = Browser().become(world.alder.people[role])
    assert browser.get("outsourcers").status_code == 200
    shown = browser.get("engagement", world.engagement)
    assert shown.status_code == 200
    assert "Suspend" not in words(shown)
    assert browser.get("engagement-new").status_code == 403
    assert browser.post("engagement-new", handle="wren", **TERMS).status_code == 403
    for page in FORMS:
        assert browser.get(page, world.engagement).status_code == 403
        assert browser.post(page, world.engagement, reason="x", **TERMS).status_code == 403
    assert row_of(world, world.engagement)["state"] == "active"


def test_a_form_opens_with_terms_that_would_be_taken(manager: Browser) -> None:
    form = manager.get("engagement-new").context["form"]
    assert form.initial["ends_on"] - form.initial["starts_on"] == timedelta(days=90)
    assert form.initial["cap_agent_hour"] == 60
