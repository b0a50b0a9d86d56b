"""The worker's beat: a failing sweep is tried again, the others go on, and those it names are woken."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from dialer.upkeep import SWEEPS, beat, run_sweep, wake
from tenants.db.pool import close_pool
from tests.world import World


class Layer:
    """A channel layer that remembers, or one that is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.sent: list[str] = []
        self._away = away

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        assert message == {"type": "desk.wake"}
        if self._away:
            raise OSError
        self.sent.append(group)


async def test_a_failing_beat_is_tried_again() -> None:
    stop, tries = asyncio.Event(), []

    async def work() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise RuntimeError("planted")
        stop.set()

    await asyncio.wait_for(beat("planted", 0.01, work, stop), timeout=60)
    assert tries == [0, 1]


async def test_a_wake_up_names_groups_by_id_and_survives_a_layer_that_is_away() -> None:
    one = uuid4()
    layer = Layer()
    await wake(layer, "campaign", [str(one)])
    assert layer.sent == [f"campaign.{one.hex}"]
    away = Layer(away=True)
    await wake(away, "desk", [str(one)])
    assert away.sent == []


def test_every_sweep_runs_under_the_workers_login(world: World, surface: Callable[[str], None]) -> None:
    surface("worker")
    campaign = world.campaign()
    world.contacts(campaign, 3)
    with world.definer() as conn:
        conn.execute("delete from dialer_hopper")
        conn.execute("update campaigns_contactlist set queued_at = null")
        conn.execute("delete from dialer_queue")
    layer = Layer()

    async def sweep_all() -> None:
        for sweep in (*SWEEPS, *SWEEPS):
            await run_sweep(sweep, layer)
        await close_pool()

    asyncio.run(sweep_all())
    assert f"campaign.{UUID(str(campaign)).hex}" in layer.sent
    with world.definer() as conn:
        assert conn.execute("select count(*) from dialer_hopper").fetchone() == (3,)
