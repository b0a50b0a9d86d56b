"""Set-up of the ledger's tests: a sequencer under the ledger's own login, and entries made by the product's functions."""

import json
from pathlib import Path
from uuid import UUID

import psycopg

from tenants.db.functions import call
from tenants.ledger.checkpoint import Checkpoint, VerifyingKey, open_checkpoint
from tenants.ledger.memory import SignerMemory
from tenants.ledger.origin import origin_of
from tenants.ledger.sequencer import Sequencer
from tenants.vault.keyring import load_keyring
from tests.conftest import Database
from tests.world import World


def open_ledger(database: Database, folder: Path) -> Sequencer:
    """A ledger process's heart with the keys of the test's cluster and a memory in this folder."""
    database.use("ledger")
    return Sequencer(load_keyring(database.keys, "ledger").signing_seeds(), SignerMemory(folder))


def append(conn: "psycopg.Connection[tuple[object, ...]]", token: str, **details: int) -> None:
    """Append one entry as a person of a firm, in the connection's running transaction."""
    conn.execute("select set_config('keyhole.token', %s, true)", [token])
    conn.execute(
        "select tenants_append_entry_v1('oversight:contacts:viewed', '', null, null, null, true, '', %s, "
        "'203.0.113.9', 'Browser', 'firm')",
        [json.dumps(details)],
    )


def append_many(world: World, count: int, *, firm: str = "alder") -> None:
    """Append entries of a firm's manager, each in a transaction of its own."""
    house = getattr(world, firm)
    token = world.token(house.people["manager"])
    with world.database.connect("firm", autocommit=False) as conn:
        for number in range(count):
            append(conn, token, entries=number)
            conn.commit()


def newest(firm_id: UUID) -> Checkpoint:
    """The newest checkpoint of a log, its signature checked against the keys the log knows."""
    state = call("tenants_load_log_v1", firm_id)
    keys = [VerifyingKey.parse(row["vkey"]) for row in state["keys"]]
    checkpoint, _ = open_checkpoint(state["note"].encode(), keys, origin=origin_of(firm_id))
    return checkpoint


def settle(sequencer: Sequencer) -> None:
    """Run until nothing is left to sign."""
    for _ in range(20):
        if sequencer.run_once() == 0 and not sequencer.pending:
            return
    raise AssertionError("the ledger does not come to rest")
