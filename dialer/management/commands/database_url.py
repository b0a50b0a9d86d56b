"""`manage.py database_url LOGIN`: the connection string of one login.

It prints a password, to whoever can read the key file.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dialer.env import PROCESSES, EnvError, read_env
from dialer.runtime.address import database_address
from tenants.vault.errors import KeyFileError
from tenants.vault.keyring import load_keyring


class Command(BaseCommand):
    """Prints a libpq connection string of the running instance."""

    help = "Print the connection string of a login. It holds that login's password."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("login", choices=PROCESSES)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the string. Raises: CommandError when the key file cannot be read."""
        login: str = options["login"]
        try:
            env = read_env()
            keyring = load_keyring(env.keys, login)
        except (EnvError, KeyFileError) as error:
            raise CommandError(str(error)) from error
        # Over TCP, so that it also serves somebody who may not enter the socket's folder.
        self.stdout.write(database_address(env, over_tcp=True).url(login, keyring.login_password))
