"""The gateway's ear and voice on the channel layer: dial tokens in, wake-ups in and out.

Whoever reaches the layer can send anything here, so a message is trusted for nothing: a token has to redeem.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import structlog
from redis.exceptions import RedisError

CHANNEL: Final = "gateway"
LAYER_ERRORS: Final = (RedisError, OSError)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,200}", re.ASCII)
_AGAIN_S: Final = 1.0
_HELLO_S: Final = 0.2

log = structlog.get_logger(__name__)


class Wakes:
    """Listens on the channel and the group `gateway`, and wakes the desks of agents."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    async def listen(self, *, on_dial: Callable[[str], None], on_wake: Callable[[], None]) -> None:
        """Hear dial tokens and wake-ups for ever; when the layer goes away, begin again when it is back."""
        while True:
            try:
                await self._listen(on_dial, on_wake)
            except* LAYER_ERRORS as group:
                log.warning("gateway.layer_away", code=type(group.exceptions[0]).__name__)
            # A subscription that failed half way would stay deaf.
            try:
                await self._layer.flush()
            except LAYER_ERRORS as error:
                log.warning("gateway.layer_away", code=type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def wake_desk(self, agent_id: UUID) -> None:
        """Wake the desk of an agent; a lost wake-up costs time, not truth."""
        try:
            await self._layer.group_send(f"desk.{agent_id.hex}", {"type": "desk.wake"})
        except LAYER_ERRORS as error:
            log.warning("gateway.wake_lost", code=type(error).__name__)

    async def _listen(self, on_dial: Callable[[str], None], on_wake: Callable[[], None]) -> None:
        own = await self._layer.new_channel()
        await self._layer.group_add(CHANNEL, own)
        is_heard = asyncio.Event()

        async def hear(channel: str) -> None:
            while True:
                match await self._layer.receive(channel):
                    case {"type": "softphone.dial", "token": str(token)} if _TOKEN.fullmatch(token):
                        on_dial(token)
                    case {"type": "gateway.wake"}:
                        on_wake()
                    case {"type": "gateway.hello", "to": to}:
                        if to == own:
                            is_heard.set()
                    case _:
                        log.warning("gateway.message_refused")

        async with asyncio.TaskGroup() as group:
            group.create_task(hear(CHANNEL))
            group.create_task(hear(own))
            group.create_task(self._announce(own, is_heard))

    async def _announce(self, own: str, is_heard: asyncio.Event) -> None:
        """Say that tokens arrive once an own message on their channel is heard: to subscribe takes time."""
        while not is_heard.is_set():
            await self._layer.send(CHANNEL, {"type": "gateway.hello", "to": own})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HELLO_S):
                    await is_heard.wait()
        log.info("gateway.listening")
