"""`manage.py servers`: PostgreSQL and Valkey alone, with the tables made. For development."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dialer.env import EnvError, read_env
from dialer.runtime.child import ServerError
from dialer.runtime.instance import run_instance
from tenants.db.bootstrap import BootstrapError
from tenants.vault.errors import KeyFileError


class Command(BaseCommand):
    """Starts the embedded servers and no process of the product."""

    help = "Start PostgreSQL and Valkey, make roles and tables, and keep both alive until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped. Raises: CommandError in plain words."""
        try:
            env = read_env()
            demo = bool(env.demo) and env.is_local
            asyncio.run(run_instance(env, demo=demo, say=self._say, servers_only=True))
        except (EnvError, ServerError, BootstrapError, KeyFileError) as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
