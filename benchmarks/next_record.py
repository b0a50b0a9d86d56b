"""From an agent's outcome to the next person on the screen: 32 agents over sockets, the running processes behind them.

Agent surface, gateway with the simulated exchange, and worker run as in the product; the exchange runs fast, so that
calls take no time and outcomes come about 60 a second, what 500 agents bring. Timed from sending the outcome to the
state that shows another person, commit and opening included.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.cast import add_sealed_contacts, agent_key, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.roundtrip import serve
from benchmarks.stage import set_stage, settle
from dialer.env import read_env
from dialer.runtime.services import ProcessService

AGENTS: Final = 32
# Between the person's appearance and the call: keeps every socket under what the surface allows it.
_READ_S: Final = 0.25


def measure(scale: Scale) -> Result:
    """Records a second, and how long each took to appear."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=AGENTS)
        add_sealed_contacts(conn, cast, scale.rows(8_000))
        conn.execute("update dialer_desk set state = 'paused'")
    settle()
    with ExitStack() as running:
        running.enter_context(serve("dialer.asgi:application"))
        for process in ("gateway", "worker"):
            running.enter_context(_process(process))
        _wait_for_processes()
        took, seconds = asyncio.run(_work(max(2.5 * scale.seconds, 10.0)))
    took.sort()
    if len(took) < AGENTS:
        raise RuntimeError(f"only {len(took)} records were shown")
    extra = {f"p{at}_ms": round(took[len(took) * at // 100] * 1000, 1) for at in (50, 95, 99)}
    return Result(len(took) / seconds, extra={**extra, "agents": AGENTS, "records": len(took)})


@contextmanager
def _process(name: str) -> Iterator[None]:
    child = ProcessService(
        [sys.executable, "manage.py", name],
        env={**os.environ, "KEYHOLE_PROCESS": name, "KEYHOLE_EXCHANGE_SPEED": "1000"},
        log=read_env().log / f"{name}.log",
    )
    child.start()
    try:
        yield
        if child.poll() is not None:
            raise RuntimeError(f"the {name} ended by itself")
    finally:
        child.stop()


def _wait_for_processes(seconds: float = 60.0) -> None:
    """Until the worker has filled the hopper and the gateway has begun. Raises: RuntimeError."""
    until = time.monotonic() + seconds
    started = read_env().log / "gateway.log"
    with set_stage() as conn:
        while time.monotonic() < until:
            row = conn.execute("select count(*) from dialer_hopper").fetchone()
            if row and row[0] and started.exists() and "gateway.started" in started.read_text():
                return
            time.sleep(0.2)
    raise RuntimeError("gateway and worker did not begin")


async def _work(seconds: float) -> tuple[list[float], float]:
    """Seat every agent, let them work, and give how long each next person took, in seconds."""
    took: list[float] = []
    agents = [_Agent(number, took) for number in range(AGENTS)]
    async with AsyncExitStack() as lines:
        for agent in agents:
            await lines.enter_async_context(agent)
        began = time.monotonic()
        await asyncio.gather(*(agent.work(began + seconds) for agent in agents))
        return took, time.monotonic() - began


class _Agent:
    """One agent at the console: gets a person, calls, hangs up, says how it was, waits for the next."""

    def __init__(self, number: int, took: list[float]) -> None:
        port = read_env().agent_port
        origin: Any = f"http://127.0.0.1:{port}"
        self.line = connect(
            f"ws://127.0.0.1:{port}/ws/console",
            additional_headers={"Cookie": f"keyhole_agent={agent_key(number)}"},
            origin=origin,
            compression=None,
        )
        self.number = number
        self.took = took
        self.until = 0.0
        self.asked = 0
        self.state: dict[str, Any] = {}

    async def __aenter__(self) -> None:
        await self._hear_state(await self.line.__aenter__())

    async def __aexit__(self, *error: Any) -> None:
        await self.line.__aexit__(*error)

    async def work(self, until: float) -> None:
        """Take person after person until the clock says so."""
        self.until = until
        while time.monotonic() < until:
            await self._do_next(self.line.connection)

    async def _do_next(self, line: ClientConnection) -> None:
        state = self.state["state"]
        if state == "preview":
            await asyncio.sleep(_READ_S)
            answer = await self._ask(line, "call")
            await self._hear_state(line)
            if answer["ok"]:
                await self._ask(line, "dial", dial_token=answer["dial_token"])
        elif state == "talking":
            await self._ask(line, "end_call")
        elif state == "wrapup":
            await self._save(line)
            return
        elif state == "paused":
            await self._ask(line, "go_ready")
        await self._hear_state(line)

    async def _save(self, line: ClientConnection) -> None:
        lease, began = self.state["lease"]["id"], time.monotonic()
        chosen = next(d["id"] for d in self.state["dispositions"] if d["kind"] == "reached")
        answer = await self._ask(
            line, "save_outcome", disposition_id=chosen, callback_at=None, callback_own=False, note=""
        )
        if not answer["ok"]:
            return
        while time.monotonic() < self.until + 2:
            person = (self.state.get("lease") or {}).get("id", lease) != lease and self.state.get("person")
            if person:
                self.took.append(time.monotonic() - began)
                return
            await self._hear_state(line)

    async def _ask(self, line: ClientConnection, verb: str, **args: Any) -> dict[str, Any]:
        self.asked += 1
        await line.send(json.dumps({"id": self.asked, "do": verb, **args}))
        while True:
            message = await self._hear(line)
            if message.get("re") == self.asked:
                return message

    async def _hear_state(self, line: ClientConnection) -> None:
        while (await self._hear(line)).get("type") != "state":
            continue

    async def _hear(self, line: ClientConnection) -> dict[str, Any]:
        async with asyncio.timeout(10):
            message: dict[str, Any] = json.loads(await line.recv())
        if message.get("type") == "state":
            self.state = message
        return message
