"""What the tests of evidence set on the stage: one call of one agent, and a number only the test knows."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.vault.index import firm_index_key, number_index
from tenants.vault.keyring import load_keyring
from tests.world import House, World, call_as

# Reserved for fiction in the North American plan.
NUMBER = "+12015550123"
FORMS = ("+12015550123", "12015550123", "2015550123", "201-555-0123", "(201) 555-0123", "201 555 0123")


@dataclass
class Call:
    """A call that was made: its campaign, contact and attempt."""

    campaign: UUID
    contact: UUID
    attempt: UUID
    token: str


def give_number(world: World, firm: House, campaign: UUID, contact: UUID, number: str = NUMBER) -> None:
    """Give a contact a second number that the test knows."""
    worker = load_keyring(world.database.keys, "worker")
    index = number_index(firm_index_key(worker.index_master(), firm.id), number)
    world.insert(
        "campaigns_contactnumber",
        {
            "firm_id": firm.id,
            "campaign_id": campaign,
            "contact_id": contact,
            "position": 1,
            "number_index": index,
            "sealed": b"sealed",
        },
    )


def open_record(world: World, *, house: House | None = None, role: str = "agent") -> str:
    """Let an agent get the next person; returns the agent's token."""
    token = world.token((house or world.tern).people[role])
    with world.database.connect("agent") as agent:
        call_as(agent, "dialer_load_desk_v1", token)
        assert call_as(agent, "dialer_go_ready_v1", token)["ok"]
        assert call_as(agent, "dialer_reserve_contact_v1", token)["ok"]
    return token


def answer_call(world: World, token: str) -> UUID:
    """Let the agent call the open record, and the person answer; returns the attempt."""
    dial = secrets.token_urlsafe(24)
    with world.database.connect("agent") as agent, world.database.connect("gateway") as gateway:
        digest = hashlib.sha256(dial.encode()).digest()
        assert call_as(agent, "dialer_request_dial_v1", token, digest)["ok"]
        row = gateway.execute("select attempt_id from dialer_redeem_token_v1(%s)", [dial]).fetchone()
        assert row is not None
        for event in ("ringing", "answered"):
            assert call_as(gateway, "dialer_record_event_v1", row[0], event, None)
    return UUID(str(row[0]))


def make_call(world: World, *, house: House | None = None, firm: House | None = None) -> Call:
    """Let an agent of an outsourcer call one person of a campaign of its own and record that it went well."""
    firm = firm or world.alder
    campaign = world.campaign(firm)
    (contact,) = world.contacts(campaign, 1, firm)
    token = open_record(world, house=house)
    attempt = answer_call(world, token)
    with world.database.connect("agent") as agent, world.database.connect("gateway") as gateway:
        assert call_as(gateway, "dialer_record_event_v1", attempt, "ended_answered", 16) == "ended"
        desk = call_as(agent, "dialer_load_desk_v1", token)
        reached = next(d["id"] for d in desk["dispositions"] if d["kind"] == "reached")
        done = call_as(agent, "dialer_record_outcome_v1", token, reached, None, False, None, None)
        assert done == {"ok": True}, done
    return Call(campaign, contact, attempt, token)


def entries_of(world: World, firm: House, event: str) -> list[dict[str, Any]]:
    """The firm's entries of an event, oldest first, as the functions' owner reads them."""
    with world.definer() as conn:
        cursor = conn.execute(
            "select actor_id, actor_kind, allowed, reason, details, subject_kind, subject_id, contact_id, "
            "session_ref "
            "from tenants_entry where firm_id = %s and event = %s order by at, id",
            [firm.id, event],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def all_text(world: World) -> str:
    """Every row of every table as text: what a thief of a backup could search."""
    with world.definer() as conn:
        conn.execute("reset role")
        names = [
            name
            for (name,) in conn.execute(
                "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace "
                "and c.relkind = 'r' and c.relname ~ '^(tenants|campaigns|dialer)_'"
            ).fetchall()
        ]
        conn.execute("set role keyhole_definer")
        return "\n".join(
            str(row[0]) for name in names for row in conn.execute(f"select t::text from {name} t").fetchall()
        )
