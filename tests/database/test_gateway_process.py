"""The gateway as a process: killed in any state of a call, it loses and repeats nothing, all is recorded."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from channels.layers import get_channel_layer
from psycopg import sql

from dialer.telephony.timeline import Fate
from tests.database.gateway_process import (
    Caller,
    GatewayProcess,
    lingers,
    seed_for,
    send_dial,
    talks,
    wait_for,
)
from tests.unit.telephony.leaks import find_number
from tests.world import World

WHOLE = ["redeemed", "ringing", "answered", "ended_answered"]
ENTRIES = ["dialer:call:dialled", "dialer:call:answered", "dialer:call:ended"]


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    world.contacts(world.campaign(), 3)
    caller = Caller(world)
    yield caller
    caller.close()


@pytest.fixture
def gateway(world: World, tmp_path: Path) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(world.database, tmp_path)
    yield gateway
    gateway.stop()


def reach(caller: Caller, gateway: GatewayProcess, attempt_id: UUID, state: str) -> None:
    """Wait until the call has come so far; `held` is asked for. It is dialled when the exchange has it."""
    if state == "dialling":
        wait_for(lambda: attempt_id.hex in gateway.journal())
        return
    if state == "held":
        reach(caller, gateway, attempt_id, "talking")
        caller.command("hold")
    event = {"ringing": "ringing", "talking": "answered", "held": "held"}[state]
    wait_for(lambda: event in caller.events(attempt_id))


def test_a_call_goes_its_way_and_the_desk_follows_and_is_woken(
    caller: Caller, gateway: GatewayProcess
) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, talks), speed=100)

    async def follow() -> int:
        layer = get_channel_layer()
        own = await layer.new_channel()
        await layer.group_add(f"desk.{caller.member.id.hex}", own)
        await layer.send("gateway", {"type": "softphone.dial", "token": token})
        count = 0
        while count < 4:
            async with asyncio.timeout(60):
                assert await layer.receive(own) == {"type": "desk.wake"}
            count += 1
        await layer.flush()
        return count

    assert asyncio.run(follow()) == 4
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == WHOLE
    assert caller.entries(attempt_id) == ENTRIES
    desk = caller.desk()
    assert (desk["state"], desk["attempt"]["result"]) == ("wrapup", "answered")


@pytest.mark.parametrize("state", ["dialling", "ringing", "talking", "held"])
def test_killed_in_any_state_the_next_gateway_goes_on(
    caller: Caller, gateway: GatewayProcess, state: str
) -> None:
    attempt_id, token = caller.request()
    seed = seed_for(attempt_id, lingers)
    gateway.start(seed=seed)
    send_dial(token)
    reach(caller, gateway, attempt_id, state)
    gateway.kill()
    before = caller.events(attempt_id)
    # Another seed: what was drawn for a call stays with it.
    gateway.start(seed=seed + 1)
    send_dial(token)
    wait_for(lambda: "answered" in caller.events(attempt_id))
    assert caller.events(attempt_id)[: len(before)] == before
    caller.command("hang_up")
    wait_for(lambda: caller.state(attempt_id) == "ended")
    events = caller.events(attempt_id)
    assert [event for event in events if event != "held"] == WHOLE
    assert events.count("held") == (state == "held")
    assert caller.entries(attempt_id) == ENTRIES
    assert caller.desk()["state"] == "wrapup"
    assert gateway.journal().count('"seed"') == 1


@pytest.mark.full
def test_killed_again_and_again_it_still_tells_each_event_once(
    caller: Caller, gateway: GatewayProcess
) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lingers))
    send_dial(token)
    for state in ("dialling", "ringing", "talking", "held"):
        reach(caller, gateway, attempt_id, state)
        gateway.kill()
        gateway.start()
    caller.command("hang_up")
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == ["redeemed", "ringing", "answered", "held", "ended_answered"]
    assert caller.entries(attempt_id) == ENTRIES


def test_what_happened_while_it_was_away_is_told_in_order(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lambda plan: talks(plan) and plan.dial_s > 1.6), speed=4)
    send_dial(token)
    reach(caller, gateway, attempt_id, "dialling")
    gateway.kill()
    # The facts of the call are moved into the past, as if the gateway had been away for ten minutes.
    gateway.age_journal(600)
    gateway.start()
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == WHOLE
    assert caller.entries(attempt_id) == ENTRIES


def test_killed_before_the_token_came_the_softphone_dials_again(
    caller: Caller, gateway: GatewayProcess
) -> None:
    attempt_id, token = caller.request()
    gateway.start()
    gateway.kill()
    send_dial(token)
    assert caller.state(attempt_id) == "requested"
    gateway.start(seed=seed_for(attempt_id, talks), speed=100)
    send_dial(token)
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == WHOLE


def test_killed_between_token_and_exchange_the_call_failed_and_the_person_is_back(
    caller: Caller, gateway: GatewayProcess
) -> None:
    attempt_id, token = caller.request()
    with caller.world.database.connect("gateway") as conn:
        assert conn.execute("select * from dialer_redeem_token_v1(%s)", [token]).fetchone() is not None
    gateway.start()
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == ["redeemed", "ended_failed"]
    assert caller.desk()["state"] == "preview"
    again, token = caller.request_again()
    send_dial(token)
    wait_for(lambda: caller.state(again) != "requested")


def test_a_hundred_copies_of_a_token_are_one_call(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, talks), speed=100)
    send_dial(token, times=100)
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == WHOLE


def test_a_command_left_by_a_killed_gateway_is_done_once(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lingers))
    send_dial(token)
    reach(caller, gateway, attempt_id, "talking")
    gateway.kill()
    for verb in ("mute", "unmute", "hang_up"):
        caller.command(verb)
    gateway.start()
    wait_for(lambda: caller.row("select count(*) from dialer_callcommand where done_at is null")[0] == 0)
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id)[3:] == ["muted", "unmuted", "ended_answered"]


def test_stopping_it_ends_no_call(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lingers))
    send_dial(token)
    reach(caller, gateway, attempt_id, "talking")
    assert gateway.end(signal.SIGTERM) == 0
    assert "gateway.stopped" in gateway.text()
    assert caller.state(attempt_id) == "talking"
    gateway.start()
    caller.command("hang_up")
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert caller.events(attempt_id) == WHOLE


def test_events_wait_while_the_database_lets_nobody_in(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lingers))
    send_dial(token)
    reach(caller, gateway, attempt_id, "dialling")
    name = caller.world.database.name
    with psycopg.connect(os.environ["PYTEST_SHARED_CLUSTER"], autocommit=True) as conn:
        allow = sql.SQL("alter database {} with allow_connections {}")
        conn.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = %s and usename = 'keyhole_gateway'",
                [name],
            )
            wait_for(lambda: "gateway.record_away" in gateway.text())
            assert "answered" not in caller.events(attempt_id)
        finally:
            conn.execute(allow.format(sql.Identifier(name), sql.SQL("true")))
    wait_for(lambda: "answered" in caller.events(attempt_id))
    caller.command("hang_up")
    wait_for(lambda: caller.state(attempt_id) == "ended")
    assert "gateway.record_back" in gateway.text()
    assert caller.events(attempt_id) == WHOLE


def test_it_does_not_start_with_a_login_that_may_read_a_table(
    caller: Caller, gateway: GatewayProcess
) -> None:
    with caller.world.database.connect("owner") as conn:
        conn.execute("grant select (id) on dialer_attempt to keyhole_gateway")
    try:
        gateway.start(wait=False)
        assert gateway.wait() != 0
        assert "not started" in gateway.text()
    finally:
        with caller.world.database.connect("owner") as conn:
            conn.execute("revoke select (id) on dialer_attempt from keyhole_gateway")


def test_it_does_not_start_as_another_process(world: World, gateway: GatewayProcess) -> None:
    gateway.start(wait=False, KEYHOLE_PROCESS="worker")
    assert gateway.wait() != 0
    assert "holds no key to a number" in gateway.text()


def test_a_second_gateway_does_not_start_beside_the_first(world: World, gateway: GatewayProcess) -> None:
    gateway.start()
    second = GatewayProcess(world.database, gateway.var)
    second.start(wait=False)
    assert second.wait() != 0
    assert "Another gateway" in gateway.text()


def test_its_log_and_its_journal_hold_no_number(caller: Caller, gateway: GatewayProcess) -> None:
    attempt_id, token = caller.request()
    gateway.start(seed=seed_for(attempt_id, lambda plan: plan.fate is Fate.BUSY), speed=100)
    send_dial(token)
    wait_for(lambda: caller.state(attempt_id) == "ended")
    gateway.end(signal.SIGTERM)
    number = caller.number(attempt_id)
    said = (gateway.text() + gateway.journal()).encode()
    assert str(attempt_id).encode() in said
    assert find_number(number, said) == []
    assert token.encode() not in said
    assert find_number(number, said + number.encode()) != []
