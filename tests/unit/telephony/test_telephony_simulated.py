"""The simulated exchange: it keeps the contract of every exchange, and what it remembers outlives it."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from dialer.calls.states import Event, State
from dialer.telephony.journal import Journal, JournalBusyError
from dialer.telephony.port import Exchange, ExchangeError, OpenCall
from dialer.telephony.simulated import KEPT_S, SimulatedExchange
from dialer.telephony.timeline import Fate, draw_plan
from tenants.vault.sealed import SealedText
from tests.unit.telephony.contract import ExchangeContract
from tests.unit.telephony.sessions import NUMBER, RING_S, Session
from tests.unit.telephony.virtual import VirtualClock, settle

SEED = 7


class SimulatedRig:
    """The simulated exchange on a virtual clock; its journal is what lives on."""

    def __init__(self, folder: Path, *, speed: float = 1.0) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.speed = speed
        self.journal: Journal | None = None

    def start(self) -> SimulatedExchange:
        self.journal = Journal(self.folder)
        return SimulatedExchange(self.journal, seed=SEED, speed=self.speed, clock=self.clock)

    async def crash(self, exchange: Exchange) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await settle()
        # As the kernel does with the files of a process that was killed.
        assert self.journal is not None
        self.journal.close()

    async def pass_time(self, seconds: float) -> None:
        await self.clock.pass_time(seconds)

    def find_call(self, fate: Fate) -> UUID:
        while True:
            call_id = uuid4()
            plan = draw_plan(SEED, call_id)
            # Answered by 16 s and talking past 44 s, so that the contract's pauses fall into every state.
            if plan.fate is fate and plan.ring_s < 14.0 and (plan.talk_s > 30.0 or fate is not Fate.PERSON):
                return call_id


class TestSimulatedExchange(ExchangeContract):
    """The contract, kept by the simulated exchange."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> SimulatedRig:
        return SimulatedRig(tmp_path / "exchange")


class ForgetfulRig(SimulatedRig):
    """The control: an exchange whose calls die with the gateway."""

    async def crash(self, exchange: Exchange) -> None:
        await super().crash(exchange)
        (self.folder / "calls.jsonl").unlink()


def test_the_contract_finds_an_exchange_that_forgets(tmp_path: Path) -> None:
    suite = TestSimulatedExchange()
    with pytest.raises(AssertionError):
        suite.test_a_killed_gateway_loses_and_repeats_nothing(
            ForgetfulRig(tmp_path / "exchange"), Fate.PERSON, before_s=1.0, away_s=4.0
        )


class RepeatingRig(SimulatedRig):
    """The control: an exchange that tells everything again to each gateway."""

    def start(self) -> SimulatedExchange:
        exchange = super().start()
        take_up = exchange.reattach

        async def reattach(calls: Collection[OpenCall]) -> frozenset[UUID]:
            return await take_up([replace(call, state=State.DIALLING) for call in calls])

        exchange.reattach = reattach  # type: ignore[method-assign]
        return exchange


def test_the_contract_finds_an_exchange_that_repeats(tmp_path: Path) -> None:
    suite = TestSimulatedExchange()
    with pytest.raises(AssertionError):
        suite.test_a_killed_gateway_loses_and_repeats_nothing(
            RepeatingRig(tmp_path / "exchange"), Fate.PERSON, before_s=12.0, away_s=4.0
        )


@pytest.fixture
def rig(tmp_path: Path) -> SimulatedRig:
    return SimulatedRig(tmp_path / "exchange")


@pytest.mark.parametrize(
    "text", ["", "441632960017", "+0441632", "+44 1632 960017", "+4416329600171234", "+٤٤١٦٣٢"]
)
def test_it_refuses_what_is_no_number(rig: SimulatedRig, text: str) -> None:
    async def run() -> None:
        session = Session(rig)
        call_id = rig.find_call(Fate.PERSON)
        await session.exchange.originate(call_id, SealedText(text), ring_s=RING_S)
        await rig.pass_time(60)
        assert session.heard.of(call_id) == [Event.ENDED_INVALID]

    asyncio.run(run())


