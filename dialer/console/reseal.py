"""The agent surface's part in exports: it re-seals the keys of fields, apart from every request. It has no page and no socket.

A thread with a loop of its own: whatever happens here, no agent waits for it, and none of them can set it off.
"""

import asyncio
import threading
from functools import partial

from campaigns.exporting.reseal import EVERY_S, reseal_once
from dialer.upkeep import beat
from tenants.db.pool import close_pool
from tenants.vault.keyring import Keyring


def start_resealing(keyring: Keyring) -> threading.Thread:
    """Begin to look for keys to re-seal; ends with the process."""
    thread = threading.Thread(target=_run, args=(keyring,), name="reseal-field-keys", daemon=True)
    thread.start()
    return thread


def _run(keyring: Keyring) -> None:
    asyncio.run(_reseal_for_ever(keyring))


async def _reseal_for_ever(keyring: Keyring) -> None:
    try:
        await beat("reseal_field_keys", EVERY_S, partial(reseal_once, keyring), asyncio.Event())
    finally:
        await close_pool()
