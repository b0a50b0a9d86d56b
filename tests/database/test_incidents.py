"""The incident register below the application: numbers without gaps, nothing rewritten, nobody acts without a token."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tenants.db.ids import new_id
from tests.database.register import ADD, OPEN, RULES, add, items, now, open_one
from tests.web.evidence import entries_of
from tests.world import Member, World


@pytest.fixture
def manager(world: World) -> Member:
    return world.alder.people["manager"]


def test_an_incident_gets_the_next_number_its_clock_and_its_entries(world: World, manager: Member) -> None:
    text = "Żółta lista, seen by the cleaner."
    discovered = now() - timedelta(hours=2)
    first = open_one(world, manager, text=text, effects="Nobody yet.", discovered=discovered)
    second = open_one(world, manager)
    assert (first["ok"], first["number"], second["number"]) == (True, 1, 2)
    with world.definer() as conn:
        (due,) = conn.execute(
            "select due_at from tenants_incident where id = %s", [first["incident_id"]]
        ).fetchone()
        (head,) = conn.execute(
            "select tenants_incident_head(i) from tenants_incident i where id = %s", [first["incident_id"]]
        ).fetchone()
    assert due == discovered + timedelta(hours=72)
    opened = entries_of(world, world.alder, "incidents:incident:opened")[0]
    assert (opened["actor_id"], opened["subject_kind"], str(opened["subject_id"])) == (
        manager.id, "incident", first["incident_id"],
    )  # fmt: skip
    assert opened["details"]["digest"] == hashlib.sha256(head.encode()).hexdigest()
    note, effects = entries_of(world, world.alder, "incidents:incident:added")[:2]
    assert note["details"]["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert (note["details"]["number"], note["details"]["kind"], effects["details"]["kind"]) == (
        1,
        "note",
        "effects",
    )
    assert "cleaner" not in str(entries_of(world, world.alder, "incidents:incident:added"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "gossip"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"text": " "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"discovered": datetime(2100, 1, 1, tzinfo=UTC)}, "discovered"),
        ({"discovered": None}, "discovered"),
        ({"happened": datetime(2100, 1, 1, tzinfo=UTC)}, "happened"),
    ],
)
def test_what_makes_no_sense_opens_nothing_and_is_recorded_as_refused(
    world: World, manager: Member, given: dict[str, Any], code: str
) -> None:
    assert open_one(world, manager, **given) == {"ok": False, "code": code}
    with world.definer() as conn:
        assert conn.execute("select count(*) from tenants_incident").fetchone() == (0,)
    (refused,) = entries_of(world, world.alder, "incidents:incident:opened")
    assert (refused["allowed"], refused["reason"]) == (False, code)
    assert open_one(world, manager)["number"] == 1


def test_numbers_have_no_gaps_when_many_open_at_once_and_some_roll_back(
    world: World, manager: Member
) -> None:
    world.token(manager)

    def one(n: int) -> None:
        with world.database.connect("firm", autocommit=False) as conn:
            conn.execute("select set_config('keyhole.token', %s, true)", [world.token(manager)])
            conn.execute(f"select {OPEN}('other', 'At once', 'text', '', null, now(), null, '')")
            (conn.rollback if n % 3 == 0 else conn.commit)()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(12)))
    with world.definer() as conn:
        numbers = [
            n for (n,) in conn.execute("select number from tenants_incident order by number").fetchall()
        ]
    assert numbers == list(range(1, 9))


def test_closing_needs_effects_measures_and_the_authority_or_why_not(world: World, manager: Member) -> None:
    incident = open_one(world, manager)["incident_id"]
    refusals = [add(world, manager, incident, "closed")["code"]]
    add(world, manager, incident, "effects")
    refusals.append(add(world, manager, incident, "closed")["code"])
    add(world, manager, incident, "measures")
    refusals.append(add(world, manager, incident, "closed")["code"])
    assert refusals == ["no_effects", "no_measures", "no_authority"]
    assert add(world, manager, incident, "closed", why="No personal data was in it.") == {"ok": True}
    assert items(world, incident)[-2:] == [("authority", "No personal data was in it."), ("closed", "Done.")]
    assert add(world, manager, incident, "note")["code"] == "closed"
    assert add(world, manager, incident, "reopened") == {"ok": True}
    assert add(world, manager, incident, "reopened")["code"] == "open"
    assert add(world, manager, incident, "authority", told=now())["ok"]
    assert add(world, manager, incident, "closed")["ok"]
    denied = [
        e["reason"] for e in entries_of(world, world.alder, "incidents:incident:closed") if not e["allowed"]
    ]
    assert denied == refusals


@pytest.mark.parametrize("kind", ["authority", "persons"])
def test_telling_has_a_time_between_the_discovery_and_now(world: World, manager: Member, kind: str) -> None:
    incident = open_one(world, manager)["incident_id"]
    for told in (None, now() + timedelta(hours=1), now() - timedelta(days=1)):
        assert add(world, manager, incident, kind, told=told)["code"] == "told"
    assert add(world, manager, incident, kind, told=now())["ok"]


def test_another_firms_incident_is_not_found(world: World, manager: Member) -> None:
    incident = open_one(world, manager)["incident_id"]
    other = world.birch.people["manager"]
    assert add(world, other, incident, "note") == {"ok": False, "code": "not_found"}
    assert add(world, other, new_id(), "note") == {"ok": False, "code": "not_found"}
    assert open_one(world, other)["number"] == 1
    assert add(world, manager, incident, "note")["ok"]


def test_nobody_writes_in_the_register_without_a_persons_token(world: World, manager: Member) -> None:
    incident = open_one(world, manager)["incident_id"]
    for function, args in (
        (OPEN, ["other", "t", "x", "", None, now(), None, ""]),
        (ADD, [incident, "note", "x", None, "", None, ""]),
        (RULES, [72, 24, None, ""]),
    ):
        places = ", ".join(["%s"] * len(args))
        with world.database.connect("firm") as conn, pytest.raises(psycopg.errors.Error) as refused:
            conn.execute(f"select {function}({places})", args)
        assert refused.value.sqlstate == "KH001"


def refused_to(conn: AbstractContextManager[Any], statement: str) -> bool:
    with conn as open_conn:
        try:
            open_conn.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
    return False


@pytest.mark.parametrize("table", ["tenants_incident", "tenants_incidententry", "tenants_rules"])
def test_the_firms_login_writes_nothing_by_itself(world: World, manager: Member, table: str) -> None:
    open_one(world, manager)
    writes = [
        f"insert into {table} default values",
        f"delete from {table}",
        f"update {table} set firm_id = firm_id",
    ]
    for login in ("firm", "worker"):
        for statement in writes:
            assert refused_to(world.database.connect(login), statement), (login, statement)
    assert not refused_to(world.database.connect("firm"), f"select * from {table}")


@pytest.mark.parametrize("table", ["tenants_incident", "tenants_incidententry"])
def test_not_even_the_functions_owner_rewrites_what_was_said(
    world: World, manager: Member, table: str
) -> None:
    open_one(world, manager)
    for statement in (f"update {table} set firm_id = firm_id", f"delete from {table}", f"truncate {table}"):
        assert refused_to(world.definer(), statement), statement
    assert not refused_to(world.definer(), f"select * from {table}")
