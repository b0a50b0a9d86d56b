"""The ledger's process puts every committed entry in order once, signs, and never signs two trees of one size."""

import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tenants.db.functions import call
from tenants.ledger.checkpoint import NoteError, VerifyingKey, open_checkpoint
from tenants.ledger.memory import SignerMemory
from tenants.ledger.merkle import leaf_hash, tree_root, verify_consistency, verify_inclusion
from tenants.ledger.origin import origin_of
from tenants.ledger.proof import consistency_proof, inclusion_proof, root_at
from tenants.ledger.sequencer import Sequencer
from tenants.ledger.stored import SignerReader, StoredTiles, read_entries
from tenants.vault.keyring import add_signing_version, load_keyring
from tests.conftest import Database
from tests.database.ledger import append, append_many, newest, open_ledger, settle
from tests.world import World


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> Sequencer:
    return open_ledger(world.database, tmp_path / "ledger")


def places(database: Database, firm_id: UUID) -> list[int]:
    with database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        rows = conn.execute(
            "select position from tenants_position where firm_id = %s order by position", [firm_id]
        ).fetchall()
    return [int(str(position)) for (position,) in rows]


def count_entries(database: Database, firm_id: UUID) -> int:
    with database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        row = conn.execute("select count(*) from tenants_entry where firm_id = %s", [firm_id]).fetchone()
    return int(str(row[0])) if row else 0


def test_it_places_every_entry_once_and_signs_the_root_over_their_bytes(
    world: World, ledger: Sequencer
) -> None:
    append_many(world, 600)
    settle(ledger)
    for firm in (world.alder, world.birch):
        checkpoint = newest(firm.id)
        entries = [octets for _, octets in read_entries(SignerReader(firm.id), 0, checkpoint.size)]
        assert checkpoint.size == count_entries(world.database, firm.id)
        assert places(world.database, firm.id) == list(range(checkpoint.size))
        assert checkpoint.root == tree_root(leaf_hash(octets) for octets in entries)
    assert newest(world.alder.id).size > 600 > newest(world.birch.id).size


def test_proofs_from_the_tables_hold(world: World, ledger: Sequencer) -> None:
    append_many(world, 300)
    settle(ledger)
    old = newest(world.alder.id)
    append_many(world, 310)
    settle(ledger)
    new, tiles = newest(world.alder.id), StoredTiles(SignerReader(world.alder.id))
    assert root_at(old.size, tiles) == old.root
    verify_consistency(old.size, old.root, new.size, new.root, consistency_proof(old.size, new.size, tiles))
    for position, octets in read_entries(SignerReader(world.alder.id), 250, 262):
        proof = inclusion_proof(position, new.size, tiles)
        verify_inclusion(position, new.size, leaf_hash(octets), proof, new.root)


def test_nothing_new_writes_no_checkpoint(world: World, ledger: Sequencer) -> None:
    settle(ledger)
    before = newest(world.alder.id)
    assert ledger.run_once() == 0
    assert newest(world.alder.id) == before


def test_a_long_transaction_holds_nothing_back_and_is_not_missed(world: World, ledger: Sequencer) -> None:
    token = world.token(world.alder.people["manager"])
    settle(ledger)
    before = newest(world.alder.id).size
    with world.database.connect("firm", autocommit=False) as slow:
        append(slow, token, entries=1)
        append_many(world, 3)
        settle(ledger)
        assert newest(world.alder.id).size == before + 3
        slow.commit()
    append_many(world, 1)
    settle(ledger)
    assert newest(world.alder.id).size == before + 5
    assert count_entries(world.database, world.alder.id) == before + 5


def test_a_rolled_back_entry_takes_no_place(world: World, ledger: Sequencer) -> None:
    token = world.token(world.alder.people["manager"])
    settle(ledger)
    before = newest(world.alder.id).size
    with world.database.connect("firm", autocommit=False) as conn:
        append(conn, token, entries=1)
        conn.execute("savepoint s")
        append(conn, token, entries=2)
        conn.execute("rollback to savepoint s")
        conn.commit()
        append(conn, token, entries=3)
        conn.rollback()
    settle(ledger)
    assert newest(world.alder.id).size == before + 1


