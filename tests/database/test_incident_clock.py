"""Alarms that open one incident each, reminders that come once, and rules that keep to their bounds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.database.register import RULES, add, alarm, ask_as, items, now, open_one, remind, set_incident
from tests.web.evidence import entries_of
from tests.world import ADDRESS, DEVICE, Member, World


@pytest.fixture
def manager(world: World) -> Member:
    return world.alder.people["manager"]


def test_an_alarm_opens_one_incident_until_it_is_closed(world: World, manager: Member) -> None:
    first = alarm(world, world.alder)
    assert first is not None
    assert alarm(world, world.alder) is None
    assert alarm(world, world.alder, subject=None) is not None
    assert alarm(world, world.alder, subject=None) is None
    assert alarm(world, world.birch) is not None
    entry = entries_of(world, world.alder, "incidents:incident:opened")[0]
    assert (entry["actor_kind"], entry["actor_id"], entry["reason"]) == ("system", None, "witness_refused")
    for kind in ("effects", "measures"):
        add(world, manager, first, kind)
    assert add(world, manager, first, "closed", why="A test.")["ok"]
    assert alarm(world, world.alder) not in (None, first)


@pytest.mark.parametrize(
    ("due_in_h", "given"),
    [(30, []), (20, ["-24"]), (-1, ["0"]), (-25, ["24"]), (-100, ["96"])],
)
def test_a_reminder_comes_a_day_before_at_the_end_and_every_day_after(
    world: World, due_in_h: float, given: list[str]
) -> None:
    incident = set_incident(world, due_in_h=due_in_h)
    assert remind(world) == len(given)
    assert remind(world) == 0
    assert items(world, incident) == [("reminder", hours) for hours in given]
    assert len(entries_of(world, world.alder, "incidents:incident:reminded")) == len(given)


def test_no_reminder_after_the_authority_was_told_or_the_incident_closed(
    world: World, manager: Member
) -> None:
    told, closed, running = (set_incident(world, due_in_h=-1, number=n) for n in (1, 2, 3))
    assert add(world, manager, told, "authority", told=now())["ok"]
    for kind in ("effects", "measures"):
        add(world, manager, closed, kind)
    assert add(world, manager, closed, "closed", why="None of it was personal.")["ok"]
    assert remind(world) == 1
    assert items(world, running) == [("reminder", "0")]
    assert add(world, manager, closed, "reopened")["ok"]
    assert remind(world) == 0


def test_two_workers_at_once_remind_once(world: World) -> None:
    incidents = [set_incident(world, due_in_h=-1, number=n) for n in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: remind(world), range(4))) + remind(world) == len(incidents)
    for incident in incidents:
        assert items(world, incident) == [("reminder", "0")]
    assert len(entries_of(world, world.alder, "incidents:incident:reminded")) == len(incidents)


def test_the_rules_keep_their_bounds_and_their_history(world: World, manager: Member) -> None:
    def change(clock_h: int | None, keep: int | None, member: Member = manager) -> Any:
        return ask_as(world, member, RULES, clock_h, keep, ADDRESS, DEVICE)

    assert ask_as(world, manager, "tenants_load_rules_v1")["clock_h"] == 72
    for clock_h, keep, code in ((0, 24, "clock"), (721, 24, "clock"), (72, 23, "keep"), (72, 601, "keep")):
        assert change(clock_h, keep)["code"] == code
    assert change(48, 36) == {"ok": True}
    assert change(24, 30, world.alder.people["data_officer"]) == {"ok": True}
    loaded = ask_as(world, manager, "tenants_load_rules_v1")
    assert (loaded["clock_h"], loaded["keep_months"], loaded["floor_months"]) == (24, 30, 24)
    assert ask_as(world, world.birch.people["manager"], "tenants_load_rules_v1")["clock_h"] == 72
    done = [e["details"] for e in entries_of(world, world.alder, "tenants:rules:changed") if e["allowed"]]
    assert done[1] == {"clock_h": 24, "clock_h_before": 48, "keep_months": 30, "keep_months_before": 36}
    with pytest.raises(psycopg.errors.Error):
        change(72, 24, world.alder.people["auditor"])
    discovered = now() - timedelta(hours=1)
    incident = open_one(world, manager, discovered=discovered)["incident_id"]
    with world.definer() as conn:
        due = conn.execute("select due_at from tenants_incident where id = %s", [incident]).fetchone()
    assert due == (discovered + timedelta(hours=24),)
