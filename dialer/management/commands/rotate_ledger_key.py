"""Gives the ledger a new key to sign with. The old one stays in the file and vouches for the new one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dialer.env import read_env
from tenants.vault.errors import VaultError
from tenants.vault.keyring import add_signing_version


class Command(BaseCommand):
    """`manage.py rotate_ledger_key`, run where the ledger's key file is."""

    help = "Add a new signing key to the ledger's key file. Restart the ledger process afterwards."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the new key and say what comes next.

        Raises: CommandError when the key file is unusable; it is then as it was.
        """
        try:
            version = add_signing_version(read_env().keys)
        except VaultError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"The ledger has signing key number {version}. Restart the ledger process: it then writes an entry "
            "with the new key in every log, and signs the next checkpoint with both keys. Keep the old keys in the file."
        )
