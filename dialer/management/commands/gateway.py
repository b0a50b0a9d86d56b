"""Runs the gateway until it is told to stop. It must not start under a login with more than its functions."""

import asyncio
import signal
from typing import Any

from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand, CommandError

from dialer.env import Env, read_env
from dialer.start import check_start
from dialer.telephony.gateway import Gateway
from dialer.telephony.journal import Journal, JournalBusyError
from dialer.telephony.numbers import NumberOpener
from dialer.telephony.reseal import reseal_number_keys
from dialer.telephony.simulated import SimulatedExchange
from dialer.telephony.store import DatabaseStore
from dialer.telephony.wakes import Wakes
from tenants.db.pool import close_pool
from tenants.db.startup import LoginRightsError
from tenants.vault.errors import VaultError
from tenants.vault.keyring import Keyring, load_keyring


class Command(BaseCommand):
    """`manage.py gateway`."""

    help = "Run the gateway, which opens numbers and talks to the exchange."
    # It serves no page and queries no model, so there is nothing of those to check.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the login, take the keys and serve until SIGTERM or SIGINT.

        Raises: CommandError when the gateway must not or cannot start.
        """
        env = read_env()
        if env.process != "gateway":
            raise CommandError(
                f"This is the {env.process} process, which holds no key to a number. "
                "Nothing was started. Set KEYHOLE_PROCESS=gateway."
            )
        try:
            check_start()
            keyring = load_keyring(env.keys, "gateway")
            journal = Journal(env.var / "exchange")
        except (LoginRightsError, VaultError, JournalBusyError) as error:
            raise CommandError(str(error)) from None
        asyncio.run(_serve(env, keyring, journal))


async def _serve(env: Env, keyring: Keyring, journal: Journal) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    gateway = Gateway(
        store=DatabaseStore(),
        exchange=SimulatedExchange(journal, seed=env.exchange_seed, speed=env.exchange_speed),
        opener=NumberOpener(keyring),
        wakes=Wakes(get_channel_layer()),
    )
    resealing = asyncio.create_task(reseal_number_keys(keyring, stop))
    try:
        await gateway.run(stop)
    finally:
        stop.set()
        await asyncio.gather(resealing, return_exceptions=True)
        await close_pool()
