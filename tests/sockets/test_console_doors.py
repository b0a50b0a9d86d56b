"""Who may open a console, how long, and what happens to what is not of the schema."""

import asyncio
import json

import pytest

from dialer.console.consumers import BURST, MAX_REFUSED
from tests.sockets.conftest import Stage
from tests.sockets.console import Console, console
from tests.world import call_as


async def _refused_with(token: str | None) -> int:
    window = Console(token)
    connected, _ = await window.wire.connect()
    assert connected
    code = await window.closed()
    await window.wire.disconnect()
    return code


async def test_without_a_session_it_closes_as_signed_out(stage: Stage) -> None:
    assert await _refused_with(None) == 4401
    assert await _refused_with("not-a-session") == 4401


async def test_a_half_session_is_no_session(stage: Stage) -> None:
    with stage.world.definer() as conn:
        conn.execute("update tenants_session set stage = 1 where person_id = %s", [_agent(stage)])
    assert await _refused_with(stage.token) == 4401


async def test_a_supervisor_is_not_an_agent(stage: Stage) -> None:
    token = stage.world.token(stage.world.tern.people["supervisor"])
    assert await _refused_with(token) == 4403


async def test_a_managers_session_of_the_other_surface_opens_nothing(stage: Stage) -> None:
    token = stage.world.token(stage.world.alder.people["manager"])
    assert await _refused_with(token) == 4401


async def test_the_newer_window_wins(stage: Stage) -> None:
    older = await Console(stage.token).open()
    async with console(stage.token) as newer:
        assert await older.closed() == 4409
        assert (await newer.ask("beat"))["ok"]
    await older.wire.disconnect()


async def test_another_agents_window_is_left_alone(stage: Stage) -> None:
    other = stage.world.token(stage.world.tern.people["agent2"])
    async with console(stage.token) as one, console(other) as two:
        assert (await one.ask("beat"))["ok"]
        assert (await two.ask("beat"))["ok"]


async def test_a_new_session_of_the_agent_takes_the_person_over_on_record(stage: Stage) -> None:
    async with console(stage.token) as window:
        state = await window.act("go_ready")
        lease = state["lease"]["id"]
    again = stage.world.tern.people["agent"].sign_in()
    async with console(again) as window:
        assert window.states[-1]["lease"]["id"] == lease
        assert window.states[-1]["person"]["name"] == "Person0"
    with stage.world.definer() as conn:
        rows = conn.execute(
            "select reason from tenants_entry where event = 'dialer:contact:revealed'"
        ).fetchall()
    assert ("new_session",) in rows


async def test_an_ended_session_is_closed_by_the_watch(stage: Stage) -> None:
    async with console(stage.token) as window:
        with stage.world.database.connect("agent") as conn:
            call_as(conn, "tenants_end_sessions_v1", stage.token, "agent")
        assert await window.closed() == 4401


async def test_a_disabled_person_is_closed_at_the_next_message(stage: Stage) -> None:
    async with console(stage.token) as window:
        with stage.world.definer() as conn:
            conn.execute("update tenants_person set state = 'disabled' where id = %s", [_agent(stage)])
        await window.wire.send_to(json.dumps({"id": 1, "do": "go_ready"}))
        assert await window.closed() == 4401


@pytest.mark.parametrize("text", [" ", "{}", "[1]", '{"id": 1, "do": "reveal_all"}', "x" * 20_000])
async def test_what_is_not_of_the_schema_is_answered_and_changes_nothing(stage: Stage, text: str) -> None:
    async with console(stage.token) as window:
        await window.wire.send_to(text)
        answer = await window.frame()
        assert answer["ok"] is False
        assert answer["message"]
        assert "reveal_all" not in json.dumps(answer)
        assert (await window.ask("refresh"))["ok"]


async def test_bytes_are_not_text(stage: Stage) -> None:
    async with console(stage.token) as window:
        await window.wire.send_to(bytes_data=b"\x00\x01")
        assert (await window.frame())["code"] == "bad_message"


async def test_too_many_messages_are_refused_and_then_closed(stage: Stage) -> None:
    async with console(stage.token) as window:
        for number in range(int(BURST) + MAX_REFUSED + 60):
            await window.wire.send_to(json.dumps({"id": number, "do": "beat"}))
        codes = set()
        while True:
            event = await asyncio.wait_for(window.wire.receive_output(timeout=30), 30)
            if event["type"] == "websocket.close":
                break
            codes.add(json.loads(event["text"]).get("code"))
        assert event["code"] == 1008
        assert "too_fast" in codes


def _agent(stage: Stage):  # type: ignore[no-untyped-def]
    return stage.world.tern.people["agent"].id
