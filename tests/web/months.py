"""A month of the record that has ended, set on the stage entry by entry, and reports of it read back. No test."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.reports.periods import Month
from tenants.db.ids import new_id
from tests.web.browser import Browser
from tests.world import House, World


def last_month() -> Month:
    """The month before the one that runs, as alder's zone has it."""
    from zoneinfo import ZoneInfo

    return Month.of(datetime.now(ZoneInfo("Europe/London")).date()).previous


def moment(month: Month, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A time in a month. UTC; the day stays the same in London."""
    return datetime(month.year, month.number, day, hour, minute, tzinfo=UTC)


def begin(world: World, firm: House | None = None, *, days: int = 200) -> None:
    """Let a firm, its people and engagements be there for some time already."""
    firm = firm or world.alder
    ago = datetime.now(UTC) - timedelta(days=days)
    with world.definer() as conn:
        conn.execute("update tenants_firm set created_at = %s where id = %s", [ago, firm.id])
        conn.execute("update tenants_person set created_at = %s", [ago])
        conn.execute(
            "update tenants_engagement set created_at = %s, starts_on = %s, ends_on = %s where firm_id = %s",
            [ago, ago.date(), (datetime.now(UTC) + timedelta(days=60)).date(), firm.id],
        )


def tell(
    world: World,
    at: datetime,
    event: str,
    actor: UUID | None,
    *,
    firm: House | None = None,
    house: House | None = None,
    **values: Any,
) -> UUID:
    """Put one entry into a firm's record at a time of its own."""
    from psycopg.types.json import Jsonb

    entry = new_id()
    row = {
        "id": entry,
        "firm_id": (firm or world.alder).id,
        "at": at,
        "event": event,
        "actor_kind": "person" if actor else "system",
        "actor_id": actor,
        "outsourcer_id": house.id if house else None,
        "subject_kind": "",
        "allowed": True,
        "reason": "",
        "address": "203.0.113.24",
        "device": "",
        "session_ref": "AB12",
        "process": "agent" if house else "firm",
        **values,
    }
    row["details"] = Jsonb(values.get("details", {}))
    world.insert("tenants_entry", row)
    return entry


def play_month(world: World, month: Month) -> dict[str, UUID]:
    """One agent of tern works a day and a night, one attempt of each kind is refused. Returns ids by name."""
    agent = world.tern.people["agent"].id
    manager = world.alder.people["manager"].id
    auditor = world.alder.people["auditor"].id
    contact, campaign = new_id(), world.campaign()
    here = {"house": world.tern, "campaign_id": campaign, "contact_id": contact}
    tell(world, moment(month.previous, 3), "identity:session:opened", agent, house=world.tern)
    tell(
        world, moment(month, 3, 9), "identity:session:opened", agent, house=world.tern, address="198.51.100.9"
    )
    for event, more in (
        ("dialer:contact:reserved", {"details": {"stage": 0}}),
        ("dialer:dial:requested", {}),
        ("dialer:call:dialled", {}),
        ("dialer:call:answered", {}),
        ("dialer:contact:revealed", {"details": {"stage": 1}}),
        ("dialer:answer:checked", {"allowed": False, "reason": "no_match"}),
        ("dialer:answer:checked", {"reason": "match"}),
        ("dialer:contact:revealed", {"details": {"stage": 2}}),
        ("dialer:call:ended", {"reason": "answered"}),
        ("dialer:outcome:recorded", {"reason": "reached", "details": {"disposition": None}}),
    ):
        tell(world, moment(month, 3, 10), event, agent, **here, **more)
    night = tell(world, moment(month, 4, 2), "dialer:contact:reserved", agent, **here)
    tell(world, moment(month, 4, 10), "dialer:contact:skipped", agent, **here, reason="language")
    tell(world, moment(month, 5), "dialer:dial:refused", agent, **here, allowed=False, reason="closed_hours")
    denied = tell(
        world,
        moment(month, 6),
        "identity:access:denied",
        manager,
        allowed=False,
        reason="not_allowed",
        details={"action": "number.search"},
    )
    tell(world, moment(month, 6), "identity:session:refused", auditor, allowed=False, reason="password")
    return {"agent": agent, "contact": contact, "campaign": campaign, "denied": denied, "night": night}


PLAN = {
    "review": {"month": str(last_month())},
    "contacts": {"since": last_month().first.isoformat(), "until": last_month().last.isoformat()},
    "audit": {"since": last_month().first.isoformat(), "until": last_month().last.isoformat()},
    "processing": {},
}


def make(browser: Browser, world: World, report: str, form: str = "csv", **more: Any) -> Any:
    asked = {**PLAN[report], **more}
    if report == "contacts":
        asked.setdefault("outsourcer", str(world.tern.id))
    return browser.post("report-make", report=report, format=form, **asked)


def read_csv(response: Any, delimiter: str = ",") -> list[list[str]]:
    assert response.status_code == 200, response.content[:2000]
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=delimiter))


def table(rows: list[list[str]], title: str) -> list[dict[str, str]]:
    """The rows of one table of a CSV, by their column."""
    start = next(at for at, row in enumerate(rows) if row == [title])
    head = next(at for at in range(start + 1, len(rows)) if len(rows[at]) > 1)
    body = []
    for row in rows[head + 1 :]:
        if len(row) != len(rows[head]):
            break
        body.append(dict(zip(rows[head], row, strict=True)))
    return body
