"""The ledger's process signs nothing over a log that was changed, cut or written into by somebody else."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tenants.ledger.errors import LogBroken
from tenants.ledger.memory import SignerMemory
from tenants.ledger.sequencer import Sequencer
from tests.database.ledger import append_many, newest, open_ledger, settle
from tests.world import World


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> Sequencer:
    return open_ledger(world.database, tmp_path / "ledger")


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
