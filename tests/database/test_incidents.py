"""The incident register below the application: numbers without gaps, nothing rewritten, reminders once, rules with a floor."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tenants.db.ids import new_id
from tests.web.evidence import entries_of
from tests.world import ADDRESS, DEVICE, House, Member, World

Ask = Callable[..., Any]
OPEN = "tenants_open_incident_v1"
ADD = "tenants_add_to_incident_v1"
RULES = "tenants_change_rules_v1"
WITNESS = UUID("0190a4c2-7e1b-7c3d-9f00-000000000001")


def ask_as(world: World, member: Member, function: str, *args: Any) -> Any:
    """Call a function in a firm transaction of a member, who is known by the token alone."""
    with world.database.connect("firm") as conn, conn.transaction():
        conn.execute("select set_config('keyhole.token', %s, true)", [world.token(member)])
        places = ", ".join(["%s"] * len(args))
        row = conn.execute(f"select {function}({places})", args).fetchone()
    return row[0] if row else None


def now() -> datetime:
    return datetime.now(UTC)


def open_one(world: World, member: Member, *, text: str = "A list was seen on a desk.", **given: Any) -> Any:
    values = {
        "kind": "access",
        "title": "A list on a desk",
        "effects": "",
        "happened": None,
        "discovered": now(),
    }
    asked = values | given
    return ask_as(
        world, member, OPEN, asked["kind"], asked["title"], text, asked["effects"], asked["happened"],
        asked["discovered"], ADDRESS, DEVICE,
    )  # fmt: skip


def add(
    world: World,
    member: Member,
    incident: Any,
    kind: str,
    *,
    text: str = "Done.",
    told: Any = None,
    why: str = "",
) -> Any:
    return ask_as(world, member, ADD, incident, kind, text, told, why, ADDRESS, DEVICE)


def items(world: World, incident: Any) -> list[tuple[str, str]]:
    with world.definer() as conn:
        return conn.execute(
            "select kind, text from tenants_incidententry where incident_id = %s order by added_at, id",
            [incident],
        ).fetchall()


@pytest.fixture
def manager(world: World) -> Member:
    return world.alder.people["manager"]


def alarm(world: World, firm: House, cause: str = "witness_refused", subject: UUID | None = WITNESS) -> Any:
    with world.definer() as conn:
        row = conn.execute(
            "select tenants_open_alarm(%s, %s, 'tampering', 'A witness refused the record', %s)",
            [firm.id, cause, subject],
        ).fetchone()
    return row[0] if row else None


def set_incident(world: World, *, due_in_h: float, opened_h_ago: float = 200, number: int = 1) -> UUID:
    """An incident as it would stand had it been opened earlier; the clock cannot be turned for the database."""
    incident = new_id()
    opened = now() - timedelta(hours=opened_h_ago)
    world.insert(
        "tenants_incident",
        {
            "id": incident, "firm_id": world.alder.id, "number": number, "kind": "other", "title": "An old one",
            "cause": "", "discovered_at": opened, "due_at": now() + timedelta(hours=due_in_h), "opened_at": opened,
            "opened_by": world.alder.people["manager"].id,
        },
    )  # fmt: skip
    return incident


def remind(world: World) -> int:
    with world.database.connect("worker") as conn:
        (said,) = conn.execute("select tenants_remind_incidents_v1()").fetchone()  # type: ignore[misc]
    return int(said["reminded"])


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
