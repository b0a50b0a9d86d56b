"""Every process killed with SIGKILL while a call is on its way, on a real instance: nothing lost, doubled or unrecorded."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest
import websockets

from tests.browser.product import ROOT, Product

# What the supervisor keeps alive, and how its command line is known.
PROCESSES = {
    "agent surface": ("uvicorn", "AGENT_PORT"),
    "gateway": ("manage.py", "gateway"),
    "worker": ("manage.py", "worker"),
    "ledger": ("manage.py", "ledger"),
    "PostgreSQL": ("postgres", "-D"),
    "Valkey": ("valkey-server",),
}
# Dialling lasts too short to be aimed at; the gateway's own tests kill it there.
PAIRS = {
    *itertools.product(
        ("preview", "ringing", "talking", "held", "wrapup"), ("agent surface", "gateway", "PostgreSQL")
    ),
    ("ringing", "Valkey"),
    ("preview", "worker"),
    ("talking", "ledger"),
}
LONGEST_S = 240


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("kills"), speed=2)
    try:
        product.start()
        yield product
    finally:
        product.stop()


class Agent:
    """Marta at her desk: the socket as a browser uses it, opened again whenever it breaks."""

    def __init__(self, product: Product) -> None:
        self._base = product.agent
        self._ids = itertools.count(1)
        with httpx.Client() as client:
            said = client.post(
                f"{self._base}/demo/sign-in", data={"person": "marta"}, headers={"Origin": self._base}
            )
            assert said.status_code == 302, said.status_code
            self._cookie = f"keyhole_agent={client.cookies['keyhole_agent']}"

    async def do(self, verb: str, **args: Any) -> dict[str, Any]:
        """Send one verb on a fresh socket and return its answer, trying again while the surface or the database is away."""
        until = time.monotonic() + 60
        while True:
            try:
                return await asyncio.wait_for(self._once(verb, args), 10)
            except (OSError, TimeoutError, websockets.exceptions.WebSocketException):
                assert time.monotonic() < until, f"{verb}: nobody answers"
                await asyncio.sleep(0.2)

    async def _once(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        host = urlsplit(self._base).netloc
        headers = {"Cookie": self._cookie, "Origin": self._base}
        async with websockets.connect(f"ws://{host}/ws/console", additional_headers=headers) as socket:
            number = next(self._ids)
            if verb != "look":
                await socket.send(json.dumps({"id": number, "do": verb, **args}))
            async for frame in socket:
                message: dict[str, Any] = json.loads(frame)
                if verb == "look" and message.get("type") == "state":
                    return message
                if message.get("re") == number:
                    return message
        raise TimeoutError

    async def look(self) -> tuple[str, dict[str, Any]]:
        """The state of the desk, with 'ringing' told apart, and the whole snapshot."""
        desk = await self.do("look")
        attempt = desk.get("attempt") or {}
        state = str(desk["state"])
        return ("ringing" if state == "dialling" and attempt.get("state") == "ringing" else state), desk

    async def go_on(self, state: str, desk: dict[str, Any], wanted: set[str]) -> None:
        """Do what brings the desk nearer to a state that is still wanted."""
        if state == "paused":
            await self.do("go_ready")
        elif state == "preview":
            answer = await self.do("call")
            if answer.get("ok"):
                await self.do("dial", dial_token=answer["dial_token"])
        elif state == "talking":
            await self.do("hold" if "held" in wanted else "end_call")
        elif state == "held":
            await self.do("unhold" if "talking" in wanted else "end_call")
        elif state == "wrapup":
            answered = desk["attempt"]["answered_at"] is not None
            chosen = next(one["id"] for one in desk["dispositions"] if one["kind"] == "reached")
            said = await self.do(
                "save_outcome",
                disposition_id=chosen if answered else None,
                callback_at=None,
                callback_own=False,
                note="",
            )
            assert said["ok"], said


def kill(product: Product, name: str) -> None:
    """Kill one process of the instance with SIGKILL; only children of its own supervisor are looked at."""
    words = [str(product.port + 1) if word == "AGENT_PORT" else word for word in PROCESSES[name]]
    for child in psutil.Process(product.process_id).children(recursive=True):
        try:
            line = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if all(word in line for word in words):
            os.kill(child.pid, signal.SIGKILL)
            return
    raise AssertionError(f"{name} is not running")


async def _kill_everything(product: Product) -> None:
    agent = Agent(product)
    pending = set(PAIRS)
    until = time.monotonic() + LONGEST_S
    while pending:
        assert time.monotonic() < until, f"not reached: {sorted(pending)}"
        state, desk = await agent.look()
        victim = next((name for where, name in sorted(pending) if where == state), None)
        if victim is not None:
            kill(product, victim)
            pending.discard((state, victim))
            continue
        await agent.go_on(state, desk, {where for where, _name in pending})
        await asyncio.sleep(0.2)
    # The last call is brought to its end, so that every dial can be held to the same account.
    state, desk = await agent.look()
    while state not in ("paused", "ready", "preview"):
        assert time.monotonic() < until, f"still {state}"
        await agent.go_on(state, desk, set())
        await asyncio.sleep(0.3)
        state, desk = await agent.look()


def _account(product: Product) -> "psycopg.Connection[tuple[Any, ...]]":
    env = {**os.environ, "KEYHOLE_VAR": str(product.var), "KEYHOLE_PORT": str(product.port)}
    env.pop("KEYHOLE_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "database_url", "owner"],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    conn = psycopg.connect(done.stdout.strip(), autocommit=True)
    conn.execute("set role keyhole_definer")
    return conn


FAULTS = {
    "a dial without exactly one entry of it": """
        select count(*) from dialer_attempt t where token_used_at is not null and 1 <> (
          select count(*) from tenants_entry e where e.subject_id = t.id and e.event = 'dialer:call:dialled')""",
    "a finished call without exactly one end": """
        select count(*) from dialer_attempt t where state = 'ended' and token_used_at is not null and 1 <> (
          select count(*) from tenants_entry e where e.subject_id = t.id and e.event = 'dialer:call:ended')""",
    "a lease without exactly one entry": """
        select count(*) from dialer_lease l where 1 <> (
          select count(*) from tenants_entry e where e.subject_id = l.id and e.event = 'dialer:contact:reserved')""",
    "a person dialled twice in one lease": """
        select count(*) from (select lease_id from dialer_attempt where token_used_at is not null and result <> 'failed'
                              group by lease_id having count(*) > 1) x""",
    "a person who is nowhere, or in two places": """
        select count(*) from campaigns_contact c where 1 <> (
          (select count(*) from dialer_queue q where q.contact_id = c.id)
          + (select count(*) from dialer_hopper h where h.contact_id = c.id)
          + (select count(*) from dialer_waiting w where w.contact_id = c.id)
          + (select count(*) from dialer_lease l where l.contact_id = c.id and l.closed_at is null)
          + (select count(*) from dialer_contactstanding s where s.contact_id = c.id and s.state = 'finished'))""",
}


def _find_faults(conn: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, int]:
    found = {}
    for name, query in FAULTS.items():
        row = conn.execute(query).fetchone()  # type: ignore[arg-type]
        if row and row[0]:
            found[name] = int(row[0])
    return found


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_killed_process_loses_doubles_and_hides_nothing(product: Product) -> None:
    asyncio.run(_kill_everything(product))
    with _account(product) as conn:
        assert _find_faults(conn) == {}
        # The account can fail: a planted fault of each kind that a row can hold is found, then taken back.
        with conn.transaction(force_rollback=True):
            conn.execute(
                "delete from dialer_hopper where position = (select min(position) from dialer_hopper)"
            )
            assert "a person who is nowhere, or in two places" in _find_faults(conn)
        with conn.transaction(force_rollback=True):
            conn.execute("update dialer_attempt set id = gen_random_uuid() where state = 'ended'")
            assert "a finished call without exactly one end" in _find_faults(conn)


def test_the_list_of_processes_is_that_of_the_supervisor() -> None:
    text = (Path(ROOT) / "dialer" / "runtime" / "instance.py").read_text(encoding="utf-8").lower()
    assert all(name.lower() in text for name in PROCESSES)
