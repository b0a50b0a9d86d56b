"""The upkeep of dispensing: calls the database's sweep functions on their beat and wakes the desks they name.

What a sweep decides is decided in SQL; here is only the beat. A failing one is said and tried again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from tenants.db.functions import acall

log = structlog.get_logger(__name__)

# People kept ready for each campaign: a low-water mark and how many a refill brings.
HOPPER_LOW: Final = 200
HOPPER_BATCH: Final = 500
_LONGEST_PAUSE_S: Final = 30.0
# What a sweep does in portions goes on at once, so often at most: a stop has to wait for it.
_MOST_PORTIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Sweep:
    """A function of the database called every `every_s` seconds; it returns whom to wake."""

    function: str
    every_s: float
    arguments: tuple[int, ...] = ()


SWEEPS: Final = (
    Sweep("dialer_refill_hoppers_v1", 0.25, (HOPPER_LOW, HOPPER_BATCH)),
    Sweep("dialer_promote_waiting_v1", 1.0),
    Sweep("dialer_sweep_desks_v1", 1.0),
    Sweep("dialer_enqueue_lists_v1", 1.0),
    Sweep("dialer_rescue_strays_v1", 30.0),
    Sweep("tenants_prune_entries_v1", 3600.0),
    Sweep("tenants_thin_checkpoints_v1", 3600.0),
    Sweep("tenants_remind_incidents_v1", 60.0),
    Sweep("tenants_check_witnesses_v1", 60.0),
)


async def beat(name: str, every_s: float, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Do the work every `every_s` seconds until told to stop; after a failure wait longer, up to 30 s."""
    pause_s = every_s
    while not stop.is_set():
        try:
            await work()
        except Exception as error:
            # Whatever it is, a loop that ends in silence would strand every agent: say it and go on.
            pause_s = min(max(pause_s * 2, 1.0), _LONGEST_PAUSE_S)
            log.error("upkeep_failed", what=name, kind=type(error).__name__, again_in_s=pause_s)
        else:
            pause_s = every_s
        await _sleep(pause_s, stop)


async def run_sweep(sweep: Sweep, layer: Any) -> None:
    """Call one sweep and wake the campaigns and agents it names; again while it says that there is more."""
    for _portion in range(_MOST_PORTIONS):
        found = await acall(sweep.function, *sweep.arguments) or {}
        await wake(layer, "campaign", found.get("campaigns") or ())
        await wake(layer, "desk", found.get("agents") or ())
        if not found.get("more"):
            return


async def wake(layer: Any, kind: str, ids: Iterable[str]) -> None:
    """Wake every desk of the groups `kind.<id>`; a wake-up that is lost costs time, not truth."""
    for one in ids:
        try:
            await layer.group_send(f"{kind}.{UUID(one).hex}", {"type": "desk.wake"})
        except Exception as error:
            log.warning("wake_not_sent", kind=type(error).__name__)
            return


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
