"""`manage.py run`: the whole of Keyhole on one machine, under one supervisor."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dialer.env import Env, EnvError, read_env
from dialer.runtime.child import ServerError
from dialer.runtime.instance import run_instance
from tenants.db.bootstrap import BootstrapError
from tenants.vault.errors import KeyFileError


class Command(BaseCommand):
    """Starts servers and processes, watches them, and stops them cleanly on Ctrl-C."""

    help = "Start Keyhole: PostgreSQL, Valkey, the firm surface, the agent surface, the gateway, the worker and the ledger."
    # Nothing listens yet, so nothing may ask the database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument(
            "--demo",
            action="store_true",
            help="Fill in the example firm, unless KEYHOLE_DEMO is 0 or other machines can connect.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped. Raises: CommandError in plain words."""
        try:
            env = read_env()
            demo = wants_demo(env, asked=bool(options["demo"]))
            asyncio.run(run_instance(env, demo=demo, say=self._say))
        except (EnvError, ServerError, BootstrapError, KeyFileError) as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def wants_demo(env: Env, *, asked: bool) -> bool:
    """Whether the example firm is wanted: as KEYHOLE_DEMO says, else `asked`; never in public."""
    if not env.is_local:
        return False
    return asked if env.demo is None else env.demo
