"""One record at a time and none without its entry, whatever a taken-over login does with its transactions."""

from typing import Any

import psycopg
import pytest

from tests.attacks.hostile import Desk, ask, open_desk, set_rows
from tests.world import DEVICE, World, call_as, raw_password


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world)


def test_one_statement_gets_one_record(desk: Desk) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent") as conn:
        rows = conn.execute(
            "select r from generate_series(1, 100) n, lateral (select dialer_reserve_contact_v1(%s), n) as r",
            [desk.token],
        ).fetchall()
    assert len(rows) == 100
    assert ask(desk.world, "select count(*) from dialer_lease") == 1


def test_rolled_back_nothing_was_shown(desk: Desk) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent", autocommit=False) as conn:
        assert call_as(conn, "dialer_reserve_contact_v1", desk.token)["ok"]
        conn.rollback()
        assert call_as(conn, "dialer_reveal_contact_v1", desk.token) is None
        assert call_as(conn, "dialer_load_desk_v1", desk.token)["lease"] is None
    assert ask(desk.world, "select count(*) from dialer_lease") == 0


def test_who_was_given_back_by_a_rollback_is_the_next_again(desk: Desk) -> None:
    # Where the hopper's bound is raised, which no rollback takes back: at every 32nd place.
    moved = set_rows(
        desk.world,
        "update dialer_hopper h set position = 32000 + n from (select contact_id, row_number() over (order by position) - 1"
        " as n from dialer_hopper) x where x.contact_id = h.contact_id",
    )
    assert moved == len(desk.contacts)
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent", autocommit=False) as conn:
        assert call_as(conn, "dialer_reserve_contact_v1", desk.token)["ok"]
        conn.rollback()
    assert desk.act("dialer_reserve_contact_v1")["ok"]
    assert desk.act("dialer_load_desk_v1")["lease"]["contact_id"] == str(desk.contacts[0])


@pytest.mark.parametrize("name", ["dialer_reveal_contact_v1", "dialer_load_desk_v1"])
@pytest.mark.parametrize("savepoint", [False, True])
def test_what_a_transaction_granted_it_does_not_see(desk: Desk, name: str, savepoint: bool) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent", autocommit=False) as conn:
        if savepoint:
            conn.execute("savepoint here")
        assert call_as(conn, "dialer_reserve_contact_v1", desk.token)["ok"]
        if savepoint:
            conn.execute("release savepoint here")
        with pytest.raises(psycopg.Error) as refused:
            call_as(conn, name, desk.token)
        assert refused.value.sqlstate == "KH003"
    assert desk.act("dialer_reserve_contact_v1")["ok"]
    assert desk.shown()["first_name"]
    assert desk.act("dialer_load_desk_v1")["lease"]["contact_id"] == str(desk.contacts[0])


@pytest.mark.parametrize(
    "statement",
    [
        "select dialer_reveal_contact_v1(%s) from (select dialer_reserve_contact_v1(%s) offset 0) x",
        "with r as materialized (select dialer_reserve_contact_v1(%s) as said)"
        " select dialer_reveal_contact_v1(%s) from r where said is not null",
        "select dialer_reserve_contact_v1(%s), dialer_reveal_contact_v1(%s)",
    ],
)
def test_reserve_and_reveal_in_one_statement_show_nothing(desk: Desk, statement: str) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent") as conn:
        try:
            shown: Any = conn.execute(statement, [desk.token, desk.token]).fetchone()
        except psycopg.Error as error:
            shown = error.sqlstate
    # Columns of one row may be worked out in any order: nothing before the grant, a refusal after it.
    assert shown == "KH003" or (shown is not None and shown[-1] is None)
    assert desk.reserve()["ok"]
    assert desk.shown()["first_name"]


def test_a_prepared_transaction_shows_nothing(desk: Desk) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent", autocommit=False) as conn:
        call_as(conn, "dialer_reserve_contact_v1", desk.token)
        with pytest.raises(psycopg.Error):
            conn.execute("prepare transaction 'kept'")
    assert desk.act("dialer_reveal_contact_v1") is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_record_is_shown_only_when_its_entry_is_on_disk(desk: Desk, when: str) -> None:
    desk.act("dialer_go_ready_v1")
    with desk.world.database.connect("agent", autocommit=False) as conn:
        conn.execute("set synchronous_commit = off")
        call_as(conn, "dialer_reserve_contact_v1", desk.token)
        if when == "after":
            conn.execute("set local synchronous_commit = off")
        conn.commit()
        with desk.world.database.connect("owner") as watcher:
            before = watcher.execute("select pg_current_wal_insert_lsn()").fetchone()
            assert call_as(conn, "dialer_reveal_contact_v1", desk.token)["columns"]
            flushed = watcher.execute("select pg_current_wal_flush_lsn() >= %s::pg_lsn", before).fetchone()
    assert flushed == (True,)


