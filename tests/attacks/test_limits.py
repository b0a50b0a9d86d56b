"""What holds an agent back, tried through the functions: caps, budgets, networks, dates, hours, stages, suppression."""

from typing import Any

import pytest

from tests.attacks.crowd import END, add_agents, add_records
from tests.attacks.hostile import Desk, ask, open_desk, set_rows
from tests.world import ADDRESS, DEVICE, World, call_as


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world, people=4)


def change_engagement(desk: Desk, **values: Any) -> None:
    for name, value in values.items():
        assert (
            set_rows(
                desk.world,
                f"update tenants_engagement set {name} = %s where id = %s",
                value,
                desk.world.engagement,
            )
            == 1
        )


@pytest.mark.parametrize(
    ("cap", "code"),
    [("cap_agent_hour", "cap_hour"), ("cap_agent_day", "cap_day"), ("cap_day", "cap_engagement")],
)
@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_cap_holds(desk: Desk, cap: str, code: str, most: int) -> None:
    change_engagement(desk, **{cap: most})
    for _ in range(most):
        assert desk.reserve()["ok"]
        assert desk.finish_call()["ok"]
    assert desk.reserve() == {"ok": False, "code": code}
    assert ask(desk.world, "select count(*) from tenants_entry where event = 'dialer:contact:refused'") == 1
    change_engagement(desk, **{cap: most + 1})
    assert desk.reserve()["ok"]


def test_caps_count_an_agents_last_hour_and_day_alone(desk: Desk) -> None:
    change_engagement(desk, cap_agent_hour=1)
    desk.reserve()
    desk.finish_call()
    assert desk.reserve()["code"] == "cap_hour"
    set_rows(desk.world, "update dialer_lease set opened_at = opened_at - interval '61 minutes'")
    assert desk.reserve()["ok"]


def test_skips_are_paid_for_until_the_budget_is_spent(desk: Desk) -> None:
    change_engagement(desk, skip_budget_day=2)
    for left in (1, 0):
        assert desk.reserve()["ok"]
        assert desk.act("dialer_skip_contact_v1", "language")["ok"]
        assert desk.act("dialer_load_desk_v1")["skips"] == {"left": left, "of": 2}
    assert desk.reserve()["ok"]
    assert desk.act("dialer_skip_contact_v1", "language") == {"ok": False, "code": "no_skips"}
    assert desk.act("dialer_load_desk_v1")["lease"]["contact_id"] == str(desk.contacts[2])
    denied = "select count(*) from tenants_entry where event = 'dialer:contact:skipped' and not allowed"
    assert ask(desk.world, denied) == 1


def test_letting_records_lapse_costs_as_much_as_skipping(desk: Desk) -> None:
    change_engagement(desk, skip_budget_day=1)
    for _ in range(2):
        assert desk.reserve()["ok"]
        set_rows(desk.world, "update dialer_desk set seen_at = now() - interval '11 minutes'")
        desk.call("dialer_sweep_desks_v1", login="worker")
        assert desk.act("dialer_load_desk_v1")["lease"] is None
    assert ask(desk.world, "select count(*) from tenants_entry where event = 'dialer:contact:lapsed'") == 2
    assert desk.reserve() == {"ok": False, "code": "no_skips"}


def test_a_preview_that_runs_out_does_not_free_the_person(desk: Desk) -> None:
    desk.reserve()
    set_rows(desk.world, "update dialer_desk set since = now() - interval '2 minutes'")
    desk.call("dialer_sweep_desks_v1", login="worker")
    said = desk.act("dialer_load_desk_v1")
    assert (said["state"], said["reason"]) == ("paused", "preview_over")
    assert said["lease"]["contact_id"] == str(desk.contacts[0])


@pytest.mark.parametrize(
    ("networks", "is_allowed"),
    [
        (["203.0.113.0/24"], True),
        (["198.51.100.0/24", "203.0.113.24/32"], True),
        (["198.51.100.0/24"], False),
        (["2001:db8::/32"], False),
        ([], True),
    ],
)
def test_records_go_to_allowed_networks_only(desk: Desk, networks: list[str], is_allowed: bool) -> None:
    change_engagement(desk, networks=networks)
    assert desk.reserve().get("code", "ok") == ("ok" if is_allowed else "network")


