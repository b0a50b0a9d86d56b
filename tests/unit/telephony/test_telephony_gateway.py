"""The gateway: each token one call, each event written once and in order, whatever breaks around it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from dialer.calls.states import Event, State
from dialer.telephony.gateway import COMPARE_S
from dialer.telephony.journal import Journal
from dialer.telephony.timeline import Fate
from tests.unit.telephony.contract import EXPECTED
from tests.unit.telephony.stage import Stage
from tests.unit.telephony.virtual import settle

Scene = Callable[[Stage], Awaitable[None]]


def play(stage: Stage, scene: Scene) -> None:
    async def run() -> None:
        async with stage:
            await scene(stage)

    asyncio.run(run())


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize("fate", list(EXPECTED))
def test_a_token_becomes_a_call_and_the_call_the_record(stage: Stage, fate: Fate) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(fate)
        await stage.rig.pass_time(600)
        assert stage.store.events_of(call_id) == EXPECTED[fate]
        agent_id = stage.store.attempts[call_id].dial.agent_id
        # Once when it was dialled and once for each event.
        assert stage.layer.wakes()[f"desk.{agent_id.hex}"] == 1 + len(EXPECTED[fate])

    play(stage, scene)


def test_a_token_is_worth_one_call(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id, token = await stage.request(Fate.PERSON)
        for _ in range(100):
            await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
        await stage.rig.pass_time(600)
        assert stage.store.events_of(call_id) == EXPECTED[Fate.PERSON]

    play(stage, scene)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "softphone.dial"},
        {"type": "softphone.dial", "token": 5},
        {"type": "softphone.dial", "token": "short"},
        {"type": "softphone.dial", "token": "x" * 5000},
        {"type": "softphone.dial", "token": "nul\x00" * 8},
        {"type": "softphone.dial", "token": "\ud800" * 30},
        {"type": "something.else"},
        {},
    ],
)
def test_a_message_of_another_shape_harms_nothing(stage: Stage, message: dict[str, object]) -> None:
    async def scene(stage: Stage) -> None:
        await stage.layer.send("gateway", message)
        call_id = await stage.call(Fate.BUSY)
        await stage.rig.pass_time(60)
        assert stage.state(call_id) is State.ENDED

    play(stage, scene)


def test_commands_reach_the_call_once_and_are_finished(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING)
        numbers = [
            await stage.command(call_id, verb) for verb in ("mute", "hold", "unhold", "unmute", "hang_up")
        ]
        await settle()
        assert stage.store.events_of(call_id)[2:] == [
            Event.MUTED,
            Event.HELD,
            Event.RESUMED,
            Event.UNMUTED,
            Event.ENDED_ANSWERED,
        ]
        assert stage.store.done == numbers

    play(stage, scene)


def test_a_command_for_a_call_on_its_way_here_waits_for_it(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id, token = await stage.request(Fate.PERSON)
        await stage.command(call_id, "hang_up")
        assert stage.store.done == []
        await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
        await settle()
        await stage.layer.group_send("gateway", {"type": "gateway.wake"})
        await settle()
        assert stage.store.events_of(call_id) == [Event.ENDED_CANCELLED]
        assert stage.store.done == [1]

    play(stage, scene)


def test_a_command_for_a_call_that_is_over_is_finished_and_does_nothing(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(Fate.BUSY)
        await stage.until(call_id, State.ENDED)
        await stage.command(call_id, "hang_up")
        assert stage.store.done == [1]
        assert stage.store.events_of(call_id) == EXPECTED[Fate.BUSY]

    play(stage, scene)


def test_a_number_that_does_not_open_here_fails_the_call_and_rings_nobody(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id, token = await stage.request(Fate.PERSON)
        attempt = stage.store.attempts[call_id]
        # Moved from another contact: the seal is bound to its own.
        attempt.dial = replace(attempt.dial, contact_id=uuid4())
        await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
        await stage.rig.pass_time(600)
        assert stage.store.written == [(call_id, Event.ENDED_FAILED, None)]
        assert call_id.hex not in (stage.rig.folder / "calls.jsonl").read_text()

    play(stage, scene)


def test_an_exchange_that_does_not_begin_the_call_fails_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Journal, fact: object) -> None:
        raise OSError(28, "No space left on device")

    async def scene(stage: Stage) -> None:
        monkeypatch.setattr(Journal, "append", refuse)
        call_id = await stage.call(Fate.PERSON)
        await settle()
        assert stage.store.written == [(call_id, Event.ENDED_FAILED, 41)]

    play(stage, scene)


def test_a_call_beyond_the_lines_there_are_fails_at_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        first = await stage.call(Fate.PERSON)
        second = await stage.call(Fate.PERSON)
        await settle()
        assert stage.store.written == [(second, Event.ENDED_FAILED, 34)]
        await stage.rig.pass_time(600)
        assert stage.store.events_of(first) == EXPECTED[Fate.PERSON]
        third = await stage.call(Fate.PERSON)
        await stage.until(third, State.TALKING)

    play(Stage(tmp_path, max_calls=1), scene)


def test_while_the_database_is_away_events_wait_in_order(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        calls = [await stage.call(fate) for fate in (Fate.PERSON, Fate.SILENCE, Fate.BUSY)]
        stage.store.is_away = True
        await stage.rig.pass_time(600)
        assert stage.store.written == []
        stage.store.is_away = False
        await stage.rig.pass_time(10)
        expected = [EXPECTED[fate] for fate in (Fate.PERSON, Fate.SILENCE, Fate.BUSY)]
        assert [stage.store.events_of(call_id) for call_id in calls] == expected

    play(stage, scene)


def test_a_lost_answer_of_the_database_repeats_nothing(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.RINGING)
        stage.store.loses_answers = True
        await stage.until(call_id, State.TALKING)
        await stage.rig.pass_time(5)
        stage.store.loses_answers = False
        await stage.rig.pass_time(600)
        assert stage.store.events_of(call_id) == EXPECTED[Fate.PERSON]

    play(stage, scene)


def test_a_token_whose_answer_was_lost_ends_as_failed_and_rings_nobody(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.store.loses_answers = True
        call_id = await stage.call(Fate.PERSON)
        assert stage.state(call_id) is State.DIALLING
        stage.store.loses_answers = False
        await stage.rig.pass_time(3 * COMPARE_S)
        assert stage.store.written == [(call_id, Event.ENDED_FAILED, None)]
        await stage.rig.pass_time(600)
        assert stage.store.events_of(call_id) == [Event.ENDED_FAILED]

    play(stage, scene)


def test_a_call_that_the_record_has_ended_is_hung_up(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING)
        stage.store.attempts[call_id].state = State.ENDED
        await stage.rig.pass_time(2 * COMPARE_S)
        assert '"hang_up"' in (stage.rig.folder / "calls.jsonl").read_text()

    play(stage, scene)


def test_a_fault_of_its_own_ends_the_gateway_instead_of_one_call_in_silence(stage: Stage) -> None:
    async def run() -> None:
        await stage.start()
        _, token = await stage.request(Fate.PERSON)

        async def break_down(token: str) -> None:
            raise ZeroDivisionError

        stage.store.redeem = break_down  # type: ignore[assignment]
        await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
        await settle()
        with pytest.raises(ExceptionGroup) as broken:
            await stage.running
        assert broken.group_contains(ZeroDivisionError)

    asyncio.run(run())


def test_a_command_it_does_not_know_is_put_aside(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        call_id = await stage.call(Fate.PERSON)
        await stage.until(call_id, State.TALKING)
        await stage.command(call_id, "transfer")
        assert stage.store.done == [1]
        assert stage.state(call_id) is State.TALKING

    play(stage, scene)
