"""Arbitrary SQL as the agent's and the gateway's login: reads nothing of anyone, gets one record, and leaves a trace."""

import hashlib

import psycopg
import pytest
from psycopg import sql

from tests.attacks.hostile import (
    Desk,
    ask,
    carrying,
    count_rows,
    functions,
    is_refused,
    open_desk,
    relations,
    set_rows,
)
from tests.conftest import Database
from tests.world import ADDRESS, DEVICE, World, call_as

CLOSED = ("agent", "gateway")
# Of an export that two people of the firm approved: the login's own key of the list, and no row.
RESEALS = {f"campaigns_{verb}_v1" for verb in ("take_reseals", "store_reseal", "refuse_reseal")}

# Each counts, names, becomes or makes something, and would work for who may do it.
OUTSIDE = [
    "select reltuples from pg_class where relname = 'campaigns_contact'",
    "select n_live_tup from pg_stat_user_tables",
    "select pg_sequence_last_value('dialer_age')",
    "select pg_sequence_last_value(1)",
    "select * from pg_sequences",
    "select pg_table_size('campaigns_contact')",
    "select pg_relation_size('campaigns_contact')",
    "select pg_indexes_size('campaigns_contact')",
    "select pg_column_size(c) from campaigns_contact c",
    "select pg_stat_get_numscans('campaigns_contact'::regclass)",
    "select prosrc from pg_proc where proname like 'dialer%'",
    "select pg_get_functiondef('dialer_read_bound(uuid, text)'::regprocedure)",
    "select query from pg_stat_activity",
    "select most_common_vals from pg_stats",
    "set role keyhole_definer",
    "set role keyhole_owner",
    "set role keyhole_firm",
    "set session authorization keyhole_owner",
    "do $$ begin perform 1; end $$",
    "create temp table mine as select 1",
    "create function mine() returns int language sql as 'select 1'",
    "create or replace function dialer_read_bound(uuid, text) returns bigint language sql as 'select 1'",
    "alter function dialer_reserve_contact_v1(text) security invoker",
    "grant keyhole_definer to current_user",
    "select query_to_xml('select * from campaigns_contact', true, true, '')",
    "copy (select 1) to program 'true'",
    "explain select * from campaigns_contact",
    "select * from tenants_current_access()",
    "call keyhole_adopt_functions()",
]


TABLE_FORMS = (
    "select 1 from {} limit 1",
    "select count(*) from {}",
    "update {} set ctid = ctid",
    "delete from {}",
    "truncate {}",
    "lock table {}",
    "copy {} to stdout",
)
SEQUENCE_FORMS = ("select last_value from {}", "select nextval('{}')", "select setval('{}', 1)")


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world)


@pytest.mark.parametrize("login", CLOSED)
def test_it_reads_and_writes_no_table_view_or_sequence(desk: Desk, login: str) -> None:
    desk.reserve()
    names = relations(desk.world)
    assert {"campaigns_contact", "tenants_session", "dialer_lease", "tenants_entry", "dialer_age"} <= {
        name for name, _ in names
    }
    done = []
    # In a transaction: a table is locked in nothing else.
    with desk.world.database.connect(login, autocommit=False) as conn:
        for name, is_sequence in names:
            for form in SEQUENCE_FORMS if is_sequence else TABLE_FORMS:
                if not is_refused(conn, sql.SQL(form).format(sql.Identifier(name))):
                    done.append((name, form))
    assert done == []


def test_the_checker_sees_what_can_be_read(desk: Desk) -> None:
    assert count_rows(desk.world.definer(), "campaigns_contact") == len(desk.contacts)
    with desk.world.database.connect("firm") as conn:
        assert not is_refused(conn, "select count(*) from campaigns_contact")
    with desk.world.database.connect("agent") as conn:
        assert not is_refused(conn, "select 1")


@pytest.mark.parametrize("login", CLOSED)
def test_catalogs_roles_and_code_are_closed(database: Database, login: str) -> None:
    with database.connect(login) as conn:
        assert [statement for statement in OUTSIDE if not is_refused(conn, statement)] == []


def test_forging_the_firms_setting_opens_nothing(desk: Desk) -> None:
    manager = desk.world.token(desk.world.alder.people["manager"])
    with desk.world.database.connect("agent") as conn:
        conn.execute("select set_config('keyhole.token', %s, false)", [manager])
        assert is_refused(conn, "select count(*) from campaigns_contact")
        assert is_refused(conn, "select tenants_current_firm()")
        assert is_refused(conn, "select row_security_active('campaigns_contact')")
    with carrying(desk.world, manager) as conn:
        assert count_rows(conn, "campaigns_contact") == len(desk.contacts)


@pytest.mark.parametrize("login", CLOSED)
def test_it_calls_none_of_the_internal_functions(world: World, login: str) -> None:
    named = functions(world)
    internal = [(name, call) for name, call, roles in named if f"keyhole_{login}" not in roles]
    assert {"tenants_write_entry", "dialer_open_lease", "dialer_apply_event", "dialer_take_contact"} <= {
        name for name, _ in internal
    }
    done = []
    with world.database.connect(login) as conn:
        for name, call in internal:
            if "null::record" not in call and not is_refused(conn, f"select {call}"):
                done.append(name)
    assert done == []


