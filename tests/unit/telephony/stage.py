"""A gateway with all around it in memory: a record that obeys the table of states, an exchange, a layer."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import psycopg
from channels.layers import InMemoryChannelLayer

from dialer.calls.states import Event, State, next_state, result_of
from dialer.telephony.gateway import Gateway
from dialer.telephony.numbers import Dial, NumberOpener
from dialer.telephony.port import OpenCall
from dialer.telephony.store import Command, OpenAttempt
from dialer.telephony.timeline import Fate
from dialer.telephony.wakes import Wakes
from tenants.vault.envelope import DataKey, field_context, seal_data_key, seal_field
from tenants.vault.keyring import create_keyrings, load_keyring
from tests.unit.telephony.test_telephony_simulated import SimulatedRig
from tests.unit.telephony.virtual import settle

NUMBER = "+441632960017"


@dataclass
class Attempt:
    """A row of the record."""

    dial: Dial
    state: State = State.REQUESTED
    result: str = ""
    is_muted: bool = False


class MemoryStore:
    """A `CallStore` in memory. `is_away` refuses all; `loses_answers` commits and then breaks the line."""

    def __init__(self) -> None:
        self.attempts: dict[UUID, Attempt] = {}
        self.tokens: dict[str, UUID] = {}
        self.open_commands: dict[int, tuple[UUID, str]] = {}
        self.written: list[tuple[UUID, Event, int | None]] = []
        self.done: list[int] = []
        self.is_away = False
        self.loses_answers = False

    async def redeem(self, token: str) -> Dial | None:
        await self._reach()
        call_id = self.tokens.pop(token, None)
        if call_id is None:
            return None
        attempt = self.attempts[call_id]
        attempt.state = State.DIALLING
        self._answer()
        return attempt.dial

    async def record(self, call_id: UUID, event: Event, cause: int | None) -> str | None:
        await self._reach()
        attempt = self.attempts[call_id]
        following = next_state(attempt.state, event)
        if following is not None:
            attempt.state = following
            attempt.is_muted = {Event.MUTED: True, Event.UNMUTED: False}.get(event, attempt.is_muted)
            attempt.result = result_of(event) or attempt.result
            self.written.append((call_id, event, cause))
        self._answer()
        return following

    async def open_attempts(self) -> list[OpenAttempt]:
        await self._reach()
        return [
            OpenAttempt(OpenCall(call_id, attempt.state, attempt.is_muted), attempt.dial.agent_id)
            for call_id, attempt in self.attempts.items()
            if attempt.state not in (State.REQUESTED, State.ENDED)
        ]

    async def commands(self) -> list[Command]:
        await self._reach()
        return [
            Command(number, call_id, verb, self.attempts[call_id].state)
            for number, (call_id, verb) in sorted(self.open_commands.items())
        ]

    async def finish(self, command_id: int) -> None:
        await self._reach()
        self.open_commands.pop(command_id, None)
        self.done.append(command_id)

    def events_of(self, call_id: UUID) -> list[Event]:
        return [event for each, event, _ in self.written if each == call_id]

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.is_away:
            raise psycopg.OperationalError("the connection is gone")

    def _answer(self) -> None:
        if self.loses_answers:
            raise psycopg.OperationalError("the connection was lost")


class Line:
    """One gateway's line to the record, which is cut when the gateway is killed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.is_cut = False

    def __getattr__(self, name: str) -> Any:
        async def pass_on(*args: Any) -> Any:
            if self.is_cut:
                await asyncio.Future()
            return await getattr(self._store, name)(*args)

        return pass_on


class CountingLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """A layer that counts what is sent to groups, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append((group, message))
        await super().group_send(group, message)

    def wakes(self) -> Counter[str]:
        return Counter(group for group, message in self.sent if message == {"type": "desk.wake"})


class Stage:
    """Runs one gateway at a time over a record and an exchange that stay."""

    def __init__(self, folder: Path, *, max_calls: int = 100, number: str = NUMBER) -> None:
        create_keyrings(folder / "keys")
        self.rig = SimulatedRig(folder / "exchange")
        self.store = MemoryStore()
        self.layer = CountingLayer()
        self.number = number
        self.max_calls = max_calls
        self._folder = folder
        self._firm_id, self._list_id, self._key = uuid4(), uuid4(), DataKey.generate()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self.exchange = self.rig.start()
        self._line = Line(self.store)
        self.gateway = Gateway(
            store=self._line,
            exchange=self.exchange,
            opener=NumberOpener(load_keyring(self._folder / "keys", "gateway")),
            wakes=Wakes(self.layer),
            max_calls=self.max_calls,
            sleep=self.rig.clock.sleep,
        )
        self._stop = asyncio.Event()
        self.running = asyncio.create_task(self.gateway.run(self._stop))
        await settle()

    async def stop(self) -> None:
        self._stop.set()
        await self.running

    async def crash(self) -> None:
        """What kill -9 leaves: nothing more is heard, asked or written."""

        async def nothing() -> None:
            return

        self._line.is_cut = True
        self.exchange.close = nothing  # type: ignore[method-assign]
        await self.rig.crash(self.exchange)

    async def request(self, fate: Fate) -> tuple[UUID, str]:
        """An agent asks for a call that will go this way; gives its id and dial token."""
        call_id, token = self.rig.find_call(fate), f"token-{uuid4().hex}"
        self.store.attempts[call_id] = Attempt(self._dial(call_id))
        self.store.tokens[token] = call_id
        return call_id, token

    async def call(self, fate: Fate) -> UUID:
        """An agent asks for a call and the softphone dials it."""
        call_id, token = await self.request(fate)
        await self.layer.send("gateway", {"type": "softphone.dial", "token": token})
        await settle()
        return call_id

    async def command(self, call_id: UUID, verb: str) -> int:
        """An agent asks something of the call; the gateway is woken."""
        number = len(self.store.open_commands) + len(self.store.done) + 1
        self.store.open_commands[number] = (call_id, verb)
        await self.layer.group_send("gateway", {"type": "gateway.wake"})
        await settle()
        return number

    async def until(self, call_id: UUID, state: State) -> None:
        for _ in range(6000):
            if self.store.attempts[call_id].state is state:
                return
            await self.rig.pass_time(0.1)
        raise AssertionError(f"the call never was {state}")

    def state(self, call_id: UUID) -> State:
        return self.store.attempts[call_id].state

    def _dial(self, call_id: UUID) -> Dial:
        worker = load_keyring(self._folder / "keys", "worker")
        version, public = worker.public_key("gateway")
        contact_id = uuid4()
        about = {"firm_id": self._firm_id, "list_id": self._list_id, "key_version": 1}
        context = field_context(contact_id=contact_id, field="phone:0", **about)  # type: ignore[arg-type]
        return Dial(
            call_id=call_id,
            agent_id=uuid4(),
            firm_id=self._firm_id,
            list_id=self._list_id,
            contact_id=contact_id,
            position=0,
            sealed=seal_field(self._key, self.number.encode(), context=context),
            wrapped_key=seal_data_key(self._key, public, purpose="number", **about),  # type: ignore[arg-type]
            recipient_version=version,
            key_version=1,
            ring_s=25.0,
        )
