"""An act whose process dies in the middle happened with its entry or not at all, wherever in it that was."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.attacks.broken_record import changes, everything
from tests.attacks.hostile import Desk, ask, open_desk
from tests.world import ADDRESS, DEVICE, World

# What is called, with what, under which login; and which token of a firm the transaction carries.
Act = tuple[str, tuple[Any, ...], str, str]


def reserve(desk: Desk) -> Act:
    desk.act("dialer_go_ready_v1")
    return "dialer_reserve_contact_v1", (desk.token,), "agent", ""


def skip(desk: Desk) -> Act:
    desk.reserve()
    return "dialer_skip_contact_v1", (desk.token, "language"), "agent", ""


def redeem(desk: Desk) -> Act:
    desk.reserve()
    return "dialer_redeem_token_v1", (desk.dial(),), "gateway", ""


def check(desk: Desk) -> Act:
    desk.reserve()
    desk.answer()
    return "dialer_check_answer_v2", (desk.token, "postcode", b"x" * 32), "agent", ""


def stop(desk: Desk) -> Act:
    lease = desk.reserve()["lease_id"]
    token = desk.world.token(desk.world.alder.people["manager"])
    return "dialer_stop_lease_v2", (lease, "doubt", ADDRESS, DEVICE), "firm", token


def invite(desk: Desk) -> Act:
    token = desk.world.token(desk.world.alder.people["manager"])
    return (
        "tenants_invite_person_v1",
        (token, "firm", "ada@alder.example", "Ada", "auditor", b"h" * 32),
        "firm",
        "",
    )


def die_at(world: World, act: Act, table: str) -> str:
    """Have the act wait at a table and kill the server's process that does it. Returns what its caller learned."""
    function, _args, login, _token = act
    said: list[str] = []
    with world.database.connect("owner", autocommit=False) as gate, world.database.connect(login) as conn:
        gate.execute(f"lock table {table} in access exclusive mode")
        pid = conn.info.backend_pid

        def work() -> None:
            try:
                run(conn, act)
                said.append("done")
            except psycopg.Error as error:
                said.append(type(error).__name__)

        thread = threading.Thread(target=work)
        thread.start()
        waiting = (
            "select exists (select from pg_locks where pid = %s and relation = %s::regclass and not granted)"
        )
        with world.database.connect("owner") as watcher:
            while not watcher.execute(waiting, [pid, table]).fetchone()[0]:  # type: ignore[index]
                assert thread.is_alive(), (function, table, said)
            os.kill(pid, signal.SIGTERM)
            thread.join()
        gate.rollback()
    return said[0]


def run(conn: Any, act: Act) -> Any:
    function, args, _login, token = act
    places = ", ".join(["%s"] * len(args))
    with conn.transaction():
        conn.execute("select set_config('keyhole.token', %s, true)", [token])
        return conn.execute(f"select {function}({places})", args).fetchone()


@pytest.mark.parametrize(
    ("prepare", "table"),
    [
        (reserve, "tenants_entry"),
        (reserve, "dialer_deskevent"),
        (skip, "tenants_entry"),
        (skip, "dialer_waiting"),
        (redeem, "tenants_entry"),
        (redeem, "dialer_contactstanding"),
        (check, "tenants_entry"),
        (stop, "dialer_waiting"),
        (stop, "tenants_entry"),
        (invite, "tenants_invitation"),
        (invite, "tenants_entry"),
    ],
)
def test_an_act_that_dies_in_the_middle_left_nothing(
    world: World, prepare: Callable[[Desk], Act], table: str
) -> None:
    act = prepare(open_desk(world))
    before = everything(world)
    assert die_at(world, act, table) != "done"
    assert changes(before, everything(world)) == set()
    with world.database.connect(act[2]) as conn:
        assert run(conn, act) is not None
    assert "tenants_entry" in changes(before, everything(world))


def test_an_act_that_dies_after_its_commit_is_there_with_its_entry(world: World) -> None:
    desk = open_desk(world)
    act = reserve(desk)
    with world.database.connect("agent") as conn:
        run(conn, act)
        os.kill(conn.info.backend_pid, signal.SIGTERM)
    assert ask(world, "select count(*) from dialer_lease") == 1
    assert ask(world, "select count(*) from tenants_entry where event = 'dialer:contact:reserved'") == 1
    assert desk.shown()["first_name"]
