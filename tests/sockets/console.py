"""A browser's end of the console's socket, and a gateway that does as it is told."""

import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from channels.testing import WebsocketCommunicator

from dialer.console.consumers import ConsoleConsumer
from tests.conftest import Database
from tests.world import call_as

WAIT_S = 5


class Console:
    """One window of an agent: asks, hears answers, keeps the last state and every byte it was sent."""

    def __init__(self, token: str | None, cookie: str = "keyhole_agent") -> None:
        headers = [(b"cookie", f"{cookie}={token}".encode())] if token else []
        self.wire = WebsocketCommunicator(ConsoleConsumer.as_asgi(), "/ws/console", headers=headers)
        self.numbers = itertools.count(1)
        self.states: list[dict[str, Any]] = []
        self.heard: list[str] = []

    async def open(self) -> "Console":
        """Connect and take the first state."""
        connected, _ = await self.wire.connect(timeout=WAIT_S)
        assert connected
        await self.state()
        return self

    async def frame(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        text = await self.wire.receive_from(timeout=WAIT_S)
        self.heard.append(text)
        found: dict[str, Any] = json.loads(text)
        if found.get("type") == "state":
            self.states.append(found)
        return found

    async def state(self, until: Callable[[dict[str, Any]], bool] = lambda state: True) -> dict[str, Any]:
        """The next state that fits."""
        while True:
            found = await self.frame()
            if found.get("type") == "state" and until(found):
                return found

    async def ask(self, do: str, **args: Any) -> dict[str, Any]:
        """Send a request and return its answer."""
        number = next(self.numbers)
        await self.wire.send_to(json.dumps({"id": number, "do": do, **args}))
        while True:
            found = await self.frame()
            if found.get("re") == number:
                return found

    async def act(self, do: str, **args: Any) -> dict[str, Any]:
        """Ask, insist that it was done, and return the state it led to."""
        answer = await self.ask(do, **args)
        assert answer["ok"], answer
        return await self.state()

    async def closed(self) -> int:
        """The code the server closes with, whatever it says before."""
        while True:
            event = await self.wire.receive_output(timeout=WAIT_S)
            if event["type"] == "websocket.close":
                return int(event["code"])

    async def quiet(self) -> bool:
        """Whether nothing more comes."""
        return bool(await self.wire.receive_nothing(timeout=0.2))


@asynccontextmanager
async def console(token: str | None) -> AsyncIterator[Console]:
    """A connected window, closed at the end."""
    window = await Console(token).open()
    try:
        yield window
    finally:
        await window.wire.disconnect()


def redeem(database: Database, dial_token: str) -> UUID:
    """Take a dial token as the gateway does."""
    with database.connect("gateway") as conn:
        row = conn.execute("select attempt_id from dialer_redeem_token_v1(%s)", [dial_token]).fetchone()
    assert row is not None
    return row[0]  # type: ignore[return-value]


def report(database: Database, attempt: UUID, *events: str) -> None:
    """Say what became of a call, as the gateway does."""
    with database.connect("gateway") as conn:
        for event in events:
            assert call_as(conn, "dialer_record_event_v1", attempt, event, None) is not None
