"""Runs the ledger process, which puts entries in order and signs, until it is told to stop. It serves nobody."""

import signal
import threading
from typing import Any, Final

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection

from dialer.env import Env, read_env
from dialer.start import check_start
from tenants.db.startup import LoginRightsError
from tenants.ledger.memory import SignerMemory
from tenants.ledger.sequencer import Sequencer
from tenants.vault.errors import VaultError
from tenants.vault.keyring import load_keyring

log = structlog.get_logger(__name__)

# An entry waits at most for one pause and one run until it is in a signed tree.
PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0


class Command(BaseCommand):
    """`manage.py ledger`."""

    help = "Run the ledger, which puts entries in order, grows each firm's tree and signs checkpoints."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the login, take the key and sign until SIGTERM or SIGINT.

        Raises: CommandError when the ledger must not or cannot start.
        """
        sequencer = open_sequencer(read_env())
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_ledger(sequencer, stop)


def open_sequencer(env: Env) -> Sequencer:
    """Check that this is the ledger's process and login, and give it its key and its memory.

    Raises: CommandError.
    """
    if env.process != "ledger":
        raise CommandError(
            f"This is the {env.process} process, which holds no key to sign with. "
            "Nothing was started. Set KEYHOLE_PROCESS=ledger."
        )
    try:
        check_start()
        seeds = load_keyring(env.keys, "ledger").signing_seeds()
    except (LoginRightsError, VaultError) as error:
        raise CommandError(str(error)) from None
    return Sequencer(seeds, SignerMemory(env.var / "ledger"))


def run_ledger(sequencer: Sequencer, stop: threading.Event) -> None:
    """Sign what is new, pause, and again. While the database is away it is asked again, at most every 5 s."""
    pause_s = PAUSE_S
    while not stop.is_set():
        try:
            sequencer.run_once()
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            log.error("ledger_failed", kind=type(error).__name__, again_in_s=pause_s)
        else:
            pause_s = PAUSE_S
        stop.wait(pause_s)
