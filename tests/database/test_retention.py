"""Entries end after their time and not before, from the front of the log, on record, and the tree still verifies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tenants.ledger.keyhole_verify import check_log
from tenants.ledger.proof import inclusion_proof, root_at
from tenants.ledger.sequencer import Sequencer
from tenants.ledger.stored import SignerReader, StoredTiles, read_entries_as_they_are
from tests.attacks.hostile import ask, carrying, set_rows
from tests.database.ledger import append_many, newest, open_ledger, settle
from tests.world import House, World

OLD = datetime.now(UTC) - timedelta(days=3 * 366)


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> Sequencer:
    return open_ledger(world.database, tmp_path)


def write_old(world: World, count: int, *, at: datetime = OLD, firm: House | None = None) -> None:
    """Entries of long ago, as the owner of the functions would have written them then; a second apart."""
    firm = firm or world.alder
    with world.definer() as conn:
        conn.execute(
            "insert into tenants_entry (id, firm_id, at, event, actor_kind, allowed, reason, subject_kind, device,"
            " session_ref, process, details) select tenants_new_id(), %s, %s::timestamptz + make_interval(secs => n),"
            " 'oversight:contacts:viewed', 'person', true, '', '', '', '', 'firm', jsonb_build_object('entries', n)"
            " from generate_series(1, %s) n",
            [firm.id, at, count],
        )


def prune(world: World) -> Any:
    """What the worker's sweep does."""
    with world.database.connect("worker") as conn:
        return conn.execute("select tenants_prune_entries_v1()").fetchone()[0]  # type: ignore[index]


def places_with_entries(world: World, firm: House) -> list[int]:
    with world.definer() as conn:
        rows = conn.execute(
            "select p.position from tenants_position p join tenants_entry e on e.id = p.entry_id"
            " where p.firm_id = %s order by 1",
            [firm.id],
        ).fetchall()
    return [position for (position,) in rows]


def verify(world: World, firm: House) -> Any:
    """The auditor's own check of the whole log as it lies in the database, under the ledger's login."""
    world.database.use("ledger")
    with world.definer() as conn:
        note = conn.execute(
            "select note from tenants_checkpoint where firm_id = %s order by size desc limit 1", [firm.id]
        ).fetchone()[0]
        (keys,) = conn.execute(
            "select array_agg(vkey order by version) from tenants_logkey where firm_id = %s", [firm.id]
        ).fetchone()
    reader = SignerReader(firm.id)

    def entries() -> Iterator[tuple[int, bytes]]:
        for position, octets in read_entries_as_they_are(reader, 0, newest(firm.id).size):
            if octets is not None:
                yield position, octets

    return check_log(
        entries(),
        checkpoint=note.encode(),
        keys=keys,
        tiles=lambda level, index, width: StoredTiles(reader).hashes(level, index, width),
    )


def pruned_entries(world: World, firm: House) -> list[dict[str, Any]]:
    with world.definer() as conn:
        rows = conn.execute(
            "select details from tenants_entry where firm_id = %s and event = 'ledger:entries:pruned' order by at",
            [firm.id],
        ).fetchall()
    return [details for (details,) in rows]


def test_only_whole_signed_blocks_at_the_front_go_and_the_tree_still_verifies(
    world: World, ledger: Sequencer
) -> None:
    write_old(world, 600)
    settle(ledger)
    before = newest(world.alder.id)
    proofs = StoredTiles(SignerReader(world.alder.id))
    proof = inclusion_proof(300, before.size, proofs)
    assert prune(world) == {"pruned": 512, "more": False}
    assert places_with_entries(world, world.alder)[0] == 512
    assert pruned_entries(world, world.alder) == [{"from": 0, "until": 512, "entries": 512, "months": 24}]
    append_many(world, 5)
    world.database.use("ledger")
    settle(ledger)
    assert root_at(before.size, StoredTiles(SignerReader(world.alder.id))) == before.root
    assert inclusion_proof(300, before.size, StoredTiles(SignerReader(world.alder.id))) == proof
    report = verify(world, world.alder)
    assert (report.count, report.broken) == (0, "")
    assert any("let go after their time" in remark for remark in report.remarks)
    assert prune(world) == {"pruned": 0, "more": False}


