"""`manage.py bootstrap`: prepares a PostgreSQL of the operator's own. It alone takes a superuser."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dialer.env import EnvError, read_env
from dialer.runtime.address import database_address
from tenants.db.bootstrap import BootstrapError, bootstrap, read_credentials
from tenants.vault.errors import KeyFileError


class Command(BaseCommand):
    """Makes roles, logins and databases, and closes the catalogs. Running it again repairs them."""

    help = "Prepare an external PostgreSQL. The password is asked for, or read from KEYHOLE_SUPERUSER_URL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument(
            "--superuser-url",
            help="postgresql://superuser@host:port/postgres, without the password, which others would see.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the server. Raises: CommandError in plain words."""
        try:
            env = read_env()
            report = bootstrap(
                _superuser_dsn(options["superuser_url"]),
                credentials=read_credentials(env.keys),
                database=database_address(env).name,
            )
        except (EnvError, BootstrapError, KeyFileError) as error:
            raise CommandError(str(error)) from error
        except psycopg.OperationalError as error:
            # The driver's text may repeat the address; the password is never part of it.
            raise CommandError(
                f"PostgreSQL could not be reached. Nothing was changed. It said: {error}"
            ) from error
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(warning))
        self.stdout.write(
            "The database is new." if report.is_new else "The database was there and is in order."
        )
        self.stdout.write(f"The key files are in {env.keys}. Next: `python manage.py migrate`.")


def _superuser_dsn(url: str | None) -> str:
    if url is None:
        found = os.environ.get("KEYHOLE_SUPERUSER_URL", "")
        if not found:
            raise CommandError("Name the server with --superuser-url, or set KEYHOLE_SUPERUSER_URL.")
        return found
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise CommandError("The address of --superuser-url cannot be read. Nothing was changed.") from None
    if given.get("password"):
        raise CommandError(
            "Leave the password out of --superuser-url: other users of this machine can see it. Nothing was "
            "changed. It is asked for, or set KEYHOLE_SUPERUSER_URL."
        )
    prompt = "Password of the superuser: "
    password = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return make_conninfo(url, **({"password": password} if password else {}))