def test_an_unknown_address_is_in_no_network(desk: Desk) -> None:
    change_engagement(desk, networks=["0.0.0.0/0"])
    set_rows(desk.world, "update tenants_session set address = null")
    assert desk.reserve()["code"] == "network"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update campaigns_campaign set state = 'paused'", "campaign_paused"),
        ("update campaigns_campaign set state = 'finished'", "campaign_paused"),
        ("update tenants_engagement set state = 'suspended'", "suspended"),
        ("update tenants_engagement set state = 'ended'", "suspended"),
        ("update tenants_engagement set ends_on = starts_on", "suspended"),
        ("update tenants_engagement set starts_on = ends_on", "suspended"),
        ("delete from campaigns_engaged", "suspended"),
    ],
)
def test_the_firm_stops_the_next_record_at_once(desk: Desk, statement: str, code: str) -> None:
    assert desk.reserve()["ok"]
    set_rows(desk.world, statement)
    desk.act("dialer_reveal_contact_v1")
    if code == "campaign_paused":
        assert desk.finish_call()["ok"]
        assert desk.act("dialer_load_desk_v1")["state"] == "paused"
    else:
        set_rows(desk.world, END.replace("%s", f"'{desk.act('dialer_load_desk_v1')['lease']['id']}'"))
    assert desk.reserve()["code"] in (code, "suspended")
    assert ask(desk.world, "select count(*) from dialer_lease") == 1


def test_a_suspended_engagement_dials_nobody_more(desk: Desk) -> None:
    desk.reserve()
    change_engagement(desk, state="suspended")
    assert desk.act("dialer_request_dial_v1", b"h" * 32) == {"ok": False, "code": "suspended"}


def close_hours(desk: Desk, how: str) -> None:
    if how == "hours":
        set_rows(desk.world, "delete from campaigns_openhours")
    else:
        set_rows(
            desk.world,
            "insert into campaigns_closedday (firm_id, campaign_id, day, name) select %s, %s,"
            " (now() at time zone 'America/Chicago')::date + n, 'x' from generate_series(-1, 1) n",
            desk.world.alder.id,
            desk.campaign,
        )


@pytest.mark.parametrize("how", ["hours", "day"])
def test_nobody_is_handed_out_while_their_zone_is_closed(desk: Desk, how: str) -> None:
    close_hours(desk, how)
    assert desk.reserve() == {"ok": False, "code": "closed_hours"}
    assert desk.reserve()["code"] in ("closed_hours", "empty")
    desk.call("dialer_refill_hoppers_v1", 500, 1000, login="worker")
    assert ask(desk.world, "select count(*) from dialer_hopper") == 0
    assert ask(desk.world, "select count(*) from dialer_queue") == 4


@pytest.mark.parametrize("how", ["hours", "day"])
def test_nobody_is_dialled_when_their_zone_closed_meanwhile(desk: Desk, how: str) -> None:
    desk.reserve()
    close_hours(desk, how)
    assert desk.act("dialer_request_dial_v1", b"h" * 32) == {"ok": False, "code": "closed_hours"}
    assert ask(desk.world, "select count(*) from tenants_entry where event = 'dialer:dial:refused'") == 1


