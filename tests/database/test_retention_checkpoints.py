"""Old checkpoints are thinned; what the firm or a witness may compare with later stays."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.attacks.hostile import set_rows
from tests.world import World


def write_checkpoint(world: World, size: int, at: datetime) -> None:
    world.insert(
        "tenants_checkpoint",
        {"firm_id": world.alder.id, "size": size, "root": b"", "note": "n", "at": at},
    )


def sizes(world: World) -> list[int]:
    with world.definer() as conn:
        rows = conn.execute(
            "select size from tenants_checkpoint where firm_id = %s order by 1", [world.alder.id]
        ).fetchall()
    return [size for (size,) in rows]


def test_checkpoints_are_thinned_and_those_that_left_the_house_stay(world: World) -> None:
    now = datetime.now(UTC)
    hour = (now - timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    day = (now - timedelta(days=200)).replace(hour=1, minute=0, second=0, microsecond=0)
    for n in range(1, 21):
        write_checkpoint(world, n, day + timedelta(minutes=n * 30))
    for n in range(21, 41):
        write_checkpoint(world, n, hour + timedelta(minutes=(n - 21) * 6))
    for n in range(41, 61):
        write_checkpoint(world, n, now - timedelta(minutes=120 - n))
    for size, event in ((3, "ledger:checkpoint:downloaded"), (22, "ledger:evidence:exported")):
        set_rows(
            world,
            "select tenants_write_entry(%s, %s, 'person', null, null, null, null, '', null, true, '', null, '', '',"
            " 'firm', jsonb_build_object('size', %s::bigint))",
            world.alder.id,
            event,
            size,
        )
    row = {"id": UUID(int=1), "firm_id": world.alder.id, "witness_id": UUID(int=2), "size": 7}
    world.insert("tenants_cosignature", {**row, "line": "l", "signed_at": now, "at": now})
    with world.database.connect("worker") as conn:
        assert conn.execute("select tenants_thin_checkpoints_v1()").fetchone() == ({"thinned": 34},)
        assert sizes(world) == [3, 7, 20, 22, 30, 40, *range(41, 61)]
        assert conn.execute("select tenants_thin_checkpoints_v1()").fetchone() == ({"thinned": 0},)
    with world.database.connect("owner", autocommit=False) as conn:
        conn.execute("set role keyhole_pruner")
        conn.execute("delete from tenants_checkpoint")
        conn.execute("reset role")
        conn.execute("set role keyhole_definer")
        assert conn.execute("select array_agg(size order by size) from tenants_checkpoint").fetchone() == (
            [7, *range(41, 61)],
        )
        conn.rollback()


def test_the_newest_checkpoint_stays_however_old_it_is(world: World) -> None:
    for size in (1, 2, 3):
        write_checkpoint(world, size, datetime.now(UTC) - timedelta(days=1098, minutes=-size))
    with world.database.connect("worker") as conn:
        conn.execute("select tenants_thin_checkpoints_v1()")
    assert sizes(world) == [3]
