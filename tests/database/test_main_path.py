"""The main path through the functions alone, each under the login that really calls it."""

import hashlib
import secrets
from typing import Any

import pytest

from tests.world import World, call_as


@pytest.fixture
def staged(world: World) -> Any:
    campaign = world.campaign()
    contacts = world.contacts(campaign, 3)
    return world, campaign, contacts


def test_an_agent_gets_one_person_calls_and_records_the_outcome(staged: Any) -> None:
    world, campaign, contacts = staged
    token = world.token(world.tern.people["agent"])
    with world.database.connect("agent") as agent, world.database.connect("gateway") as gateway:
        desk = call_as(agent, "dialer_load_desk_v1", token)
        assert desk["state"] == "paused"
        assert desk["campaign"]["id"] == str(campaign)
        assert call_as(agent, "dialer_go_ready_v1", token) == {"ok": True}
        reserved = call_as(agent, "dialer_reserve_contact_v1", token)
        assert reserved["ok"], reserved
        shown = call_as(agent, "dialer_reveal_contact_v1", token)
        assert shown["contact_id"] == str(contacts[0])
        assert [c["name"] for c in shown["columns"] if c["shown"]] == ["first_name"]
        dial = secrets.token_urlsafe(24)
        assert call_as(agent, "dialer_request_dial_v1", token, hashlib.sha256(dial.encode()).digest())["ok"]
        row = gateway.execute("select * from dialer_redeem_token_v1(%s)", [dial]).fetchone()
        assert row is not None
        attempt = row[0]
        assert gateway.execute("select * from dialer_redeem_token_v1(%s)", [dial]).fetchone() is None
        for event, state in (("ringing", "ringing"), ("answered", "talking")):
            assert call_as(gateway, "dialer_record_event_v1", attempt, event, None) == state
        shown = call_as(agent, "dialer_reveal_contact_v1", token)
        assert [c["name"] for c in shown["columns"] if c["shown"]] == ["first_name", "town"]
        assert call_as(gateway, "dialer_record_event_v1", attempt, "ended_answered", 16) == "ended"
        desk = call_as(agent, "dialer_load_desk_v1", token)
        assert desk["state"] == "wrapup"
        none = call_as(agent, "dialer_record_outcome_v1", token, None, None, False, None, None)
        assert none == {"ok": False, "code": "no_outcome"}
        reached = next(d["id"] for d in desk["dispositions"] if d["kind"] == "reached")
        assert call_as(agent, "dialer_record_outcome_v1", token, reached, None, False, None, None) == {
            "ok": True
        }
        desk = call_as(agent, "dialer_load_desk_v1", token)
        assert desk["state"] == "ready"
        assert call_as(agent, "dialer_reserve_contact_v1", token)["ok"]
    with world.database.connect("firm") as firm, firm.transaction():
        firm.execute(
            "select set_config('keyhole.token', %s, true)", [world.token(world.alder.people["auditor"])]
        )
        events = [
            e
            for (e,) in firm.execute(
                "select event from tenants_entry where contact_id = %s order by at", [contacts[0]]
            ).fetchall()
        ]
    assert events == [
        "dialer:contact:reserved",
        "dialer:dial:requested",
        "dialer:call:dialled",
        "dialer:call:answered",
        "dialer:contact:revealed",
        "dialer:call:ended",
        "dialer:outcome:recorded",
    ]
