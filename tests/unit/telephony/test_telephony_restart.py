"""The gateway after a kill or a stop: the next one goes on with every call and repeats none."""

import asyncio
from pathlib import Path

import pytest

from dialer.calls.states import Event, State
from dialer.telephony.timeline import Fate
from tests.unit.telephony.contract import EXPECTED
from tests.unit.telephony.stage import Stage
from tests.unit.telephony.virtual import settle


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize("state", [State.DIALLING, State.RINGING, State.TALKING, State.HELD])
def test_a_killed_gateway_is_followed_by_one_that_goes_on(stage: Stage, state: State) -> None:
    async def run() -> None:
        await stage.start()
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING if state is State.HELD else state)
        if state is State.HELD:
            await stage.command(call_id, "hold")
        assert stage.state(call_id) is state
        await stage.crash()
        await stage.start()
        await stage.rig.pass_time(600)
        events = [event for event in stage.store.events_of(call_id) if event is not Event.HELD]
        assert events == EXPECTED[Fate.PERSON]
        await stage.stop()

    asyncio.run(run())


def test_a_gateway_killed_between_token_and_exchange_leaves_a_failed_call(stage: Stage) -> None:
    async def run() -> None:
        call_id, token = await stage.request(Fate.PERSON)
        assert await stage.store.redeem(token) is not None
        await stage.start()
        await stage.rig.pass_time(600)
        assert stage.store.written == [(call_id, Event.ENDED_FAILED, None)]
        await stage.stop()

    asyncio.run(run())


def test_a_talk_that_the_exchange_no_longer_has_was_dropped(stage: Stage) -> None:
    async def run() -> None:
        call_id, _ = await stage.request(Fate.PERSON)
        stage.store.attempts[call_id].state = State.TALKING
        await stage.start()
        await settle()
        assert stage.store.events_of(call_id) == [Event.ENDED_DROPPED]
        await stage.stop()

    asyncio.run(run())


def test_a_command_taken_by_a_killed_gateway_is_done_by_the_next(stage: Stage) -> None:
    async def run() -> None:
        await stage.start()
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING)
        await stage.crash()
        stage.store.open_commands[1] = (call_id, "hang_up")
        await stage.start()
        await settle()
        assert stage.store.events_of(call_id) == EXPECTED[Fate.PERSON]
        assert stage.store.done == [1]
        await stage.stop()

    asyncio.run(run())


def test_stopping_ends_no_call(stage: Stage) -> None:
    async def run() -> None:
        await stage.start()
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING)
        await stage.stop()
        assert stage.state(call_id) is State.TALKING
        await stage.start()
        await stage.rig.pass_time(600)
        assert stage.store.events_of(call_id) == EXPECTED[Fate.PERSON]
        await stage.stop()

    asyncio.run(run())


def test_it_waits_for_a_database_that_is_away_at_the_start(stage: Stage) -> None:
    async def run() -> None:
        stage.store.is_away = True
        await stage.start()
        await stage.rig.pass_time(30)
        stage.store.is_away = False
        await stage.rig.pass_time(2)
        call_id = await stage.call(Fate.BUSY)
        await stage.rig.pass_time(30)
        assert stage.store.events_of(call_id) == EXPECTED[Fate.BUSY]
        await stage.stop()

    asyncio.run(run())
