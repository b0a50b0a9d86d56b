"""The firm's rules: everybody reads them, few change them, and nobody goes under the floor of the law."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.database.register import open_one
from tests.web.browser import Browser, target, words
from tests.web.evidence import entries_of
from tests.world import World

Surface = Callable[[str], None]


@pytest.fixture
def manager(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


def test_a_firm_that_changed_nothing_has_the_usual_rules(manager: Browser) -> None:
    shown = words(manager.get("rules"))
    assert "Hours to tell the authority 72" in shown
    assert "Months to keep entries 24" in shown
    assert "Nobody changed these rules yet" in shown


def test_a_change_holds_for_the_next_incident_and_is_on_record_with_old_and_new(
    world: World, manager: Browser
) -> None:
    member = world.alder.people["manager"]
    before = open_one(world, member)
    assert target(manager.post("rules-edit", clock_h="48", keep_months="36")) == reverse("rules")
    shown = words(manager.get("rules"))
    assert "Hours to tell the authority 48" in shown
    assert "Months to keep entries 36" in shown
    assert "Last changed" in shown
    after = open_one(world, member)
    with world.definer() as conn:
        spans = dict(
            conn.execute(
                "select id::text, extract(epoch from due_at - discovered_at)::int / 3600 from tenants_incident"
            ).fetchall()
        )
    assert (spans[before["incident_id"]], spans[after["incident_id"]]) == (72, 48)
    (entry,) = entries_of(world, world.alder, "tenants:rules:changed")
    assert (entry["actor_id"], entry["allowed"]) == (member.id, True)
    assert entry["details"] == {
        "clock_h": 48,
        "clock_h_before": 72,
        "keep_months": 36,
        "keep_months_before": 24,
    }
    other = Browser().become(world.birch.people["manager"])
    assert "Hours to tell the authority 72" in words(other.get("rules"))


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("clock_h", "0", "from 1 to 720"),
        ("clock_h", "721", "from 1 to 720"),
        ("clock_h", "soon", "from 1 to 720"),
        ("keep_months", "23", "from 24 to 600"),
        ("keep_months", "601", "from 24 to 600"),
        ("keep_months", "", "from 24 to 600"),
    ],
)
def test_rules_out_of_bounds_change_nothing(
    world: World, manager: Browser, field: str, value: str, why: str
) -> None:
    typed = {"clock_h": "48", "keep_months": "36"}
    refused = manager.post("rules-edit", **typed | {field: value})
    assert refused.status_code == 422
    assert why in words(refused)
    assert "Hours to tell the authority 72" in words(manager.get("rules"))
    assert entries_of(world, world.alder, "tenants:rules:changed") == []
    assert manager.post("rules-edit", **typed).status_code == 302


def test_the_law_of_the_country_raises_the_floor(world: World, manager: Browser) -> None:
    with world.definer() as conn:
        conn.execute("update tenants_firm set country = 'US' where id = %s", [world.alder.id])
    assert "Months to keep entries 60" in words(manager.get("rules"))
    refused = manager.post("rules-edit", clock_h="72", keep_months="59")
    assert refused.status_code == 422
    assert "from 60 to 600" in words(refused)
    assert manager.post("rules-edit", clock_h="72", keep_months="60").status_code == 302


def test_an_auditor_reads_the_rules_and_changes_none(world: World, manager: Browser) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    shown = auditor.get("rules")
    assert shown.status_code == 200
    assert "Change the rules" not in words(shown)
    assert auditor.post("rules-edit", clock_h="48", keep_months="36").status_code == 403
    assert manager.get("rules-edit").status_code == 200


def test_a_change_asks_for_the_second_factor_when_it_was_long_ago(world: World, manager: Browser) -> None:
    assert manager.get("rules-edit").status_code == 200
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(manager.get("rules-edit")).startswith(reverse("confirm"))
    assert target(manager.post("rules-edit", clock_h="48", keep_months="36")).startswith(reverse("confirm"))
    assert "Hours to tell the authority 72" in words(manager.get("rules"))