def test_an_entry_that_is_gone_without_pruning_is_found_and_stops_it(world: World, ledger: Sequencer) -> None:
    write_old(world, 600)
    settle(ledger)
    gone = as_owner(
        world,
        "delete from tenants_entry where id = (select entry_id from tenants_position"
        " where firm_id = %s and position = 300)",
        world.alder.id,
    )
    assert gone == 1
    assert prune(world)["pruned"] == 256
    settle(ledger)
    report = verify(world, world.alder)
    assert report.count > 0
    assert any(fault.kind == "entry-missing" for fault in report.faults), report.faults


def test_what_is_not_signed_stays(world: World, ledger: Sequencer) -> None:
    write_old(world, 600)
    assert prune(world)["pruned"] == 0
    with world.database.connect("ledger") as conn:
        conn.execute("select tenants_sequence_entries_v1()")
    assert prune(world)["pruned"] == 0
    settle(ledger)
    assert prune(world)["pruned"] == 512


def test_a_younger_entry_keeps_all_that_follow_it(world: World, ledger: Sequencer) -> None:
    write_old(world, 300)
    write_old(world, 1, at=datetime.now(UTC) - timedelta(days=600))
    settle(ledger)
    assert prune(world)["pruned"] == 256
    young = ask(
        world,
        "select count(*) from tenants_entry where firm_id = %s and at > now() - interval '24 months'",
        world.alder.id,
    )
    assert young == newest(world.alder.id).size - 300 + len(pruned_entries(world, world.alder))


def as_owner(world: World, statement: str, *params: Any) -> int:
    """What only the owner of the tables can do, with the guard off: a database administrator, or a test's clock."""
    with world.database.connect("owner") as conn:
        conn.execute("alter table tenants_entry no force row level security")
        try:
            return conn.execute(statement, params).rowcount
        finally:
            conn.execute("alter table tenants_entry force row level security")


def place_aged(world: World, ledger: Sequencer) -> None:
    """Sign everything, as if what has no place yet had been written long ago."""
    for _ in range(2):
        as_owner(
            world,
            "update tenants_entry e set at = %s where not exists (select from tenants_position p"
            " where p.firm_id = e.firm_id and p.entry_id = e.id)",
            OLD + timedelta(days=1),
        )
        set_rows(world, "update tenants_sequencer set server = ''")
        ledger.run_once()
    settle(ledger)


def test_the_entry_of_a_pruning_goes_with_a_later_one_that_tells_of_both(
    world: World, ledger: Sequencer
) -> None:
    write_old(world, 256)
    place_aged(world, ledger)
    assert prune(world)["pruned"] == 256
    write_old(world, 600)
    place_aged(world, ledger)
    assert prune(world)["pruned"] >= 512
    (said,) = pruned_entries(world, world.alder)
    assert (said["from"], said["until"]) == (0, places_with_entries(world, world.alder)[0])
    settle(ledger)
    report = verify(world, world.alder)
    assert (report.count, report.broken) == (0, "")


@pytest.mark.parametrize(("country", "months"), [("GB", 24), ("US", 60), ("DE", 60)])
def test_a_firm_keeps_what_its_country_asks(
    world: World, ledger: Sequencer, country: str, months: int
) -> None:
    set_rows(world, "update tenants_firm set country = %s where id = %s", country, world.alder.id)
    write_old(world, 300)
    settle(ledger)
    assert prune(world)["pruned"] == (256 if months == 24 else 0)
    assert ask(world, "select tenants_keep_months(%s)", world.alder.id) == months


def test_the_countries_a_firm_calls_count_as_well(world: World) -> None:
    for region, months in (("PL", 24), ("US", 60)):
        world.campaign(default_region=region)
        assert ask(world, "select tenants_keep_months(%s)", world.alder.id) == months
    assert ask(world, "select tenants_keep_months(%s)", world.birch.id) == 24


