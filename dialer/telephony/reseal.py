"""The gateway's part in exports: it re-seals the keys of numbers for approved ones. No number is opened."""

import asyncio
from functools import partial

from campaigns.exporting.reseal import EVERY_S, reseal_once
from dialer.upkeep import beat
from tenants.vault.keyring import Keyring


async def reseal_number_keys(keyring: Keyring, stop: asyncio.Event) -> None:
    """Look for keys to re-seal until told to stop; a failure is said and tried again, and touches no call."""
    await beat("reseal_number_keys", EVERY_S, partial(reseal_once, keyring), stop)