def test_a_second_gateway_is_refused(rig: SimulatedRig) -> None:
    rig.start()
    with pytest.raises(JournalBusyError, match="not started"):
        rig.start()


def test_a_half_written_line_spoils_only_itself(rig: SimulatedRig) -> None:
    async def run() -> None:
        first = Session(rig)
        call_id = await first.call(Fate.PERSON)
        await first.crash()
        with (rig.folder / "calls.jsonl").open("ab") as file:
            file.write(b'\n{"call":"0190')
        second = Session(rig)
        other = await second.call(Fate.PERSON)
        await second.crash()
        third = Session(rig)
        calls = [OpenCall(each, State.DIALLING, False) for each in (call_id, other)]
        assert await third.exchange.reattach(calls) == {call_id, other}

    asyncio.run(run())


def test_a_call_that_cannot_be_written_down_is_not_begun(
    rig: SimulatedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Journal, fact: object) -> None:
        raise OSError(28, "No space left on device")

    async def run() -> None:
        session = Session(rig)
        monkeypatch.setattr(Journal, "append", refuse)
        with pytest.raises(ExchangeError) as refused:
            await session.call(Fate.PERSON)
        assert NUMBER not in str(refused.value)
        await rig.pass_time(600)
        assert session.heard.all == []

    asyncio.run(run())


def test_a_full_disk_does_not_keep_an_agent_on_the_line(
    rig: SimulatedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Journal, fact: object) -> None:
        raise OSError(28, "No space left on device")

    async def run() -> None:
        session = Session(rig)
        call_id = await session.call(Fate.PERSON)
        await session.until(call_id, Event.ANSWERED)
        monkeypatch.setattr(Journal, "append", refuse)
        await session.exchange.hang_up(call_id)
        await settle()
        assert session.heard.of(call_id)[-1] is Event.ENDED_ANSWERED

    asyncio.run(run())


def test_it_forgets_what_ended_long_ago_and_keeps_the_rest(rig: SimulatedRig) -> None:
    async def run() -> None:
        first = Session(rig)
        old = await first.call(Fate.BUSY)
        await rig.pass_time(KEPT_S)
        recent = await first.call(Fate.BUSY)
        await rig.pass_time(60)
        await first.crash()
        second = Session(rig)
        calls = [OpenCall(each, State.DIALLING, False) for each in (old, recent)]
        assert await second.exchange.reattach(calls) == {recent}
        assert old.hex not in (rig.folder / "calls.jsonl").read_text()

    asyncio.run(run())


def test_the_journal_is_rewritten_before_it_grows_without_end(
    rig: SimulatedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.telephony.journal._REWRITE_AFTER", 10)

    async def run() -> None:
        session = Session(rig)
        for _ in range(40):
            await session.call(Fate.BUSY)
            await rig.pass_time(KEPT_S)
        assert len((rig.folder / "calls.jsonl").read_bytes().split()) <= 11

    asyncio.run(run())


def test_a_faster_exchange_keeps_its_pace_after_a_restart_at_another(tmp_path: Path) -> None:
    rig = SimulatedRig(tmp_path / "exchange", speed=50.0)

    async def run() -> None:
        first = Session(rig)
        call_id = await first.call(Fate.PERSON)
        await first.crash()
        rig.speed = 1.0
        second = Session(rig)
        await second.exchange.reattach([OpenCall(call_id, State.DIALLING, False)])
        await rig.pass_time(300 / 50)
        assert second.heard.of(call_id)[-1] is Event.ENDED_ANSWERED

    asyncio.run(run())


def test_the_journal_holds_no_number(rig: SimulatedRig) -> None:
    async def run() -> None:
        session = Session(rig)
        call_id = await session.call(Fate.PERSON)
        await session.until(call_id, Event.ANSWERED)
        await session.exchange.hold(call_id)
        await session.exchange.hang_up(call_id)

    asyncio.run(run())
    text = (rig.folder / "calls.jsonl").read_text()
    assert text.count('"do"') == 2
    assert "1632960017" not in text
