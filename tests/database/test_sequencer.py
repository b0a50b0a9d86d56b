"""The ledger's process puts every committed entry in order once, signs, and never signs two trees of one size."""

import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tenants.db.functions import call
from tenants.ledger.checkpoint import NoteError, VerifyingKey, open_checkpoint
from tenants.ledger.errors import LogBroken
from tenants.ledger.memory import SignerMemory
from tenants.ledger.merkle import leaf_hash, tree_root, verify_consistency, verify_inclusion
from tenants.ledger.proof import consistency_proof, inclusion_proof, root_at
from tenants.ledger.sequencer import Sequencer, origin_of
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


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("delete from tenants_checkpoint where size > 20", "rolled_back"),
        (
            "update tenants_checkpoint set note = replace(note, 'keyhole/', 'keyhole2/')",
            "checkpoint_not_ours",
        ),
        ("update tenants_entry set allowed = not allowed", "root_differs"),
        ("delete from tenants_entry where event = 'oversight:contacts:viewed'", "entry_missing"),
        ("delete from tenants_tile", "tile_missing"),
        ("delete from tenants_position where position > 1000", "place_missing"),
    ],
)
def test_it_signs_nothing_over_a_database_that_was_changed(
    world: World, ledger: Sequencer, tmp_path: Path, statement: str, cause: str
) -> None:
    append_many(world, 20)
    settle(ledger)
    append_many(world, 1030)
    settle(ledger)
    kept = newest(world.alder.id)
    with world.database.connect_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            f"{statement}{' and' if 'where' in statement else ' where'} firm_id = %s", [world.alder.id]
        )
    fresh = open_ledger(world.database, tmp_path / "ledger")
    append_many(world, 1)
    world.database.use("ledger")
    fresh.run_once()
    assert world.alder.id in fresh.pending
    assert world.birch.id not in fresh.pending
    assert fresh.broken[world.alder.id] == cause
    with world.database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        row: Any = conn.execute(
            "select count(*), (select count(*) from tenants_checkpoint where firm_id = %s and size > %s)"
            " from tenants_incident where firm_id = %s and cause = %s",
            [world.alder.id, kept.size, world.alder.id, f"log_{cause}"],
        ).fetchone()
    assert tuple(row) == (1, 0)


def test_a_memory_that_is_no_checkpoint_stops_the_log(
    world: World, ledger: Sequencer, tmp_path: Path
) -> None:
    settle(ledger)
    (tmp_path / "ledger" / f"{world.alder.id}.checkpoint").write_text("something else")
    with pytest.raises(LogBroken):
        SignerMemory(tmp_path / "ledger").recall(world.alder.id)


def test_a_key_that_somebody_else_wrote_into_the_log_is_not_signed_over(
    world: World, ledger: Sequencer
) -> None:
    settle(ledger)
    signed = newest(world.alder.id)
    with world.database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        conn.execute(
            "select tenants_write_log_entry(%s, 'ledger:key:rotated', %s)",
            [world.alder.id, '{"old_key": "keyhole/x+00000000+AA==", "new_key": "keyhole/x+00000000+AB=="}'],
        )
    ledger.run_once()
    assert ledger.broken == {world.alder.id: "foreign_key"}
    assert newest(world.alder.id) == signed


def test_an_entry_that_the_form_cannot_hold_stops_its_log_alone(world: World, ledger: Sequencer) -> None:
    settle(ledger)
    with world.database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        conn.execute(
            "select tenants_write_log_entry(%s, 'ledger:restore:noticed', '{\"x\": 1.5}')", [world.alder.id]
        )
    append_many(world, 1, firm="birch")
    before = newest(world.birch.id).size
    ledger.run_once()
    assert ledger.broken == {world.alder.id: "entry_unreadable"}
    assert newest(world.birch.id).size == before + 1


@pytest.mark.parametrize(
    "details",
    [
        '{"x": 1.5}',
        '{"x": 1.0}',
        '{"x": [-0.5]}',
        '{"": 1}',
        '{"' + "k" * 65 + '": 1}',
        '{"x": {"y": 1}}',
        '{"x": [[1]]}',
        '{"a b": 1}',
        '{"x": 12345678901234567}',
        "[]",
        "3",
    ],
)
def test_details_that_the_form_cannot_hold_are_refused_at_the_door(world: World, details: str) -> None:
    token = world.token(world.alder.people["manager"])
    plain = '{"n": -7, "text": "a \\"b\\" \\\\ c", "yes": true, "no": null, "list": ["x", 1]}'
    with world.database.connect("firm", autocommit=False) as conn:
        for given, refused in ((plain, False), ("{}", False), (details, True)):
            conn.execute("select set_config('keyhole.token', %s, true)", [token])
            statement = (
                "select tenants_append_entry_v1('oversight:contacts:viewed', '', null, null, null, true, '', %s, "
                "'203.0.113.9', 'Browser', 'firm')"
            )
            if refused:
                with pytest.raises(psycopg.Error, match="no place in the ledger"):
                    conn.execute(statement, [given])
            else:
                conn.execute(statement, [given])
                conn.commit()