def test_the_lists_of_granted_functions_are_short_and_known(world: World) -> None:
    granted = {
        login: {name for name, _, roles in functions(world) if f"keyhole_{login}" in roles}
        for login in CLOSED
    }
    assert granted["gateway"] == {
        "tenants_check_login_v2",
        "dialer_redeem_token_v1",
        "dialer_record_event_v1",
        "dialer_open_attempts_v1",
        "dialer_take_commands_v1",
        "dialer_finish_command_v1",
        *RESEALS,
    }
    assert {name for name in granted["agent"] if name.startswith("dialer_")} == {"dialer_check_answer_v2"} | {
        f"dialer_{verb}_v1"
        for verb in (
            *("beat", "read_answer", "check_sessions", "choose_campaign", "command_call", "extend_wrap_up"),
            *(
                "go_ready",
                "load_desk",
                "load_floor",
                "pause",
                "record_outcome",
                "request_dial",
                "resume_lease",
            ),
            *("reserve_contact", "reveal_contact", "skip_contact"),
        )
    }
    assert {name for name in granted["agent"] if name.startswith("campaigns_")} == RESEALS
    assert "tenants_append_entry_v1" not in granted["agent"]


def test_a_token_of_another_person_firm_or_surface_shows_nothing_of_this_one(desk: Desk) -> None:
    desk.reserve()
    world = desk.world
    assert desk.call("dialer_reveal_contact_v1", world.token(world.tern.people["agent2"])) is None
    for token in (
        world.token(world.tern.people["supervisor"]),
        world.token(world.alder.people["manager"]),
        world.token(world.alder.people["auditor"]),
        "",
        "x" * 43,
        "' or true --",
    ):
        for name in ("dialer_load_desk_v1", "dialer_reserve_contact_v1", "dialer_reveal_contact_v1"):
            with pytest.raises(psycopg.Error) as refused:
                desk.call(name, token)
            assert refused.value.sqlstate == "KH001"
    assert desk.act("dialer_reveal_contact_v1")["contact_id"] == str(desk.contacts[0])


def test_the_agent_login_does_nothing_on_the_firms_surface(world: World) -> None:
    manager = world.alder.people["manager"]
    token = world.token(manager)
    raw, new = b"0" * 32, "n" * 43
    with world.database.connect("agent") as conn:
        assert call_as(conn, "tenants_load_person_v1", token, "firm") is None
        assert conn.execute("select * from tenants_load_session_v1(%s, 'firm')", [token]).fetchone() is None
        assert call_as(conn, "tenants_load_totp_v1", token, "firm") is None
        invite = hashlib.sha256(b"i").digest()
        said = call_as(conn, "tenants_invite_person_v1", token, "firm", "x@x.example", "X", "manager", invite)
        assert said == {"ok": False, "code": "not_allowed"}
        said = call_as(
            conn, "tenants_set_person_state_v1", token, "firm", world.alder.people["auditor"].id, "disabled"
        )
        assert not said["ok"]
        assert call_as(conn, "tenants_use_totp_v1", token, new, "firm", 1, ADDRESS, DEVICE) == "refused"
        assert (
            call_as(conn, "tenants_check_password_v1", "", new, "firm", manager.email, raw, ADDRESS, DEVICE)
            == "refused"
        )
        assert not call_as(
            conn, "tenants_save_session_v1", new, "firm", "", "2099-01-01", ADDRESS, DEVICE, True
        )
        call_as(conn, "tenants_delete_session_v1", token, "firm")
    with world.database.connect("firm") as conn:
        assert call_as(conn, "tenants_load_person_v1", token, "firm")["name"] == "Ines Carter"
    assert ask(world, "select failures from tenants_credential where person_id = %s", manager.id) == 0


def test_the_gateway_learns_of_calls_alone(desk: Desk) -> None:
    desk.reserve()
    with desk.world.database.connect("gateway") as conn:
        for name in ("dialer_reveal_contact_v1", "dialer_load_desk_v1", "dialer_reserve_contact_v1"):
            assert is_refused(conn, f"select {name}(%s)", [desk.token])
        assert conn.execute("select * from dialer_redeem_token_v1('')").fetchone() is None
        assert conn.execute("select * from dialer_open_attempts_v1()").fetchall() == []
    assert desk.redeem(desk.dial()) is not None


def test_the_record_can_be_changed_by_nobody(desk: Desk) -> None:
    desk.reserve()
    assert ask(desk.world, "select count(*) from tenants_entry") > 0
    for login in ("agent", "gateway", "firm", "worker"):
        with desk.world.database.connect(login) as conn:
            for statement in (
                "update tenants_entry set allowed = true",
                "delete from tenants_entry",
                "truncate tenants_entry",
                "insert into tenants_entry (id) values (gen_random_uuid())",
                "alter table tenants_entry disable row level security",
                "drop table tenants_entry",
            ):
                assert is_refused(conn, statement), (login, statement)
    for statement in ("update tenants_entry set allowed = true", "delete from tenants_entry"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            set_rows(desk.world, statement)
