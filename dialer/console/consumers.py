"""The console's socket: one agent, one page. Every message is checked by SQL with the session's token.

It must never use the synchronous ORM, whose connections nobody closes here, nor keep state that decides.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.http import parse_cookie

from dialer.console.desk import Desk, SignedOut, Unavailable
from dialer.console.keys import list_keys
from dialer.console.messages import MessageError, parse_message
from dialer.console.pace import Allowance
from dialer.console.verbs import HANDLERS
from dialer.console.watch import watch
from dialer.console.words import words_for
from tenants.db.functions import acall
from tenants.identity.permissions import Action

logger = logging.getLogger(__name__)

SIGNED_OUT: Final = 4401
NOT_ALLOWED: Final = 4403
OPENED_ELSEWHERE: Final = 4409
TRY_LATER: Final = 1013
TOO_MUCH: Final = 1008
RATE_PER_S: Final = 20.0
BURST: Final = 40.0
MAX_REFUSED: Final = 200
BEAT_S: Final = 10.0


class ConsoleConsumer(AsyncConsumer):  # type: ignore[misc]
    """One socket of one agent. Close codes: 4401 signed out, 4403 not an agent, 4409 opened elsewhere."""

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Route by a closed table. The stock one hops to a thread for each message, for the ORM's sake."""
        handler = _ROUTES.get(message["type"])
        if handler is not None:
            await handler(self, message)

    async def connect(self, message: Mapping[str, Any]) -> None:
        """Accept, find the person, take the desk over from an older window, show where things stand."""
        await self.send({"type": "websocket.accept"})
        self.desk: Desk | None = None
        self.closed = False
        self.lock = asyncio.Lock()
        self.allowance = Allowance(RATE_PER_S, BURST)
        self.refused = 0
        self.beaten_at = 0.0
        self.looked_at = 0.0
        self.opened_at = 0
        self.groups: set[str] = set()
        token = _token(self.scope)
        try:
            person = await acall("tenants_load_person_v1", token, "agent") if token else None
        except psycopg.Error as error:
            logger.error("console: person not loaded: %s", type(error).__name__)
            await self.end(TRY_LATER)
            return
        if not person or person["stage"] != 2:
            await self.end(SIGNED_OUT)
        elif person["role"] != "agent":
            await self._deny(token)
            await self.end(NOT_ALLOWED)
        else:
            await self._open(token, person["id"])

    async def _deny(self, token: str) -> None:
        """Have it on record that somebody who is no agent tried the console."""
        client = self.scope.get("client") or (None,)
        device = _header(self.scope, b"user-agent")[:120]
        action = str(Action.CONSOLE_USE)
        try:
            await acall("tenants_deny_access_v1", token, "agent", action, client[0], device)
        except psycopg.Error as error:
            # They are turned away in any case.
            logger.error("console: refusal not recorded: %s", type(error).__name__)

    async def _open(self, token: str, agent_id: str) -> None:
        self.desk = Desk(token, list_keys())
        self.token_hash = hashlib.sha256(token.encode()).digest()
        desk_group = f"desk.{agent_id.replace('-', '')}"
        await self._join(desk_group)
        self.opened_at = time.time_ns()
        taken = {"type": "desk.taken", "by": self.channel_name, "at": self.opened_at}
        await self.channel_layer.group_send(desk_group, taken)
        watch().add(self)
        await self.look(arriving=True)

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Answer one request, then show the state it led to."""
        if self.desk is None or self.closed:
            return
        if not self.allowance.take(time.monotonic()):
            self.refused += 1
            if self.refused > MAX_REFUSED:
                await self.end(TOO_MUCH)
            else:
                await self._reply(None, {"ok": False, "code": "too_fast"})
            return
        try:
            request = parse_message(message.get("text") or "")
        except MessageError as error:
            await self._reply(error.re, {"ok": False, "code": error.code})
            return
        look = True
        try:
            if request.do == "beat":
                await self._beat()
            answer = await HANDLERS[request.do](self.desk, request.args)
            look = answer.look
            await self._reply(request.id, {"ok": answer.ok, "code": answer.code, **answer.extra})
        except SignedOut:
            await self.end(SIGNED_OUT)
            return
        except Unavailable:
            look = False
            await self._reply(request.id, {"ok": False, "code": "unavailable"})
        if look:
            await self.look()

    async def _beat(self) -> None:
        """Keep the lease alive. The page beats often to feel the line; the database hears it more rarely."""
        now = time.monotonic()
        if self.desk is not None and now - self.beaten_at >= BEAT_S:
            if not await self.desk.ask("dialer_beat_v1"):
                raise SignedOut
            self.beaten_at = now

    async def look(self, *, arriving: bool = False) -> None:
        """Load the desk and push it. Also called by the watch, so one at a time."""
        async with self.lock:
            if self.desk is None or self.closed:
                return
            self.looked_at = time.monotonic()
            try:
                state = await self.desk.load(arriving=arriving)
            except SignedOut:
                await self.end(SIGNED_OUT)
                return
            except Unavailable:
                # The page keeps what it has; the watch looks again.
                if arriving:
                    await self.end(TRY_LATER)
                return
            await self._follow_campaign()
            await self._push(state)

    async def _follow_campaign(self) -> None:
        wanted = self.desk.campaign_id if self.desk else None
        group = f"campaign.{wanted.replace('-', '')}" if wanted else ""
        for old in [name for name in self.groups if name.startswith("campaign.") and name != group]:
            await self.channel_layer.group_discard(old, self.channel_name)
            self.groups.discard(old)
        if group:
            await self._join(group)

    async def _join(self, group: str) -> None:
        if group not in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
            self.groups.add(group)

    async def wake(self, message: Mapping[str, Any]) -> None:
        """Something may have changed: look for ourselves, the wake-up carries nothing."""
        await self.look()

    async def taken(self, message: Mapping[str, Any]) -> None:
        """The same agent opened a newer window: that one has the desk now."""
        # A message may come late: one from a window older than this takes nothing from it.
        if message.get("by") != self.channel_name and message.get("at", 0) >= self.opened_at:
            await self.end(OPENED_ELSEWHERE)

    async def end(self, code: int) -> None:
        """Close from our side, once."""
        if not self.closed:
            self.closed = True
            watch().discard(self)
            await self.send({"type": "websocket.close", "code": code})

    async def disconnect(self, message: Mapping[str, Any]) -> None:
        """Forget the person and leave every group. The lease stays until it lapses: a reload must find it."""
        self.closed = True
        watch().discard(self)
        for group in self.groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.desk = None
        raise StopConsumer

    async def _reply(self, request: int | None, answer: dict[str, Any]) -> None:
        if not answer["ok"] and answer["code"]:
            answer["message"] = words_for(answer["code"])
        await self._push({"re": request, **answer})

    async def _push(self, frame: Mapping[str, Any]) -> None:
        if not self.closed:
            text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
            await self.send({"type": "websocket.send", "text": text})


_ROUTES: Final = {
    "websocket.connect": ConsoleConsumer.connect,
    "websocket.receive": ConsoleConsumer.receive,
    "websocket.disconnect": ConsoleConsumer.disconnect,
    "desk.wake": ConsoleConsumer.wake,
    "desk.taken": ConsoleConsumer.taken,
}


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    """The first header of this name, '' when there is none."""
    return next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), "")


def _token(scope: Mapping[str, Any]) -> str:
    """The session key from the request's cookies, '' when there is none."""
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            found = parse_cookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
            if found:
                return str(found)
    return ""
