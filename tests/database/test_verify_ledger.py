"""What somebody with every right in the database cannot hide: the stored log is checked with the auditors' verifier."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenants.db.functions import call
from tenants.ledger.audit import check_stored_log
from tenants.ledger.checkpoint import Checkpoint, SigningKey, sign_checkpoint
from tenants.ledger.keyhole_verify import Report
from tenants.ledger.origin import origin_of
from tenants.vault.keyring import load_keyring
from tests.database.ledger import append_many, newest, open_ledger, settle
from tests.world import World

COUNT = 600


class Stage:
    """A firm's log with entries, signed; what the firm kept at two thirds of it; and a superuser at the database."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.firm_id = world, world.alder.id
        ledger = open_ledger(world.database, folder)
        append_many(world, COUNT * 2 // 3)
        settle(ledger)
        self.kept = [("kept", call("tenants_load_log_v1", self.firm_id)["note"].encode())]
        append_many(world, COUNT // 3)
        settle(ledger)
        self.size = newest(self.firm_id).size
        self.key = SigningKey(
            origin_of(self.firm_id), load_keyring(world.database.keys, "ledger").signing_seeds().keys[1]
        )

    def check(self) -> Report:
        self.world.database.use("ledger")
        return check_stored_log(self.firm_id, keys=[self.key.vkey], kept=self.kept)


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Stage:
    return Stage(world, tmp_path / "ledger")


@pytest.fixture
def admin(stage: Stage) -> Iterator[Any]:
    with stage.world.database.connect_superuser() as conn:
        conn.execute("set session_replication_role = replica")
        yield conn


# Columns and what a superuser may put there; every one makes another entry of it.
EDITS = {
    "event": "'oversight:live:viewed'",
    "at": "at + interval '1 microsecond'",
    "allowed": "not allowed",
    "reason": "reason || 'x'",
    "actor_kind": "'system'",
    "actor_id": "gen_random_uuid()",
    "outsourcer_id": "gen_random_uuid()",
    "campaign_id": "gen_random_uuid()",
    "contact_id": "gen_random_uuid()",
    "subject_kind": "'import'",
    "subject_id": "gen_random_uuid()",
    "address": "'198.51.100.7'",
    "device": "device || '.'",
    "session_ref": "'ABCD'",
    "process": "'owner'",
    "details": "details || '{\"x\": 1}'",
}


AT = "(select entry_id from tenants_position where firm_id = %s and position = %s)"


def edit(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    column = draw.choice(sorted(EDITS))
    admin.execute(f"update tenants_entry set {column} = {EDITS[column]} where id = {AT}", [stage.firm_id, at])


def delete(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute(f"delete from tenants_entry where id = {AT}", [stage.firm_id, at])


def swap(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    firm, other = stage.firm_id, draw.choice([place for place in range(stage.size) if place != at])
    a, b = (
        admin.execute(
            "select entry_id from tenants_position where firm_id = %s and position = %s", [firm, place]
        ).fetchone()[0]
        for place in (at, other)
    )
    for entry_id, place in ((firm, at), (a, other), (b, at)):
        admin.execute(
            "update tenants_position set entry_id = %s where firm_id = %s and position = %s",
            [entry_id, firm, place],
        )


def move(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute(
        "update tenants_position set position = position + 1000000 where firm_id = %s and position >= %s",
        [stage.firm_id, at],
    )


def tile(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    byte = draw.randrange(8192)
    admin.execute(
        "update tenants_tile set hashes = set_byte(hashes, %s, get_byte(hashes, %s) # 1) where firm_id = %s"
        " and level = 0 and index = 0",
        [byte, byte, stage.firm_id],
    )


def root(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute(
        "update tenants_checkpoint set root = sha256(root) where firm_id = %s and size = %s",
        [stage.firm_id, stage.size],
    )


def note(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute(
        "update tenants_checkpoint set note = replace(note, %s, %s) where firm_id = %s and size = %s",
        [f"\n{stage.size}\n", f"\n{stage.size - 1}\n", stage.firm_id, stage.size],
    )


def cut(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    keep = draw.randrange(1, COUNT // 2)
    admin.execute("delete from tenants_checkpoint where firm_id = %s and size > %s", [stage.firm_id, keep])
    admin.execute("delete from tenants_position where firm_id = %s and position >= %s", [stage.firm_id, keep])


def truncate(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute(f"truncate tenants_{draw.choice(['entry', 'position', 'checkpoint'])}")


def unplace(admin: Any, stage: Stage, draw: random.Random, at: int) -> None:
    admin.execute("delete from tenants_position where firm_id = %s and position = %s", [stage.firm_id, at])


ACTS = (edit, edit, delete, swap, move, tile, root, note, cut, truncate, unplace)


def strike(admin: Any, stage: Stage, draw: random.Random) -> str:
    """One random act of a database administrator on this firm's log; returns its name."""
    act = draw.choice(ACTS)
    act(admin, stage, draw, draw.randrange(stage.size))
    return act.__name__


def test_an_untouched_log_passes(stage: Stage) -> None:
    report = stage.check()
    assert (report.code, report.size) == (0, stage.size), report.faults


TABLES = ("entry", "position", "tile", "checkpoint")


def written_columns(conn: Any, table: str) -> list[str]:
    """The columns of a table that are not computed from others."""
    rows = conn.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " and attgenerated = ''",
        [f"tenants_{table}"],
    )
    return [name for (name,) in rows]


@pytest.fixture
def copies(stage: Stage) -> Iterator[Any]:
    """A superuser's connection, and the log's tables kept aside so that each act can be undone."""
    with stage.world.database.connect_superuser() as conn:
        conn.autocommit = False
        for table in TABLES:
            conn.execute(f"create table kept_{table} as select * from tenants_{table}")
        conn.commit()
        try:
            yield conn
        finally:
            conn.rollback()
            for table in TABLES:
                conn.execute(f"drop table kept_{table}")
            conn.commit()


@pytest.mark.parametrize("count", [40, pytest.param(500, marks=[pytest.mark.full, pytest.mark.timeout(900)])])
def test_every_act_of_a_database_administrator_is_found(stage: Stage, copies: Any, count: int) -> None:
    draw, unseen = random.Random(20261122), []
    acts: set[str] = set()
    written = {table: written_columns(copies, table) for table in TABLES}
    for _ in range(count):
        copies.execute("set session_replication_role = replica")
        act = strike(copies, stage, draw)
        copies.commit()
        acts.add(act)
        if stage.check().code != 1:
            unseen.append(act)
        for table in TABLES:
            names = ", ".join(written[table])
            copies.execute(f"truncate tenants_{table}")
            copies.execute(f"insert into tenants_{table} ({names}) select {names} from kept_{table}")
        copies.commit()
    assert unseen == []
    assert stage.check().code == 0
    assert len(acts) >= (10 if count > 100 else 8)


def test_a_whole_new_log_signed_with_the_operators_own_key_is_found(
    stage: Stage, admin: Any, tmp_path: Path
) -> None:
    """Everything rewritten and signed again, as only who holds the signing key can: what the firm kept tells."""
    admin.execute("update tenants_entry set device = 'another' where firm_id = %s", [stage.firm_id])
    for table in ("tile", "checkpoint"):
        admin.execute(f"delete from tenants_{table} where firm_id = %s", [stage.firm_id])
    shutil.rmtree(tmp_path / "ledger")
    settle(open_ledger(stage.world.database, tmp_path / "ledger"))
    # Without anything kept outside nobody could tell: that is why firms keep checkpoints.
    kept, stage.kept = stage.kept, []
    assert stage.check().code == 0
    stage.kept = kept
    report = stage.check()
    assert report.code == 1
    assert report.faults


def test_a_checkpoint_of_another_root_is_a_split_view(stage: Stage) -> None:
    other = Checkpoint(stage.key.name, stage.size, bytes(32))
    stage.kept.append(("shown to somebody else", sign_checkpoint(other, [stage.key])))
    assert stage.check().code == 1


def test_entries_put_in_behind_the_log_are_found(stage: Stage, admin: Any) -> None:
    """A forged entry that pretends to be old: it gets no place, because its transaction is long past."""
    admin.execute(
        "insert into tenants_entry (id, firm_id, at, event, actor_kind, subject_kind, allowed, reason, device, session_ref,"
        " process, details, xid) select gen_random_uuid(), firm_id, at, event, actor_kind, subject_kind, allowed, reason,"
        " device, session_ref, process, details, '3'::xid8 from tenants_entry where firm_id = %s limit 1",
        [stage.firm_id],
    )
    admin.execute("update tenants_entry set at = at - interval '1 day' where xid = '3'::xid8")
    stage.world.database.use("ledger")
    call("tenants_sequence_entries_v1")
    assert [fault.kind for fault in stage.check().faults] == ["entry-outside"]
