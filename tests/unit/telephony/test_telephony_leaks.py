"""Nothing that the gateway writes, sends, logs or raises while a call runs holds the number, in any form."""

import asyncio
import base64
import gc
import logging
import secrets
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from dialer.calls.states import State
from dialer.telephony import gateway, recorder, simulated, wakes
from dialer.telephony.journal import Journal
from dialer.telephony.timeline import Fate
from tenants.vault.sealed import SealedText
from tests.unit.telephony.leaks import find_number
from tests.unit.telephony.stage import NUMBER, Stage
from tests.unit.telephony.virtual import settle

MODULES = (gateway, recorder, simulated, wakes)


class Seen:
    """Everything that came out of the gateway, as bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def add(self, value: object) -> None:
        self.parts.append(value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass"))

    def add_error(self, error: BaseException) -> None:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.parts.append("".join(told.format()).encode("utf-8", "surrogatepass"))

    @property
    def all(self) -> bytes:
        return b"\n".join(self.parts)


class SeeingLog:
    """Stands in for a module's log and keeps what it is told."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def __getattr__(self, level: str) -> Any:
        return lambda event, **about: self._seen.add((level, event, about))


class SeeingHandler(logging.Handler):
    """Keeps what the standard library's loggers are told, tracebacks with it."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.DEBUG)
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self._seen.add(self.format(record))
        self._seen.add(vars(record))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    seen = Seen()
    for module in MODULES:
        monkeypatch.setattr(module, "log", SeeingLog(seen))
    handler, root = SeeingHandler(seen), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield seen
    root.removeHandler(handler)
    root.setLevel(level)


async def run_calls(stage: Stage, seen: Seen) -> None:
    """Let calls of every fate run, with commands, a database that is away, a number that does not open."""
    calls = [await stage.call(fate) for fate in Fate for _ in range(3)]
    talking = await stage.call(Fate.PERSON)
    await stage.until(talking, State.TALKING)
    for verb in ("mute", "hold", "unhold", "unmute", "hang_up"):
        await stage.command(talking, verb)
    broken, token = await stage.request(Fate.PERSON)
    stage.store.attempts[broken].dial = replace(stage.store.attempts[broken].dial, contact_id=uuid4())
    await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
    stage.store.is_away = True
    await stage.rig.pass_time(300)
    stage.store.is_away = False
    await stage.rig.pass_time(300)
    assert all(stage.state(call_id) is State.ENDED for call_id in [*calls, talking, broken])
    seen.add(stage.store.written)
    seen.add(stage.layer.sent)
    seen.add([vars(line) for line in stage.exchange._lines.values()])
    seen.add(stage.store.attempts)
    seen.add((stage.rig.folder / "calls.jsonl").read_bytes())


def test_no_call_lets_its_number_out(tmp_path: Path, seen: Seen, capfd: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        async with Stage(tmp_path) as stage:
            await run_calls(stage, seen)

    asyncio.run(run())
    printed = capfd.readouterr()
    seen.add(printed.out + printed.err)
    assert b"gateway.dialled" in seen.all
    assert b"gateway.record_away" in seen.all
    assert find_number(NUMBER, seen.all) == []


def test_a_gateway_that_breaks_says_where_and_not_whom_it_called(tmp_path: Path, seen: Seen) -> None:
    async def run() -> None:
        stage = Stage(tmp_path)
        await stage.start()
        originate = stage.exchange.originate

        async def break_down(call_id: UUID, number: SealedText, *, ring_s: float) -> None:
            await originate(call_id, number, ring_s=ring_s)
            raise RuntimeError(number)

        stage.exchange.originate = break_down  # type: ignore[method-assign]
        await stage.call(Fate.PERSON)
        await settle()
        with pytest.raises(ExceptionGroup) as broken:
            await stage.running
        # The stage itself knows the number; a collector of errors would not have it.
        stage.number = ""
        seen.add_error(broken.value)

    asyncio.run(run())
    assert b"break_down" in seen.all
    assert b"<sealed>" in seen.all
    assert find_number(NUMBER, seen.all) == []


def test_nothing_keeps_the_number_when_the_call_is_over(tmp_path: Path) -> None:
    # Of a country code that nobody has, and kept backwards, so that this test does not find itself.
    backwards = f"{secrets.randbelow(10**10):010d}999+"

    async def run() -> list[str]:
        stage = Stage(tmp_path)
        async with stage:
            stage.number = backwards[::-1]
            call_id, token = await stage.request(Fate.PERSON)
            stage.number = ""
            await stage.layer.send("gateway", {"type": "softphone.dial", "token": token})
            await stage.until(call_id, State.TALKING)
            during = kept_texts(backwards)
            planted = [backwards[::-1]]
            found = kept_texts(backwards)
            del planted[:]
            await stage.rig.pass_time(600)
            assert stage.state(call_id) is State.ENDED
            assert found, "a planted number is found"
            return during + kept_texts(backwards)

    assert asyncio.run(run()) == []


def kept_texts(backwards: str) -> list[str]:
    """Name the kinds of objects that hold the number anywhere in the process."""
    gc.collect()
    digits = backwards[:10][::-1]
    holders = []
    for holder in gc.get_objects():
        for held in gc.get_referents(holder):
            # By type(): a lazy object asked for its class would wake up.
            kind = type(held)
            if (kind is str and digits in held) or (kind is bytes and digits.encode() in held):
                holders.append(type(holder).__name__)
    return holders


@pytest.mark.parametrize(
    "leak",
    [
        NUMBER,
        "44 1632 960-017",
        "(01632) 960 017",
        NUMBER[::-1],
        quote(NUMBER, safe=""),
        base64.b64encode(NUMBER.encode()).decode(),
        base64.b64encode(b"tel:" + NUMBER.encode() + b";x=1").decode(),
        base64.b64encode(b"to=" + NUMBER.encode()).decode(),
        NUMBER.encode().hex().upper(),
        repr(int(NUMBER)),
        hex(int(NUMBER)),
    ],
)
def test_a_planted_leak_is_found(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    append = Journal.append

    def leaky(self: Journal, fact: dict[str, Any]) -> None:
        append(self, {**fact, "note": leak})

    async def run() -> None:
        async with Stage(tmp_path) as stage:
            monkeypatch.setattr(Journal, "append", leaky)
            await stage.call(Fate.BUSY)
            seen.add((stage.rig.folder / "calls.jsonl").read_bytes())

    asyncio.run(run())
    assert find_number(NUMBER, seen.all) != []


def test_a_number_planted_in_a_log_is_found(seen: Seen) -> None:
    gateway.log.info("gateway.dialled", call_id=NUMBER)
    logging.getLogger("somebody.elses").warning("dialling %s", NUMBER)
    assert find_number(NUMBER, seen.parts[0]) != []
    assert find_number(NUMBER, seen.parts[1]) != []
