"""An import end to end under the worker's login: what is stored, what is turned away, and that no half list stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest

from campaigns.importing import pipeline
from campaigns.importing.errors import ImportCancelled, NoPhoneColumn
from campaigns.importing.reasons import TableError
from tenants.vault.envelope import field_context, open_data_key, open_field
from tenants.vault.errors import SealError
from tenants.vault.keyring import load_keyring
from tests.database.importing import e164, fiction, people, rows_of, run, run_job, suppress, write_list
from tests.world import World

Surface = Callable[[str], None]


@pytest.fixture
def campaign(world: World, surface: Surface, spool: Path) -> UUID:
    """A campaign of alder; the test's process is the worker's."""
    surface("worker")
    return world.campaign()


def test_every_row_has_exactly_one_fate(world: World, campaign: UUID, tmp_path: Path) -> None:
    suppress(world, world.alder, 5)
    path = write_list(
        tmp_path / "list.csv",
        [
            *people([1, 2]),
            ("Again", "Brighton", fiction(1), ""),
            ("Gone", "Brighton", fiction(5), ""),
            ("Short", "Brighton", "12345", ""),
            ("None", "Brighton", "", ""),
        ],
    )
    done = run(world, campaign, path)
    counts = done.counts
    assert (counts.rows_in, counts.stored, counts.duplicate, counts.suppressed, counts.rejected) == (
        6,
        2,
        1,
        1,
        2,
    )
    rejects = rows_of(
        world,
        "select line_no, fate, reason from campaigns_reject where batch_id = %s order by 1",
        done.batch_id,
    )
    assert rejects == [
        (4, "duplicate", "duplicate"),
        (5, "suppressed", "suppressed"),
        (6, "rejected", "too_short"),
        (7, "rejected", "empty"),
    ]
    state = rows_of(world, "select state, columns from campaigns_contactlist where id = %s", done.list_id)
    assert state == [("ready", ["first_name", "town"])]


def test_a_number_is_stored_once_across_lists_and_twice_across_campaigns(
    world: World, campaign: UUID, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "list.csv", people([1, 2]))
    assert run(world, campaign, path).counts.stored == 2
    more = write_list(tmp_path / "more.csv", people([2, 3]))
    counts = run(world, campaign, more).counts
    assert (counts.stored, counts.duplicate) == (1, 1)
    assert run(world, world.campaign(), path).counts.stored == 2


def test_one_suppressed_number_suppresses_the_whole_person(
    world: World, campaign: UUID, tmp_path: Path
) -> None:
    suppress(world, world.alder, 7, campaign)
    suppress(world, world.alder, 8, expires_at=datetime.now(UTC) - timedelta(days=1))
    suppress(world, world.birch, 9)
    other = world.campaign()
    suppress(world, world.alder, 10, other)
    rows = [(f"P{n}", "Town", fiction(20 + n), fiction(n)) for n in (7, 8, 9, 10)]
    counts = run(world, campaign, write_list(tmp_path / "list.csv", rows)).counts
    # Suppressed in this campaign; but not after its end, by another firm, or for another campaign.
    assert (counts.suppressed, counts.stored) == (1, 3)


def test_a_person_keeps_the_numbers_nobody_else_has(world: World, campaign: UUID, tmp_path: Path) -> None:
    rows = [
        ("A", "Town", fiction(1), ""),
        ("B", "Town", fiction(1), fiction(2)),
        ("C", "Town", fiction(2), ""),
    ]
    done = run(world, campaign, write_list(tmp_path / "list.csv", rows))
    assert (done.counts.stored, done.counts.duplicate) == (2, 1)
    numbers = rows_of(
        world,
        "select c.line_no, n.position from campaigns_contactnumber n join campaigns_contact c on c.id = n.contact_id "
        "where c.list_id = %s order by 1",
        done.list_id,
    )
    assert numbers == [(2, 0), (3, 1)]


def test_only_the_gateway_opens_a_number_and_only_the_agent_surface_a_field(
    world: World, campaign: UUID, tmp_path: Path
) -> None:
    done = run(world, campaign, write_list(tmp_path / "list.csv", people([3])))
    (contact, fields, number) = rows_of(
        world,
        "select c.id, c.fields, n.sealed from campaigns_contact c "
        "join campaigns_contactnumber n on n.contact_id = c.id where c.list_id = %s",
        done.list_id,
    )[0]
    keys = dict(
        rows_of(world, "select purpose, sealed from campaigns_listkey where list_id = %s", done.list_id)
    )
    ours = {"firm_id": world.alder.id, "list_id": done.list_id, "key_version": 1}
    gateway = load_keyring(world.database.keys, "gateway")
    agent = load_keyring(world.database.keys, "agent")

    def opened(holder: object, purpose: str, field: str, sealed: bytes) -> str:
        key = open_data_key(holder.private_key(), keys[purpose], purpose=purpose, **ours)  # type: ignore[attr-defined]
        return open_field(
            key, sealed, context=field_context(contact_id=contact, field=field, **ours)
        ).decode()

    assert opened(gateway, "number", "phone:0", number) == e164(3)
    assert opened(agent, "fields", "field:town", fields[1]) == "New Orleans"
    for holder, purpose in (
        (agent, "number"),
        (gateway, "fields"),
        (load_keyring(world.database.keys, "worker"), "number"),
    ):
        with pytest.raises(SealError):
            opened(holder, purpose, "phone:0", number)


def test_a_workbook_is_imported_like_a_csv_file(world: World, campaign: UUID, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["first_name", "town", "phone1"])
    for name, town, phone, _ in people([1, 2, 3]):
        sheet.append([name, town, phone])
    book.save(tmp_path / "list.xlsx")
    counts = run(world, campaign, tmp_path / "list.xlsx").counts
    assert (counts.rows_in, counts.stored) == (3, 3)


def test_many_chunks_and_processes_give_the_same_as_one(
    world: World, campaign: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ROWS_PER_CHUNK", 7)
    rows = people([*range(60), *range(30), *range(60, 90)])
    done = run(world, campaign, write_list(tmp_path / "list.csv", rows))
    assert (done.counts.rows_in, done.counts.stored, done.counts.duplicate) == (120, 90, 30)
    lines = rows_of(
        world, "select line_no from campaigns_reject where batch_id = %s order by 1", done.batch_id
    )
    # The first of two rows with one number is stored, whichever process sealed it.
    assert [line for (line,) in lines] == list(range(62, 92))


def test_a_run_that_breaks_leaves_nothing_and_says_so(
    world: World, campaign: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ROWS_PER_CHUNK", 10)
    monkeypatch.setattr(pipeline, "CHUNKS_PER_BLOCK", 1)
    real, seen = pipeline.merge_chunks, []

    def breaks(*args: object, **kwargs: object) -> object:
        seen.append(len(rows_of(world, "select 1 from campaigns_contact")))
        if len(seen) == 3:
            raise RuntimeError("planted")
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "merge_chunks", breaks)
    with pytest.raises(RuntimeError):
        run(world, campaign, write_list(tmp_path / "list.csv", people(range(40))))
    # The control: there was half a list when it broke.
    assert seen == [0, 10, 20]
    for table in ("campaigns_contact", "campaigns_contactnumber", "campaigns_listkey", "campaigns_reject"):
        assert rows_of(world, f"select 1 from {table}") == []
    assert rows_of(world, "select state, failure, stored from campaigns_importbatch") == [
        ("failed", "interrupted", 0)
    ]
    assert rows_of(world, "select state from campaigns_contactlist") == [("failed",)]
    assert rows_of(world, "select count(*) from tenants_entry where event = 'campaigns:list:failed'") == [
        (1,)
    ]


def test_an_import_the_firm_cancels_stores_nothing(
    world: World, campaign: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ROWS_PER_CHUNK", 10)
    monkeypatch.setattr(pipeline, "CHUNKS_PER_BLOCK", 1)
    path = write_list(tmp_path / "list.csv", people(range(40)))
    from campaigns.importing.operator import Order, import_file

    def cancel(counts: object, bytes_read: int) -> None:
        with world.definer() as conn:
            conn.execute("update campaigns_importbatch set failure = 'cancelled' where state = 'running'")

    with pytest.raises(ImportCancelled):
        import_file(Order(path, "alder", str(campaign), "US"), on_progress=cancel)
    assert rows_of(world, "select 1 from campaigns_contact") == []
    assert rows_of(world, "select state, failure from campaigns_importbatch") == [("cancelled", "cancelled")]


def test_a_file_without_phones_or_of_another_kind_stores_nothing(
    world: World, campaign: UUID, tmp_path: Path
) -> None:
    plain = tmp_path / "names.csv"
    plain.write_text("first_name,town\nAna,Leon\n")
    with pytest.raises(NoPhoneColumn):
        run(world, campaign, plain)
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(TableError):
        run(world, campaign, picture)
    assert rows_of(world, "select 1 from campaigns_contact") == []
    assert rows_of(world, "select distinct state from campaigns_importbatch") == [("failed",)]


@pytest.mark.parametrize(
    "hostile",
    ["", "1 or 1=1", "../../etc/passwd", "00000000-0000-0000-0000-000000000000", "' ; drop table x; --"],
)
def test_a_hostile_job_does_nothing(world: World, campaign: UUID, hostile: str) -> None:
    before = rows_of(world, "select count(*) from tenants_entry")
    run_job(hostile)
    assert rows_of(world, "select count(*) from tenants_entry") == before
    assert rows_of(world, "select 1 from tenants_worktoken") == []


def test_no_cell_of_the_file_lies_in_the_database_in_clear(
    world: World, campaign: UUID, tmp_path: Path
) -> None:
    planted = "Xylophonistka"
    done = run(world, campaign, write_list(tmp_path / "list.csv", [(planted, "Town", fiction(11), "")]))
    assert done.counts.stored == 1
    assert not found_in_database(world, planted)
    for form in (e164(11), fiction(11), fiction(11).replace("-", "")):
        assert not found_in_database(world, form)
    # The control: the same search finds what is there in clear.
    assert found_in_database(world, "first_name")
    with world.definer() as conn:
        conn.execute("update campaigns_contactlist set name = %s", [planted])
    assert found_in_database(world, planted)


def found_in_database(world: World, text: str) -> bool:
    """Search every row of every table of ours, bytes too."""
    tables = rows_of(
        world,
        "select c.relname from pg_class c where c.relkind = 'r' and c.relname ~ '^(tenants|campaigns|dialer)_'",
    )
    forms = (text, text.encode().hex())
    for (table,) in tables:
        for form in forms:
            if rows_of(world, f"select 1 from {table} t where t::text like %s limit 1", f"%{form}%"):
                return True
    return False
