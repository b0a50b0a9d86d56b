"""What every exchange must do, whichever adapter it is. Subclass it and give it a rig."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from dialer.calls.states import Event, State
from dialer.telephony.port import OpenCall
from dialer.telephony.timeline import Fate
from tenants.vault.sealed import SealedText
from tests.unit.telephony.sessions import LONG_S, NUMBER, RING_S, Rig, Session, state_after
from tests.unit.telephony.virtual import settle

EXPECTED = {
    Fate.PERSON: [Event.RINGING, Event.ANSWERED, Event.ENDED_ANSWERED],
    Fate.DROP: [Event.RINGING, Event.ANSWERED, Event.ENDED_DROPPED],
    Fate.MACHINE: [Event.RINGING, Event.ANSWERED, Event.ENDED_MACHINE],
    Fate.SILENCE: [Event.RINGING, Event.ENDED_NO_ANSWER],
    Fate.DECLINED: [Event.RINGING, Event.ENDED_UNREACHABLE],
    Fate.BUSY: [Event.ENDED_BUSY],
    Fate.INVALID: [Event.ENDED_INVALID],
    Fate.UNREACHABLE: [Event.ENDED_UNREACHABLE],
}


class ExchangeContract:
    """The suite. `rig` is a fixture of the subclass."""

    def play(self, rig: Rig, scene: Callable[[Session], Awaitable[None]]) -> None:
        async def run() -> None:
            session = Session(rig)
            await scene(session)
            session.heard.stop()
            await session.exchange.close()

        asyncio.run(run())

    @pytest.mark.parametrize("fate", list(EXPECTED))
    def test_each_call_goes_its_way_in_order(self, rig: Rig, fate: Fate) -> None:
        async def scene(session: Session) -> None:
            call_id = await session.call(fate)
            await rig.pass_time(LONG_S)
            assert session.heard.of(call_id) == EXPECTED[fate]
            times = [heard.at for heard in session.heard.all]
            assert times == sorted(times)
            assert session.heard.all[-1].cause is not None

        self.play(rig, scene)

    def test_it_rings_no_longer_than_it_may(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            call_id = await session.call(Fate.PERSON, ring_s=1.0)
            await rig.pass_time(LONG_S)
            assert session.heard.of(call_id) == EXPECTED[Fate.SILENCE]

        self.play(rig, scene)

    def test_it_calls_once_when_asked_twice(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            call_id = await session.call(Fate.PERSON)
            await session.exchange.originate(call_id, SealedText(NUMBER), ring_s=RING_S)
            await rig.pass_time(LONG_S)
            await session.exchange.originate(call_id, SealedText(NUMBER), ring_s=RING_S)
            await rig.pass_time(LONG_S)
            assert session.heard.of(call_id) == EXPECTED[Fate.PERSON]

        self.play(rig, scene)

    @pytest.mark.parametrize("seen", [None, Event.RINGING, Event.ANSWERED])
    def test_the_agent_hangs_up_once(self, rig: Rig, seen: Event | None) -> None:
        async def scene(session: Session) -> None:
            call_id = await session.call(Fate.PERSON)
            if seen is not None:
                await session.until(call_id, seen)
            await session.exchange.hang_up(call_id)
            await session.exchange.hang_up(call_id)
            await rig.pass_time(LONG_S)
            wanted = Event.ENDED_ANSWERED if seen is Event.ANSWERED else Event.ENDED_CANCELLED
            assert session.heard.of(call_id)[-1] is wanted
            assert state_after(session.heard.of(call_id)) is State.ENDED

        self.play(rig, scene)

    def test_hold_and_mute_are_told_once_each(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            call_id = await session.call(Fate.PERSON)
            await session.until(call_id, Event.ANSWERED)
            exchange = session.exchange
            for operation in (exchange.mute, exchange.hold, exchange.unmute, exchange.unhold):
                await operation(call_id)
                await operation(call_id)
            await exchange.hang_up(call_id)
            await settle()
            assert session.heard.of(call_id)[2:] == [
                Event.MUTED,
                Event.HELD,
                Event.UNMUTED,
                Event.RESUMED,
                Event.ENDED_ANSWERED,
            ]

        self.play(rig, scene)

    def test_operations_out_of_season_do_nothing(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            exchange = session.exchange
            operations = (exchange.hold, exchange.unhold, exchange.mute, exchange.unmute)
            over = await session.call(Fate.BUSY)
            await rig.pass_time(LONG_S)
            ringing = await session.call(Fate.SILENCE)
            await session.until(ringing, Event.RINGING)
            for operation in operations:
                for call_id in (over, ringing, uuid4()):
                    await operation(call_id)
            await exchange.hang_up(over)
            await exchange.hang_up(uuid4())
            await settle()
            assert session.heard.of(over) == EXPECTED[Fate.BUSY]
            assert session.heard.of(ringing) == [Event.RINGING]
            assert {heard.call_id for heard in session.heard.all} == {over, ringing}

        self.play(rig, scene)

    @pytest.mark.parametrize("fate", list(EXPECTED))
    @pytest.mark.parametrize("away_s", [0.0, 4.0, 40.0, LONG_S])
    @pytest.mark.parametrize("before_s", [0.0, 1.0, 12.0, 40.0])
    def test_a_killed_gateway_loses_and_repeats_nothing(
        self, rig: Rig, fate: Fate, before_s: float, away_s: float
    ) -> None:
        async def run() -> None:
            first = Session(rig)
            call_id = await first.call(fate)
            await rig.pass_time(before_s)
            await first.crash()
            recorded = first.heard.of(call_id)
            await rig.pass_time(away_s)
            second = Session(rig)
            state = state_after(recorded)
            if state is not State.ENDED:
                known = await second.exchange.reattach([OpenCall(call_id, state, is_muted=False)])
                assert known == {call_id}
            await rig.pass_time(LONG_S)
            assert recorded + second.heard.of(call_id) == EXPECTED[fate]
            second.heard.stop()
            await second.exchange.close()

        asyncio.run(run())

    @pytest.mark.parametrize("recorded", [[], [Event.RINGING], [Event.RINGING, Event.ANSWERED]])
    def test_it_tells_what_was_heard_but_not_written(self, rig: Rig, recorded: list[Event]) -> None:
        async def run() -> None:
            first = Session(rig)
            call_id = await first.call(Fate.PERSON)
            await first.until(call_id, Event.ANSWERED)
            await first.exchange.mute(call_id)
            await first.exchange.hold(call_id)
            await first.crash()
            second = Session(rig)
            await second.exchange.reattach([OpenCall(call_id, state_after(recorded), is_muted=False)])
            await settle()
            told = second.heard.of(call_id)
            assert state_after(recorded + told) is State.HELD
            assert told.count(Event.MUTED) == 1
            await second.exchange.hang_up(call_id)
            await second.crash()
            third = Session(rig)
            await third.exchange.reattach([OpenCall(call_id, State.HELD, is_muted=True)])
            await settle()
            assert third.heard.of(call_id) == [Event.ENDED_ANSWERED]
            third.heard.stop()
            await third.exchange.close()

        asyncio.run(run())

    def test_it_does_not_know_a_call_that_was_never_begun(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            stranger = uuid4()
            assert await session.exchange.reattach([OpenCall(stranger, State.DIALLING, False)]) == frozenset()
            await rig.pass_time(LONG_S)
            assert session.heard.all == []

        self.play(rig, scene)

    def test_it_hangs_up_what_no_record_has_open(self, rig: Rig) -> None:
        async def run() -> None:
            first = Session(rig)
            call_id = await first.call(Fate.PERSON)
            await first.until(call_id, Event.ANSWERED)
            await first.crash()
            second = Session(rig)
            await second.exchange.reattach([])
            await second.crash()
            third = Session(rig)
            await third.exchange.reattach([OpenCall(call_id, State.TALKING, is_muted=False)])
            await settle()
            assert third.heard.of(call_id) == [Event.ENDED_ANSWERED]
            third.heard.stop()
            await third.exchange.close()

        asyncio.run(run())

    def test_closing_leaves_the_calls_going(self, rig: Rig) -> None:
        async def run() -> None:
            first = Session(rig)
            call_id = await first.call(Fate.PERSON)
            await first.until(call_id, Event.RINGING)
            await first.exchange.close()
            first.heard.stop()
            second = Session(rig)
            await second.exchange.reattach([OpenCall(call_id, State.RINGING, is_muted=False)])
            await rig.pass_time(LONG_S)
            assert second.heard.of(call_id) == EXPECTED[Fate.PERSON][1:]
            second.heard.stop()
            await second.exchange.close()

        asyncio.run(run())

    def test_no_event_shows_the_number(self, rig: Rig) -> None:
        async def scene(session: Session) -> None:
            await session.call(Fate.PERSON)
            await rig.pass_time(LONG_S)
            shown = repr(session.heard.all) + repr(session.exchange)
            assert len(session.heard.all) == 3
            assert NUMBER.removeprefix("+44") not in shown

        self.play(rig, scene)
