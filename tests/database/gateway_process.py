"""A real gateway process at the test database, with a journal of its own, and an agent who calls with it."""

import asyncio
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings

from dialer.telephony.timeline import Fate, Plan, draw_plan
from tenants.vault.envelope import field_context, open_data_key, open_field
from tenants.vault.keyring import load_keyring
from tests.conftest import Database
from tests.world import Member, World, call_as

ROOT = Path(__file__).resolve().parent.parent.parent
SPEED = 4.0


def wait_for(condition: Callable[[], Any], *, timeout_s: float = 60.0) -> Any:
    """Wait until a condition holds and give its value; time only bounds a failure."""
    until = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > until:
            raise AssertionError("it never came about")
        time.sleep(0.01)
    return value


def seed_for(call_id: UUID, wanted: Callable[[Plan], bool]) -> int:
    """A seed under which this call goes the wanted way."""
    return next(seed for seed in range(1_000_000) if wanted(draw_plan(seed, call_id)))


def talks(plan: Plan) -> bool:
    """A person answers and hangs up."""
    return plan.fate is Fate.PERSON and plan.talk_s < 40


def lingers(plan: Plan) -> bool:
    """A person answers soon and talks for so long that a test can do what it wants meanwhile."""
    return plan.fate is Fate.PERSON and plan.dial_s > 1.6 and plan.ring_s < 4 and plan.talk_s > 200


class GatewayProcess:
    """`manage.py gateway`, started, killed and started again over the same journal."""

    def __init__(self, database: Database, var: Path) -> None:
        self.var = var
        self.log = var / "gateway.log"
        self._database = database
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, seed: int = 1, speed: float = SPEED, wait: bool = True, **environ: str) -> None:
        base = settings.DATABASES["default"]
        layer = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]
        before = self.text().count("gateway.listening")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "manage.py", "gateway"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "KEYHOLE_VAR": str(self.var),
                    "KEYHOLE_KEYS": str(self._database.keys),
                    "KEYHOLE_PROCESS": "gateway",
                    "KEYHOLE_LAYER_URL": layer,
                    "KEYHOLE_DATABASE_URL": f"postgresql://127.0.0.1:{base['PORT']}/{self._database.name}",
                    "KEYHOLE_EXCHANGE_SEED": str(seed),
                    "KEYHOLE_EXCHANGE_SPEED": str(speed),
                    **environ,
                },
            )
        if wait:
            wait_for(
                lambda: self.text().count("gateway.listening") > before or self._child.poll() is not None
            )  # type: ignore[union-attr]
            assert self._child.poll() is None, self.text()

    def text(self) -> str:
        """Everything it has said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def journal(self) -> str:
        """What its exchange has written down."""
        path = self.var / "exchange" / "calls.jsonl"
        return path.read_text() if path.exists() else ""

    def age_journal(self, seconds: float) -> None:
        """Move everything that its exchange remembers into the past."""
        facts = [json.loads(line) for line in self.journal().split()]
        aged = [{**fact, "at": fact["at"] - seconds} if "at" in fact else fact for fact in facts]
        (self.var / "exchange" / "calls.jsonl").write_text("".join(json.dumps(fact) + "\n" for fact in aged))

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        assert self._child is not None
        self._child.send_signal(number)
        return self._child.wait(timeout=30)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def wait(self) -> int:
        assert self._child is not None
        return self._child.wait(timeout=30)

    def stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self.kill()


class Caller:
    """An agent at work through the functions of the agent surface, one call after another."""

    def __init__(self, world: World, member: Member | None = None) -> None:
        self.world = world
        self.member = member or world.tern.people["agent"]
        self.token = world.token(self.member)
        self._agent = world.database.connect("agent")
        self._view = world.definer()

    def close(self) -> None:
        self._agent.close()
        self._view.close()

    def do(self, name: str, *args: Any) -> Any:
        return call_as(self._agent, name, self.token, *args)

    def request(self) -> tuple[UUID, str]:
        """Get a person and ask for a call; gives the attempt and its dial token, not dialled yet."""
        assert self.do("dialer_go_ready_v1")["ok"]
        assert self.do("dialer_reserve_contact_v1")["ok"]
        return self.request_again()

    def request_again(self) -> tuple[UUID, str]:
        """Ask for a call to the person who is on the screen."""
        dial = secrets.token_urlsafe(24)
        said = self.do("dialer_request_dial_v1", hashlib.sha256(dial.encode()).digest())
        assert said["ok"], said
        return UUID(said["attempt_id"]), dial

    def command(self, verb: str) -> None:
        assert self.do("dialer_command_call_v1", verb)["ok"]

    def desk(self) -> dict[str, Any]:
        return self.do("dialer_load_desk_v1")  # type: ignore[no-any-return]

    def row(self, statement: str, *args: Any) -> Any:
        return self._view.execute(statement, args).fetchone()

    def state(self, attempt_id: UUID) -> str:
        return str(self.row("select state from dialer_attempt where id = %s", attempt_id)[0])

    def events(self, attempt_id: UUID) -> list[str]:
        rows = self._view.execute(
            "select event from dialer_callevent where attempt_id = %s order by id", [attempt_id]
        )
        return [event for (event,) in rows.fetchall()]

    def entries(self, attempt_id: UUID) -> list[str]:
        rows = self._view.execute(
            "select event from tenants_entry where subject_id = %s and event like 'dialer:call:%%'"
            " order by id",
            [attempt_id],
        )
        return [event for (event,) in rows.fetchall()]

    def number(self, attempt_id: UUID) -> str:
        """The number of a call, opened with the gateway's key, to look for it where it must not be."""
        firm_id, list_id, contact_id, sealed, key = self.row(
            "select t.firm_id, c.list_id, c.id, n.sealed, k.sealed from dialer_attempt t"
            " join campaigns_contact c on c.id = t.contact_id"
            " join campaigns_contactnumber n on n.contact_id = c.id and n.position = t.number_position"
            " join campaigns_listkey k on k.list_id = c.list_id and k.purpose = 'number' where t.id = %s",
            attempt_id,
        )
        private = load_keyring(self.world.database.keys, "gateway").private_key()
        about = {"firm_id": firm_id, "list_id": list_id, "key_version": 1}
        opened = open_data_key(private, key, purpose="number", **about)
        return open_field(
            opened, sealed, context=field_context(contact_id=contact_id, field="phone:0", **about)
        ).decode()


def send_dial(token: str, *, times: int = 1) -> None:
    """Hand a dial token to the gateway, as the agent surface does."""

    async def send() -> None:
        layer = get_channel_layer()
        await asyncio.gather(
            *(layer.send("gateway", {"type": "softphone.dial", "token": token}) for _ in range(times))
        )
        await layer.flush()

    asyncio.run(send())
