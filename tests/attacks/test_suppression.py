"""Suppressed people are neither handed out nor dialled, and callbacks come when and to whom they should."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.attacks.hostile import Desk, ask, open_desk, set_rows
from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world, people=4)


def suppress(desk: Desk, contact: Any, **values: Any) -> None:
    row = {"campaign_id": None, "expires_at": None, **values}
    set_rows(
        desk.world,
        "insert into campaigns_suppression (id, firm_id, campaign_id, number_index, source, created_at, expires_at)"
        " select gen_random_uuid(), firm_id, %s, number_index, 'manual', now(), %s from campaigns_contactnumber"
        " where contact_id = %s",
        row["campaign_id"],
        row["expires_at"],
        contact,
    )


def test_a_suppressed_person_is_passed_over_at_the_claim(desk: Desk) -> None:
    suppress(desk, desk.contacts[0])
    suppress(desk, desk.contacts[1], campaign_id=desk.campaign)
    suppress(desk, desk.contacts[2], expires_at=datetime.now(UTC) - timedelta(seconds=1))
    desk.reserve()
    assert desk.act("dialer_reveal_contact_v1")["contact_id"] == str(desk.contacts[2])
    finished = "select array_agg(contact_id order by contact_id) from dialer_contactstanding where result = 'suppressed'"
    assert ask(desk.world, finished) == sorted(desk.contacts[:2])


def test_a_person_suppressed_meanwhile_is_not_dialled(desk: Desk) -> None:
    desk.reserve()
    suppress(desk, desk.contacts[0])
    assert desk.act("dialer_request_dial_v1", b"h" * 32) == {"ok": False, "code": "suppressed"}


def test_an_objection_suppresses_every_number_for_the_whole_firm(desk: Desk) -> None:
    desk.reserve()
    assert desk.finish_call("objection")["ok"]
    row = "select count(*) from campaigns_suppression where firm_id = %s and campaign_id is null and source = 'objection'"
    assert ask(desk.world, row, desk.world.alder.id) == 1
    assert ask(desk.world, row, desk.world.birch.id) == 0
    state = ask(
        desk.world, "select state from dialer_contactstanding where contact_id = %s", desk.contacts[0]
    )
    assert state == "finished"


def test_an_own_callback_of_someone_suppressed_since_is_not_handed_out(desk: Desk) -> None:
    desk.reserve()
    due = datetime.now(UTC) + timedelta(hours=2)
    assert desk.finish_call("callback", at=due, own=True)["ok"]
    suppress(desk, desk.contacts[0])
    set_rows(desk.world, "update dialer_waiting set due_at = now() - interval '1 minute'")
    assert desk.reserve()["ok"]
    assert desk.act("dialer_reveal_contact_v1")["contact_id"] == str(desk.contacts[1])


@pytest.mark.parametrize("own", [True, False])
def test_a_callback_comes_to_its_agent_or_to_anybody(desk: Desk, own: bool) -> None:
    desk.reserve()
    assert desk.finish_call("callback", at=datetime.now(UTC) + timedelta(hours=2), own=own)["ok"]
    set_rows(desk.world, "update dialer_waiting set due_at = now() - interval '1 minute'")
    desk.call("dialer_promote_waiting_v1", login="worker")
    desk.call("dialer_refill_hoppers_v1", 500, 1000, login="worker")
    other = Desk(desk.world, desk.world.token(desk.world.tern.people["agent2"]), desk.campaign, desk.contacts)
    other.act("dialer_load_desk_v1")
    handed = set()
    for _ in range(4 - own):
        other.reserve()
        handed.add(other.act("dialer_reveal_contact_v1")["contact_id"])
        other.finish_call()
    assert (str(desk.contacts[0]) in handed) is not own
    if own:
        desk.reserve()
        assert desk.act("dialer_reveal_contact_v1")["contact_id"] == str(desk.contacts[0])


@pytest.mark.parametrize("due", [timedelta(hours=-1), timedelta(days=91), None])
def test_a_callback_lies_ahead_and_not_too_far(desk: Desk, due: timedelta | None) -> None:
    desk.reserve()
    at = datetime.now(UTC) + due if due is not None else None
    assert desk.finish_call("callback", at=at) == {"ok": False, "code": "callback_time"}
    assert desk.finish("reached")["ok"]
