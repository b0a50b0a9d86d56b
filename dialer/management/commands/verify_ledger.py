"""Checks the record of access in the database: every entry is hashed again. Auditors have the same check for bundles."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from dialer.env import read_env
from dialer.start import check_start
from tenants.db.functions import call_rows
from tenants.db.startup import LoginRightsError
from tenants.ledger.audit import check_stored_log
from tenants.ledger.checkpoint import SigningKey
from tenants.ledger.origin import origin_of
from tenants.vault.errors import VaultError
from tenants.vault.keyring import KeySet, load_keyring


class Command(BaseCommand):
    """`manage.py verify_ledger [--firm ID] [--kept FILE_OR_FOLDER]`, as the ledger process."""

    help = "Hash every entry of the record again and hold it against the tree and its signed checkpoints."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which log, and what was kept of it elsewhere."""
        parser.add_argument("--firm", type=UUID, help="one firm's log; every log by default")
        parser.add_argument(
            "--kept", type=Path, action="append", default=[], help="checkpoints kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was found in words. Exit code 0: nothing wrong; 1: something is; 2: it could not be checked.

        Raises: CommandError when this is not the ledger's process or a file cannot be read.
        """
        env = read_env()
        if env.process != "ledger":
            raise CommandError(
                "This is not the ledger process. Nothing was checked. Set KEYHOLE_PROCESS=ledger."
            )
        try:
            check_start()
            seeds = load_keyring(env.keys, "ledger").signing_seeds()
            memory = [path for path in [env.var / "ledger"] if path.exists()]
            kept = [note for path in [*options["kept"], *memory] for note in _notes(path)]
        except (LoginRightsError, VaultError, OSError) as error:
            raise CommandError(str(error)) from None
        firms = [options["firm"]] if options["firm"] else _all_firms()
        codes: set[int] = set()
        for firm_id in firms:
            name = origin_of(firm_id)
            own = [note for note in kept if note[1].startswith(f"{name}\n".encode())]
            report = check_stored_log(firm_id, keys=_keys(seeds, name), kept=own)
            self.stdout.write(f"{name}: {report.size} entries signed")
            report.say(self.stdout.write)
            codes.add(report.code)
        # A log that was changed weighs more than one that could not be checked.
        sys.exit(1 if 1 in codes else max(codes, default=0))


def _all_firms() -> list[UUID]:
    return [row["tenants_list_logs_v1"] for row in call_rows("tenants_list_logs_v1")]


def _keys(seeds: KeySet, name: str) -> list[str]:
    # The first key is trusted from the key file; the log itself has to vouch for those that came after.
    return [SigningKey(name, seeds.keys[min(seeds.keys)]).vkey]


def _notes(path: Path) -> list[tuple[str, bytes]]:
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return [(one.name, one.read_bytes()) for one in files if one.suffix != ".new"]
