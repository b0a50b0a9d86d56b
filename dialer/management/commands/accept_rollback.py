"""Lets the ledger go on from an older database than it signed for. The log itself tells of it for ever."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from dialer.env import read_env
from dialer.start import check_start
from tenants.db.functions import call
from tenants.db.startup import LoginRightsError
from tenants.ledger.errors import LogBroken
from tenants.ledger.events import Event
from tenants.ledger.memory import SignerMemory


class Command(BaseCommand):
    """`manage.py accept_rollback FIRM_ID --yes`, run where the ledger process runs."""

    help = "Accept that the database holds less of a firm's log than was signed, as after a restore from an old backup."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the firm's id, and the word that this is meant."""
        parser.add_argument("firm_id", type=UUID)
        parser.add_argument(
            "--yes", action="store_true", help="do it; without this only say what would be done"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write an entry of what was signed before, then forget it.

        Raises: CommandError when there is nothing to accept, or this is not the ledger's process.
        """
        env, firm_id = read_env(), options["firm_id"]
        if env.process != "ledger":
            raise CommandError(
                "This is not the ledger process. Nothing was changed. Set KEYHOLE_PROCESS=ledger."
            )
        memory = SignerMemory(env.var / "ledger")
        try:
            check_start()
            kept = memory.recall(firm_id)
        except (LoginRightsError, LogBroken) as error:
            raise CommandError(str(error)) from None
        if kept is None:
            raise CommandError("The ledger remembers nothing of this log, so there is nothing to accept.")
        state = call("tenants_load_log_v1", firm_id)
        self.stdout.write(
            f"Signed before: {kept.size} entries, root {kept.root.hex()[:16]}. In the database: {state['size']} signed."
        )
        if not options["yes"]:
            self.stdout.write(
                "Nothing was changed. With --yes the ledger goes on from the database; every checkpoint that the firm "
                "kept of what is gone will then show that the log was cut."
            )
            return
        details = {"signed": kept.size, "root": kept.root.hex(), "size": state["size"]}
        call("tenants_note_log_v1", firm_id, str(Event.ROLLBACK_ACCEPTED), json.dumps(details))
        memory.forget(firm_id)
        self.stdout.write("Accepted. An entry tells of it; the ledger goes on within seconds.")
