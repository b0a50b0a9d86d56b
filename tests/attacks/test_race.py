"""Many clients at once: no record twice, none lost, one call for a token, one success for a code."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tenants.db.ids import new_id
from tests.attacks.crowd import Race, add_agents, add_records, at_once
from tests.attacks.hostile import Desk, ask, open_desk, set_rows
from tests.world import ADDRESS, DEVICE, World, call_as, raw_password


def find_duplicates(handed: Iterable[object]) -> list[object]:
    """What was handed out more than once."""
    return [contact for contact, times in Counter(handed).items() if times > 1]


def test_the_checker_finds_a_planted_duplicate() -> None:
    handed = [new_id() for _ in range(1000)]
    assert find_duplicates(handed) == []
    assert find_duplicates([*handed, handed[417]]) == [handed[417]]


def check_race(race: Race) -> None:
    """Everything was handed out once, with an entry each."""
    race.run()
    assert race.errors == []
    with race.world.definer() as conn:
        handed = [row[0] for row in conn.execute("select contact_id from dialer_lease").fetchall()]
    assert find_duplicates(handed) == []
    assert len(handed) == race.records
    entries = "select count(distinct contact_id) from tenants_entry where event = 'dialer:contact:reserved'"
    assert ask(race.world, entries) == race.records


def test_twenty_clients_race_for_a_thousand_records(world: World) -> None:
    check_race(Race(world, 20, 1000))


@pytest.mark.full
def test_two_hundred_clients_race_for_twenty_thousand_records(world: World) -> None:
    check_race(Race(world, 200, 20_000))


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world, people=4)


def test_a_hundred_uses_of_a_dial_token_are_one_call(desk: Desk) -> None:
    desk.reserve()
    token = desk.dial()

    def use(conn: Any, n: int) -> Any:
        return conn.execute("select attempt_id from dialer_redeem_token_v1(%s)", [token]).fetchone()

    got = at_once(100, use, desk.world, "gateway")
    assert len([row for row in got if row is not None]) == 1
    assert ask(desk.world, "select count(*) from dialer_callevent where event = 'redeemed'") == 1


def test_a_hundred_requests_of_one_agent_are_one_lease(desk: Desk) -> None:
    desk.act("dialer_go_ready_v1")
    got = at_once(
        100, lambda conn, n: call_as(conn, "dialer_reserve_contact_v1", desk.token), desk.world, "agent"
    )
    assert {said["lease_id"] for said in got} == {got[0]["lease_id"]}
    assert ask(desk.world, "select count(*) from dialer_lease") == 1
    assert ask(desk.world, "select count(*) from dialer_hopper") == 3


def test_fifty_dials_of_one_lease_are_one_attempt(desk: Desk) -> None:
    desk.reserve()
    got = at_once(
        50,
        lambda conn, n: call_as(
            conn, "dialer_request_dial_v1", desk.token, hashlib.sha256(str(n).encode()).digest()
        ),
        desk.world,
        "agent",
    )
    assert sorted(said["ok"] for said in got) == [False] * 49 + [True]
    assert ask(desk.world, "select count(*) from dialer_attempt") == 1


def test_skips_at_once_spend_no_more_than_the_budget(desk: Desk) -> None:
    set_rows(desk.world, "update tenants_engagement set skip_budget_day = 2")

    def skip(conn: Any, n: int) -> Any:
        call_as(conn, "dialer_reserve_contact_v1", desk.token)
        return call_as(conn, "dialer_skip_contact_v1", desk.token, "other")

    desk.act("dialer_go_ready_v1")
    got = at_once(30, skip, desk.world, "agent")
    assert sum(said["ok"] for said in got) == 2
    assert ask(desk.world, "select count(*) from dialer_lease where closed_how = 'skipped'") == 2
    assert ask(desk.world, "select count(*) from dialer_lease") == 3


def test_agents_at_once_do_not_pass_the_cap_of_their_engagement(world: World) -> None:
    campaign = world.campaign()
    add_records(world, campaign, 60)
    set_rows(world, "update tenants_engagement set cap_day = 7")
    tokens = add_agents(world, 40)

    def take(conn: Any, n: int) -> Any:
        call_as(conn, "dialer_load_desk_v1", tokens[n])
        call_as(conn, "dialer_go_ready_v1", tokens[n])
        return call_as(conn, "dialer_reserve_contact_v1", tokens[n])

    got = at_once(40, take, world, "agent")
    assert sum(said["ok"] for said in got) == 7
    assert {said["code"] for said in got if not said["ok"]} == {"cap_engagement"}


def half_signed_in(world: World) -> tuple[Any, str]:
    agent = world.tern.people["agent"]
    token = secrets.token_urlsafe(32)
    with world.database.connect("agent") as conn:
        salt = bytes(call_as(conn, "tenants_begin_signin_v1", agent.email, "agent"))
        said = call_as(
            conn,
            "tenants_check_password_v1",
            "",
            token,
            "agent",
            agent.email,
            raw_password(salt),
            ADDRESS,
            DEVICE,
        )
    assert said == "ok"
    return agent, token


@pytest.mark.parametrize("factor", ["totp", "recovery"])
def test_fifty_submissions_of_one_code_are_one_success(world: World, factor: str) -> None:
    agent, token = half_signed_in(world)
    step = agent.next_step()
    code = hashlib.sha256(b"code3").digest()

    def submit(conn: Any, n: int) -> Any:
        new = secrets.token_urlsafe(32)
        name, value = ("tenants_use_totp_v1", step) if factor == "totp" else ("tenants_use_recovery_v1", code)
        return call_as(conn, name, token, new, "agent", value, ADDRESS, DEVICE)

    got = at_once(50, submit, world, "agent")
    assert Counter(got) == {"ok": 1, "refused": 49}
    assert (
        ask(world, "select count(*) from tenants_session where person_id = %s and stage = 2", agent.id) == 1
    )


def test_one_code_from_two_half_sessions_is_one_success(world: World) -> None:
    agent, one = half_signed_in(world)
    _, two = half_signed_in(world)
    step = agent.next_step()

    def submit(conn: Any, n: int) -> Any:
        return call_as(
            conn,
            "tenants_use_totp_v1",
            (one, two)[n % 2],
            secrets.token_urlsafe(32),
            "agent",
            step,
            ADDRESS,
            DEVICE,
        )

    assert Counter(at_once(50, submit, world, "agent")) == {"ok": 1, "refused": 49}
