"""The gateway's ear when the channel layer dies: it begins again by itself and hears the next token."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from dialer.runtime.valkey import Valkey
from dialer.telephony.wakes import Wakes
from tenants.vault.sealed import SealedText

TOKEN = "a-token-of-the-softphone"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path / "run.json", password=SealedText("p" * 43), log=tmp_path / "valkey.log")
    yield valkey
    valkey.stop()


class Ear:
    """A gateway's listener and what it heard."""

    def __init__(self, url: str) -> None:
        self.layer = RedisPubSubChannelLayer(hosts=[url], prefix="keyhole")
        self.dials: list[str] = []
        self.wakes = 0
        self.wake_desk = Wakes(self.layer).wake_desk
        self._task = asyncio.create_task(
            Wakes(self.layer).listen(on_dial=self.dials.append, on_wake=self._wake)
        )

    def _wake(self) -> None:
        self.wakes += 1

    async def until_heard(self, url: str) -> None:
        """Send a token and a wake-up from elsewhere, again and again, until both arrive."""
        dials, wakes = len(self.dials), self.wakes
        async with asyncio.timeout(60):
            while len(self.dials) == dials or self.wakes == wakes:
                sender = RedisPubSubChannelLayer(hosts=[url], prefix="keyhole")
                await sender.send("gateway", {"type": "softphone.dial", "token": TOKEN})
                await sender.group_send("gateway", {"type": "gateway.wake"})
                await sender.flush()
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.layer.flush()


def test_it_hears_again_after_the_layer_was_killed(valkey: Valkey) -> None:
    valkey.start()
    valkey.wait_ready()

    async def run() -> None:
        ear = Ear(valkey.url())
        await ear.until_heard(valkey.url())
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        while valkey.poll() is None:
            await asyncio.sleep(0.01)
        # A desk that cannot be woken is no reason to fail: the desk looks by itself as well.
        await ear.wake_desk(uuid4())
        valkey.start()
        valkey.wait_ready()
        await ear.until_heard(valkey.url())
        assert set(ear.dials) == {TOKEN}
        await ear.stop()

    asyncio.run(run())


def test_it_waits_for_a_layer_that_is_not_there_yet(valkey: Valkey) -> None:
    valkey.start()
    valkey.wait_ready()
    url = valkey.url()
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)

    async def run() -> None:
        while valkey.poll() is None:
            await asyncio.sleep(0.01)
        ear = Ear(url)
        await asyncio.sleep(0.5)
        assert ear.dials == []
        valkey.start()
        valkey.wait_ready()
        await ear.until_heard(url)
        await ear.stop()

    asyncio.run(run())
