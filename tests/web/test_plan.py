"""The plan editor: read back as it was written, saved against the version it was seen at, each change on record."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from campaigns.planning.planform import PlanForms
from campaigns.planning.queries import find_campaign, load_plan
from tenants.db.firm import firm_transaction
from tests.web.browser import Browser, target, words
from tests.web.test_campaigns import entries
from tests.world import World

Surface = Callable[[str], None]


@pytest.fixture
def editor(world: World, surface: Surface) -> tuple[Browser, UUID]:
    surface("firm")
    browser = Browser().become(world.alder.people["manager"])
    made = browser.post("campaign-new", name="Winter", country="US")
    campaign = UUID(target(made).rsplit("/", 1)[1])
    return browser, campaign


def form_of(browser: Browser, world: World, campaign: UUID) -> dict[str, Any]:
    """The editor's fields as a browser would send them back."""
    with firm_transaction(str(browser.key)):
        found = find_campaign(firm_id=world.alder.id, campaign_id=campaign)
        assert found is not None
        forms = PlanForms(load_plan(found))
        data: dict[str, Any] = {"version": str(found.plan_version)}
        for rows in (forms.windows, forms.outcomes, forms.retries, forms.columns):
            for form in (rows.management_form, *rows.forms):
                data |= {field.html_name: _sent(field.value()) for field in form}
        return data | {field.html_name: _sent(field.value()) for field in forms.figures}


def _sent(value: Any) -> str:
    if value is None:
        return ""
    return value.strftime("%H:%M") if hasattr(value, "strftime") else str(value)


def save(browser: Browser, campaign: UUID, data: dict[str, Any]) -> Any:
    return browser.client.post(reverse("campaign-plan", args=[campaign]), data)


def test_saving_what_is_there_changes_nothing(world: World, editor: tuple[Browser, UUID]) -> None:
    browser, campaign = editor
    data = form_of(browser, world, campaign)
    assert target(save(browser, campaign, data)) == reverse("campaign", args=[campaign])
    assert entries(world, "campaigns:plan:changed") == []
    assert form_of(browser, world, campaign) == data


def test_a_change_raises_the_version_and_is_on_record(world: World, editor: tuple[Browser, UUID]) -> None:
    browser, campaign = editor
    data = form_of(browser, world, campaign) | {
        "plan-max_attempts": "3",
        "hours-0-opens": "10:30",
        "plan-closed_days": "2026-12-24 Christmas Eve",
        "plan-script": "# Hello\nGood day.\n> Smile.",
        "outcomes-0-label": "Agreed",
        "retries-1-retry_min": "30",
    }
    assert save(browser, campaign, data).status_code == 302
    ((actor, where, details),) = entries(world, "campaigns:plan:changed")
    assert (actor, where) == (world.alder.people["manager"].id, campaign)
    assert details == {
        "plan_version": 2,
        "changed": "max_attempts,hours,closed_days,outcomes,retries,script",
    }
    after = form_of(browser, world, campaign)
    assert after["version"] == "2"
    for name in ("plan-max_attempts", "hours-0-opens", "plan-closed_days", "plan-script", "outcomes-0-label"):
        assert after[name] == data[name]


def test_a_plan_that_somebody_changed_meanwhile_is_not_overwritten(
    world: World, editor: tuple[Browser, UUID]
) -> None:
    browser, campaign = editor
    data = form_of(browser, world, campaign)
    assert save(browser, campaign, data | {"plan-max_attempts": "3"}).status_code == 302
    refused = save(browser, campaign, data | {"plan-max_attempts": "4"})
    assert refused.status_code == 422
    assert "Somebody changed this plan" in words(refused)
    assert form_of(browser, world, campaign)["plan-max_attempts"] == "3"


@pytest.mark.parametrize(
    "change",
    [
        {"hours-0-closes": "07:00"},
        {"hours-0-closes": ""},
        {"hours-7-weekday": "1", "hours-7-opens": "09:00", "hours-7-closes": "10:00"},
        {"plan-min_ring_s": "60"},
        {"plan-closed_days": "tomorrow"},
        {"plan-script": "no title"},
        {"outcomes-1-label": "Reached, agreed"},
        {"outcomes-0-kind": "explode"},
    ],
)
def test_a_plan_that_does_not_fit_is_refused_whole(
    world: World, editor: tuple[Browser, UUID], change: dict[str, str]
) -> None:
    browser, campaign = editor
    before = form_of(browser, world, campaign)
    refused = save(browser, campaign, before | change)
    assert refused.status_code == 422
    assert "There is a problem" in words(refused)
    assert form_of(browser, world, campaign) == before
    assert entries(world, "campaigns:plan:changed") == []


def test_an_outcome_that_is_taken_away_stays_for_past_calls(
    world: World, editor: tuple[Browser, UUID]
) -> None:
    browser, campaign = editor
    data = form_of(browser, world, campaign) | {"outcomes-0-label": ""}
    assert save(browser, campaign, data).status_code == 302
    with world.definer() as conn:
        rows = conn.execute(
            "select archived, count(*) from campaigns_disposition where campaign_id = %s group by 1 order by 1",
            [campaign],
        ).fetchall()
    assert rows == [(False, 6), (True, 1)]
