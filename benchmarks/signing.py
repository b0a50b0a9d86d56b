"""The ledger process beside a figure, and the check that everything committed is in its signed tree.

What is measured counts only if `check_signed` holds afterwards.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from benchmarks.stage import Connection, set_stage
from dialer.env import REPOSITORY, read_env
from tenants.ledger.audit import check_stored_log
from tenants.ledger.checkpoint import SigningKey
from tenants.ledger.memory import SignerMemory
from tenants.ledger.origin import origin_of
from tenants.ledger.sequencer import Sequencer
from tenants.vault.keyring import load_keyring

_LONGEST_S: Final = 600.0


@contextmanager
def ledger(firm_id: UUID) -> Iterator[subprocess.Popen[bytes]]:
    """Run the ledger as it is installed, in a process and under a login of its own, until the end of the block.

    Raises: RuntimeError when it does not start, or ends by itself.
    """
    environment = {**os.environ, "KEYHOLE_PROCESS": "ledger"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "ledger"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_signed(firm_id, at_least=1)
        yield process
        if process.poll() is not None:
            raise RuntimeError("the ledger ended by itself")
    finally:
        process.terminate()
        process.wait(30)


def open_sequencer() -> Sequencer:
    """A sequencer in this process, which has to be of the ledger's login."""
    env = read_env()
    return Sequencer(load_keyring(env.keys, "ledger").signing_seeds(), SignerMemory(env.var / "ledger"))


def wait_signed(firm_id: UUID, *, at_least: int = 0) -> float:
    """Wait until every entry of the firm is signed, and so many; returns the seconds that took.

    Raises: RuntimeError after ten minutes.
    """
    began = time.monotonic()
    with set_stage() as conn:
        while True:
            entries = count_entries(conn, firm_id)
            if entries >= at_least and signed_size(conn, firm_id) >= max(entries, at_least):
                return time.monotonic() - began
            if time.monotonic() - began > _LONGEST_S:
                raise RuntimeError("the ledger did not sign everything within ten minutes")
            time.sleep(0.02)


def count_entries(conn: Connection, firm_id: UUID) -> int:
    """Entries of the firm that are committed."""
    row = conn.execute("select count(*) from tenants_entry where firm_id = %s", [firm_id]).fetchone()
    return int(row[0]) if row else 0


def signed_size(conn: Connection, firm_id: UUID) -> int:
    """Size of the firm's newest checkpoint, 0 before the first."""
    row = conn.execute(
        "select coalesce(max(size), 0) from tenants_checkpoint where firm_id = %s", [firm_id]
    ).fetchone()
    return int(row[0]) if row else 0


def check_signed(firm_id: UUID, *, committed: int) -> int:
    """Check with the auditors' verifier that every entry has its place, is signed and unchanged; returns how many.

    For the ledger's login. `committed` is what clients were told is stored. Raises: RuntimeError with what was found.
    """
    with set_stage() as conn:
        entries, signed = count_entries(conn, firm_id), signed_size(conn, firm_id)
    if entries < committed or signed != entries:
        raise RuntimeError(f"{committed} entries were committed, {entries} are stored, {signed} are signed")
    env = read_env()
    seeds = load_keyring(env.keys, "ledger").signing_seeds()
    key = SigningKey(origin_of(firm_id), seeds.keys[seeds.current])
    report = check_stored_log(firm_id, keys=[key.vkey])
    if report.code or report.entries != entries:
        said: list[str] = []
        report.say(said.append)
        raise RuntimeError("the log does not verify:\n" + "\n".join(said))
    return entries
