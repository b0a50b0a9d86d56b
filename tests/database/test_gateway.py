"""The gateway's functions under its own login: one token one call, one table of states."""

import asyncio
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from dialer.calls.states import Event, State, next_state, transition_rows
from dialer.telephony.numbers import Dial, NumberOpener
from dialer.telephony.store import DatabaseStore
from tenants.db.pool import close_pool
from tenants.vault.keyring import load_keyring
from tests.database.gateway_process import Caller
from tests.world import World, call_as


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    world.contacts(world.campaign(), 3)
    caller = Caller(world)
    yield caller
    caller.close()


@pytest.fixture
def gateway_login(surface: Callable[[str], None]) -> None:
    surface("gateway")


def test_the_database_keeps_the_table_of_states(world: World) -> None:
    rows = []
    with world.definer() as conn:
        for state in State:
            for event in Event:
                after = conn.execute("select dialer_next_state(%s, %s)", [str(state), str(event)]).fetchone()[
                    0
                ]
                if after is not None:
                    rows.append((str(state), str(event), str(after)))
    assert sorted(rows) == transition_rows()


def test_a_token_is_worth_one_call_under_100_parallel_uses(
    caller: Caller, gateway_login: None, django_db_blocker: object
) -> None:
    attempt_id, token = caller.request()

    async def race() -> list[Dial | None]:
        try:
            return await asyncio.gather(*(DatabaseStore().redeem(token) for _ in range(100)))
        finally:
            await close_pool()

    won = [dial for dial in asyncio.run(race()) if dial is not None]
    assert [dial.call_id for dial in won] == [attempt_id]
    assert caller.events(attempt_id) == ["redeemed"]
    assert caller.entries(attempt_id) == ["dialer:call:dialled"]


def test_a_token_is_worth_one_call_on_as_many_connections_as_there_are(caller: Caller) -> None:
    attempt_id, token = caller.request()
    won, start = [], threading.Barrier(12)

    def use() -> None:
        with caller.world.database.connect("gateway") as conn:
            start.wait()
            for _ in range(9):
                won.extend(
                    conn.execute("select attempt_id from dialer_redeem_token_v1(%s)", [token]).fetchall()
                )

    threads = [threading.Thread(target=use) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [(attempt_id,)]


@pytest.mark.parametrize(
    "spoil",
    [
        "update dialer_attempt set token_expires_at = now() where id = %s",
        "update dialer_lease l set closed_at = now() from dialer_attempt t"
        " where t.id = %s and l.id = t.lease_id",
        "delete from tenants_session s using dialer_attempt t"
        " where t.id = %s and s.token_hash = t.session_hash",
        "update tenants_person p set state = 'disabled' from dialer_attempt t"
        " where t.id = %s and p.id = t.agent_id",
    ],
    ids=["too_old", "lease_closed", "signed_out", "disabled"],
)
def test_a_token_dies_with_what_it_is_bound_to(caller: Caller, spoil: str) -> None:
    attempt_id, token = caller.request()
    with caller.world.definer() as conn:
        conn.execute(spoil, [attempt_id])
    with caller.world.database.connect("gateway") as conn:
        assert conn.execute("select * from dialer_redeem_token_v1(%s)", [token]).fetchall() == []
    assert caller.events(attempt_id) == []


def test_what_a_token_is_worth_opens_to_the_number_of_that_contact(
    caller: Caller, gateway_login: None
) -> None:
    attempt_id, token = caller.request()

    async def redeem() -> Dial | None:
        try:
            return await DatabaseStore().redeem(token)
        finally:
            await close_pool()

    dial = asyncio.run(redeem())
    assert dial is not None
    opener = NumberOpener(load_keyring(caller.world.database.keys, "gateway"))
    assert opener.open_number(dial).open_text() == caller.number(attempt_id)
    assert caller.number(attempt_id).removeprefix("+") not in repr(dial)


def test_an_event_out_of_order_is_not_written(caller: Caller) -> None:
    attempt_id, token = caller.request()
    with caller.world.database.connect("gateway") as conn:

        def record(event: str, cause: int | None = None) -> object:
            return call_as(conn, "dialer_record_event_v1", attempt_id, event, cause)

        assert record("ringing") is None
        assert record("redeemed") is None
        conn.execute("select * from dialer_redeem_token_v1(%s)", [token])
        assert record("held") is None
        assert record("ended_answered") is None
        assert record("answered") == "talking"
        assert record("ringing") is None
        assert record("ended_answered", 16) == "ended"
        for event in Event:
            assert record(str(event), 16) is None
        assert call_as(conn, "dialer_record_event_v1", uuid4(), "ringing", None) is None
    assert caller.events(attempt_id) == ["redeemed", "answered", "ended_answered"]
    assert caller.entries(attempt_id) == ["dialer:call:dialled", "dialer:call:answered", "dialer:call:ended"]


def test_a_random_walk_of_events_stands_where_the_table_says(caller: Caller) -> None:
    attempt_id, token = caller.request()
    state = State.DIALLING
    with caller.world.database.connect("gateway") as conn:
        conn.execute("select * from dialer_redeem_token_v1(%s)", [token])
        for _ in range(200):
            event = secrets.choice(
                [each for each in Event if not each.startswith("ended") or secrets.randbelow(40) == 0]
            )
            said = call_as(conn, "dialer_record_event_v1", attempt_id, str(event), None)
            expected = None if event is Event.REDEEMED else next_state(state, event)
            assert said == expected
            state = expected or state
    assert caller.state(attempt_id) == state


def test_only_the_gateway_can_redeem_and_record(caller: Caller) -> None:
    attempt_id, token = caller.request()
    for login in ("agent", "firm", "worker"):
        with caller.world.database.connect(login) as conn:
            for statement, argument in (
                ("select * from dialer_redeem_token_v1(%s)", token),
                ("select dialer_record_event_v1(%s, 'ended_failed', null)", attempt_id),
                ("select dialer_open_attempts_v1() where %s::text is not null", token),
                ("select dialer_take_commands_v1() where %s::text is not null", token),
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(statement, [argument])
    assert caller.state(attempt_id) == "requested"


def test_the_gateway_login_reads_no_table(world: World) -> None:
    with world.database.connect("gateway") as conn:
        for table in (
            "dialer_attempt",
            "campaigns_contactnumber",
            "campaigns_listkey",
            "tenants_entry",
            "tenants_session",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select 1 from {table}")


def test_a_token_of_nobody_gives_nothing(world: World) -> None:
    with world.database.connect("gateway") as conn:
        for token in ("", "x" * 43, hashlib.sha256(b"x").hexdigest()):
            assert conn.execute("select * from dialer_redeem_token_v1(%s)", [token]).fetchall() == []
