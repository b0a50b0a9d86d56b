"""`manage.py seed_demo`: fills an empty database with the example firm. Only where nobody else can connect."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dialer.demo.seeding import seed
from dialer.env import read_env


class Command(BaseCommand):
    """Seeds the demo once; a second run changes nothing."""

    help = "Make the example firm, its outsourcers, people, campaign and list."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed. Raises: CommandError outside demo settings."""
        if not settings.KEYHOLE_DEMO:
            raise CommandError(
                "The example firm exists only under demo settings on this machine. Nothing was changed. "
                "Start with KEYHOLE_DEMO=1 on 127.0.0.1."
            )
        self.stdout.write(
            "The example firm is there." if seed(read_env()) else "The example firm was there already."
        )