def test_a_firms_rules_make_it_longer_and_never_shorter(world: World, ledger: Sequencer) -> None:
    write_old(world, 300)
    settle(ledger)
    with world.database.connect("owner") as conn:
        conn.execute("alter table tenants_rules drop constraint tenants_rules_keep")
        try:
            rules = (
                "insert into tenants_rules (firm_id, incident_clock_h, keep_months, changed_at)"
                " values (%s, 72, %s, now()) on conflict (firm_id) do update set keep_months = excluded.keep_months"
            )
            set_rows(world, rules, world.alder.id, 48)
            assert prune(world)["pruned"] == 0
            set_rows(world, rules, world.alder.id, 0)
            assert ask(world, "select tenants_keep_months(%s)", world.alder.id) == 24
            assert prune(world)["pruned"] == 256
        finally:
            set_rows(world, "delete from tenants_rules")
            conn.execute(
                "alter table tenants_rules add constraint tenants_rules_keep"
                " check (keep_months >= 24 and keep_months <= 600)"
            )


def test_entries_of_just_under_two_years_stay_whatever_the_caller_sets(
    world: World, ledger: Sequencer
) -> None:
    edge = ask(world, "select (now() at time zone 'UTC' - interval '24 months') at time zone 'UTC'")
    write_old(world, 300, at=edge + timedelta(hours=1))
    settle(ledger)
    with world.database.connect("worker") as conn:
        for name, value in (
            ("timezone", "Pacific/Kiritimati"),
            ("timezone", "Etc/GMT+12"),
            ("search_path", "pg_temp, public"),
            ("datestyle", "German"),
            ("intervalstyle", "sql_standard"),
        ):
            conn.execute("select set_config(%s, %s, false)", [name, value])
            assert conn.execute("select tenants_prune_entries_v1() ->> 'pruned'").fetchone() == ("0",)


def test_not_even_the_role_that_prunes_can_delete_a_younger_entry(world: World, ledger: Sequencer) -> None:
    write_old(world, 10)
    settle(ledger)
    with world.database.connect("owner", autocommit=False) as conn:
        conn.execute("set role keyhole_pruner")
        assert conn.execute("delete from tenants_entry").rowcount == 10
        left = conn.execute(
            "select count(*) from tenants_entry where at < now() - interval '1 year'"
        ).fetchone()
        assert left == (0,)
        for statement in (
            "truncate tenants_entry",
            "update tenants_entry set at = '2000-01-01'",
            "insert into tenants_entry (id) select id from tenants_entry",
            "delete from tenants_position",
            "delete from tenants_tile",
            "select * from tenants_session",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(statement)
        conn.rollback()


def test_portions_are_small_and_say_that_there_is_more(world: World) -> None:
    write_old(world, 60_000)
    set_rows(
        world,
        "insert into tenants_position (firm_id, position, entry_id) select firm_id, row_number() over (order by at) - 1,"
        " id from tenants_entry where firm_id = %s",
        world.alder.id,
    )
    signed = {"firm_id": world.alder.id, "size": 60_000, "root": b"", "note": "n", "at": OLD}
    world.insert("tenants_checkpoint", signed)
    assert prune(world) == {"pruned": 49_920, "more": True}
    second = prune(world)
    assert (second["pruned"], second["more"]) == (60_000 // 256 * 256 - 49_920, False)


def test_a_firm_reads_how_long_its_own_entries_are_kept(world: World, ledger: Sequencer) -> None:
    write_old(world, 300)
    settle(ledger)
    prune(world)
    with carrying(world, world.token(world.alder.people["auditor"])) as conn:
        assert conn.execute("select tenants_load_keeping_v1()").fetchone() == (
            {"keep_months": 24, "floor_months": 24, "pruned_until": 256},
        )
    with carrying(world, "nobody") as conn:
        assert conn.execute("select tenants_load_keeping_v1()").fetchone() == (None,)
    assert ask(world, "select tenants_find_pruned(%s)", world.birch.id) == 0