def test_a_dial_token_that_is_old_closed_or_of_an_ended_session_is_worth_nothing(desk: Desk) -> None:
    for statement in (
        "update dialer_attempt set token_expires_at = clock_timestamp() - interval '1 second'",
        "update dialer_lease set closed_at = now(), closed_how = 'stopped'",
        "update tenants_session set expires_at = now() - interval '1 second' where surface = 'agent'",
        "update tenants_session set stage = 1 where surface = 'agent'",
        "update tenants_person set state = 'disabled' where role = 'agent'",
        "update dialer_attempt set state = 'ended', result = 'failed'",
        "update dialer_attempt set session_hash = sha256('other')",
    ):
        desk.reserve()
        token = desk.dial()
        with desk.world.definer() as stage, stage.transaction(force_rollback=True):
            stage.execute(statement)
            used = stage.execute("select attempt_id from dialer_redeem_token_v1(%s)", [token]).fetchone()
            assert used is None, statement
        attempt = desk.redeem(token)
        assert attempt is not None
        desk.event(attempt, "ended_no_answer")
        assert desk.act("dialer_record_outcome_v1", None, None, False, None, None)["ok"]
        set_rows(desk.world, "update dialer_waiting set due_at = now() - interval '31 minutes'")
        desk.call("dialer_promote_waiting_v1", login="worker")
        desk.call("dialer_refill_hoppers_v1", 500, 1000, login="worker")
        set_rows(desk.world, "delete from dialer_contactstanding")


def test_a_lease_ends_by_no_outcome_before_a_call(desk: Desk) -> None:
    desk.reserve()
    for disposition in (None, desk.act("dialer_load_desk_v1")["dispositions"][0]["id"]):
        said = desk.act("dialer_record_outcome_v1", disposition, None, False, None, None)
        assert said == {"ok": False, "code": "state"}
    attempt = desk.answer()
    assert desk.finish("reached")["code"] == "state"
    desk.event(attempt, "ended_answered")
    assert desk.finish("reached")["ok"]


@pytest.mark.parametrize(
    ("role", "is_allowed"), [("manager", True), ("data_officer", True), ("auditor", False)]
)
def test_the_firm_stops_an_open_lease(desk: Desk, role: str, is_allowed: bool) -> None:
    lease = desk.reserve()["lease_id"]
    for house, wanted in ((desk.world.birch, False), (desk.world.alder, is_allowed)):
        with desk.world.database.connect("firm") as conn, conn.transaction():
            conn.execute(
                "select set_config('keyhole.token', %s, true)", [desk.world.token(house.people[role])]
            )
            assert call_as(conn, "dialer_stop_lease_v2", lease, "x", ADDRESS, DEVICE)["ok"] is wanted
    assert (desk.act("dialer_reveal_contact_v1") is None) is is_allowed
    assert ask(desk.world, "select count(*) from dialer_waiting") == int(is_allowed)


def test_while_somebody_talks_the_firm_stops_the_lease_at_its_end(desk: Desk) -> None:
    lease = desk.reserve()["lease_id"]
    attempt = desk.answer()
    with desk.world.database.connect("firm") as conn, conn.transaction():
        token = desk.world.token(desk.world.alder.people["manager"])
        conn.execute("select set_config('keyhole.token', %s, true)", [token])
        assert call_as(conn, "dialer_stop_lease_v2", lease, "x", ADDRESS, DEVICE)["at_once"] is False
    desk.event(attempt, "ended_answered")
    assert desk.finish("reached")["ok"]
    assert desk.act("dialer_load_desk_v1")["state"] == "paused"


def test_an_old_snapshot_makes_no_claim_pass_anybody_over(world: World) -> None:
    campaign = world.campaign()
    add_records(world, campaign, 2000)
    set_rows(world, "update tenants_engagement set cap_agent_hour = 100000, cap_agent_day = 100000")
    (token,) = add_agents(world, 1)
    with world.database.connect("owner", autocommit=False) as old:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from dialer_hopper")
        with (
            world.database.connect("agent") as agent,
            world.database.connect("worker") as worker,
            world.definer() as stage,
        ):
            call_as(agent, "dialer_load_desk_v1", token)
            call_as(agent, "dialer_go_ready_v1", token)
            while True:
                said = call_as(agent, "dialer_reserve_contact_v1", token)
                if said["ok"]:
                    stage.execute(END, [said["lease_id"]])
                elif call_as(worker, "dialer_refill_hoppers_v1", 500, 1000)["campaigns"] == []:
                    break
    assert said == {"ok": False, "code": "empty"}
    missed = "select count(*) from campaigns_contact c where not exists (select from dialer_lease l where l.contact_id = c.id)"
    assert ask(world, missed) == 0
    assert ask(world, "select count(*) from dialer_lease") == 2000
