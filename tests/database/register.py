"""What the tests of the incident register set on the stage, through the functions a firm's person calls."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tenants.db.ids import new_id
from tests.world import ADDRESS, DEVICE, House, Member, World

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