def test_two_at_once_make_one_log(world: World, tmp_path: Path) -> None:
    """Two whole processes' worth of sequencers, each with a state and a memory of its own, under writers."""
    faults: list[BaseException] = []
    stop = threading.Event()

    def sign(number: int) -> None:
        from django.db import connection

        try:
            mine = Sequencer(
                load_keyring(world.database.keys, "ledger").signing_seeds(),
                SignerMemory(tmp_path / str(number)),
            )
            while not stop.is_set():
                mine.run_once()
            settle(mine)
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    world.database.use("ledger")
    signers = [threading.Thread(target=sign, args=(number,)) for number in range(2)]
    for thread in signers:
        thread.start()
    append_many(world, 400)
    stop.set()
    for thread in signers:
        thread.join()
    assert faults == []
    checkpoint = newest(world.alder.id)
    assert places(world.database, world.alder.id) == list(range(checkpoint.size))
    assert checkpoint.size == count_entries(world.database, world.alder.id)
    tiles = StoredTiles(SignerReader(world.alder.id))
    with world.database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        rows: list[Any] = conn.execute(
            "select size, root from tenants_checkpoint where firm_id = %s", [world.alder.id]
        ).fetchall()
    assert len(rows) > 1
    for size, root in rows:
        assert root_at(size, tiles) == bytes(root)


def test_one_that_is_late_writes_nothing(world: World, ledger: Sequencer) -> None:
    settle(ledger)
    size = newest(world.alder.id).size
    append_many(world, 2)
    call("tenants_sequence_entries_v1")
    arguments = (bytes(32), "note", [], [], [], [])
    assert call("tenants_extend_log_v1", world.alder.id, size - 1, size + 1, *arguments) is False
    assert call("tenants_extend_log_v1", world.alder.id, size, size, *arguments) is False
    assert call("tenants_extend_log_v1", world.alder.id, size, size + 3, *arguments) is False
    assert call("tenants_extend_log_v1", world.alder.id, size, size + 2, *arguments) is True


def test_a_new_process_goes_on_where_the_one_before_was_killed(
    world: World, ledger: Sequencer, tmp_path: Path
) -> None:
    append_many(world, 280)
    settle(ledger)
    before = newest(world.alder.id)
    append_many(world, 30)
    # Killed between placing and signing.
    call("tenants_sequence_entries_v1")
    fresh = open_ledger(world.database, tmp_path / "ledger")
    settle(fresh)
    after, tiles = newest(world.alder.id), StoredTiles(SignerReader(world.alder.id))
    assert after.size == before.size + 30
    verify_consistency(
        before.size, before.root, after.size, after.root, consistency_proof(before.size, after.size, tiles)
    )


def test_a_new_key_is_vouched_for_by_the_old_one(
    world: World, ledger: Sequencer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(ledger)
    firm_id = world.alder.id
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "ledger.json").write_bytes((world.database.keys / "ledger.json").read_bytes())
    (keys / "ledger.json").chmod(0o600)
    assert add_signing_version(keys) == 2
    rotated = Sequencer(load_keyring(keys, "ledger").signing_seeds(), SignerMemory(tmp_path / "ledger"))
    settle(rotated)
    first, second = (VerifyingKey.parse(row["vkey"]) for row in call("tenants_load_log_v1", firm_id)["keys"])
    both = call("tenants_load_log_v1", firm_id)["note"].encode()
    assert {key.vkey for key in open_checkpoint(both, [first, second])[1]} == {first.vkey, second.vkey}
    append_many(world, 1)
    settle(rotated)
    alone = call("tenants_load_log_v1", firm_id)["note"].encode()
    assert open_checkpoint(alone, [second], origin=origin_of(firm_id))[1] == (second,)
    with pytest.raises(NoteError):
        open_checkpoint(alone, [first])
