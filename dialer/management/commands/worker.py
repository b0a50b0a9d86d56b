"""Runs the worker until it is told to stop. It must not start under a login that may do more."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dialer.start import check_start
from dialer.worker import run_worker
from tenants.db.pool import close_pool
from tenants.db.startup import LoginRightsError


class Command(BaseCommand):
    """`manage.py worker`."""

    help = "Run the worker: imports and the upkeep of dispensing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the login and work until SIGTERM or SIGINT.

        Raises: CommandError when the worker must not start.
        """
        if settings.KEYHOLE_PROCESS != "worker":
            raise CommandError(
                f"This is the {settings.KEYHOLE_PROCESS} process. Nothing was started. "
                "Set KEYHOLE_PROCESS=worker."
            )
        try:
            check_start()
        except LoginRightsError as error:
            raise CommandError(str(error)) from None
        asyncio.run(_serve())


async def _serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await run_worker(stop)
    finally:
        await close_pool()