def test_an_entry_is_committed_in_step_however_the_caller_asks(desk: Desk) -> None:
    with desk.world.database.connect("agent", autocommit=False) as conn:
        conn.execute("set synchronous_commit = off")
        call_as(conn, "dialer_go_ready_v1", desk.token)
        conn.commit()
        # The lease itself is the one act that does not wait: reveal does, whoever asks.
        call_as(conn, "dialer_reserve_contact_v1", desk.token)
        conn.commit()
        call_as(conn, "dialer_skip_contact_v1", desk.token, "language")
        assert conn.execute("show synchronous_commit").fetchone() == ("on",)
        conn.rollback()


def test_an_old_snapshot_or_an_old_transaction_finds_nobody(desk: Desk) -> None:
    desk.act("dialer_go_ready_v1")
    for level in ("repeatable read", "serializable"):
        with desk.world.database.connect("agent", autocommit=False) as conn:
            conn.execute(f"set transaction isolation level {level}")
            with pytest.raises(psycopg.Error) as refused:
                call_as(conn, "dialer_reserve_contact_v1", desk.token)
            assert refused.value.sqlstate == "KH001"
            conn.rollback()
    source = ask(desk.world, "select prosrc from pg_proc where proname = 'tenants_find_session'")
    assert "clock_timestamp() < now() + interval '1 minute'" in source
    assert desk.act("dialer_reserve_contact_v1")["ok"]


def test_rolling_back_each_refusal_is_no_way_to_guess_a_password(world: World) -> None:
    agent = world.tern.people["agent"]
    with world.database.connect("agent", autocommit=False) as conn:
        salt = bytes(call_as(conn, "tenants_begin_signin_v1", agent.email, "agent"))

        def guess(raw: bytes, n: int) -> Any:
            said = call_as(
                conn,
                "tenants_check_password_v1",
                "",
                f"{n:043}",
                "agent",
                agent.email,
                raw,
                f"198.51.100.{n}",
                DEVICE,
            )
            conn.rollback()
            return said

        right = raw_password(salt)
        assert guess(right, 1) == "ok"
        assert {guess(bytes([n]) * 32, n) for n in range(2, 40)} == {"refused"}
        assert guess(right, 41) == "refused"


def test_rolling_back_each_answer_is_no_way_to_guess_it(desk: Desk) -> None:
    desk.reserve()
    desk.answer()
    digest = ask(desk.world, "select digests[3] from campaigns_contact where id = %s", desk.contacts[0])
    with desk.world.database.connect("agent", autocommit=False) as conn:
        said = []
        for n in range(8):
            said.append(call_as(conn, "dialer_check_answer_v2", desk.token, "postcode", bytes([n]) * 32))
            conn.rollback()
        assert said == [{"ok": True}] * 4 + [{"ok": False, "code": "no_tries"}] * 4
        late = call_as(conn, "dialer_check_answer_v2", desk.token, "postcode", digest)
    assert late == {"ok": False, "code": "no_tries"}


@pytest.mark.parametrize("savepoint", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_a_guess_tells_nothing_before_its_entry_is_committed(
    desk: Desk, right: bool, savepoint: bool
) -> None:
    desk.reserve()
    desk.answer()
    digest = ask(desk.world, "select digests[3] from campaigns_contact where id = %s", desk.contacts[0])
    guess = bytes(digest) if right else b"x" * 32
    entries = "select count(*) from tenants_entry where event = 'dialer:answer:checked'"
    questions = [
        ("dialer_read_answer_v1",),
        ("dialer_load_desk_v1",),
        ("dialer_reveal_contact_v1",),
        ("dialer_check_answer_v2", "postcode", guess),
    ]
    with desk.world.database.connect("agent", autocommit=False) as conn:
        if savepoint:
            conn.execute("savepoint here")
        assert call_as(conn, "dialer_check_answer_v2", desk.token, "postcode", guess) == {"ok": True}
        if savepoint:
            conn.execute("release savepoint here")
        for name, *args in questions:
            with pytest.raises(psycopg.Error) as refused, conn.transaction():
                call_as(conn, name, desk.token, *args)
            assert refused.value.sqlstate == "KH003", name
        conn.rollback()
    assert desk.act("dialer_read_answer_v1") == {"ok": False, "code": "state"}
    assert ask(desk.world, entries) == 0
    assert desk.check("postcode", guess)["match"] is right
    assert ask(desk.world, entries) == 1
