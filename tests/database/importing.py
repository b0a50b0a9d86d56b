"""What the import tests share: lists of invented people with numbers from the range kept for fiction, and runs."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from campaigns.importing import jobs
from campaigns.importing.operator import Done, Order, import_file
from tenants.vault.index import firm_index_key, number_index
from tenants.vault.keyring import load_keyring
from tests.world import House, World

HEADER = "first_name,town,phone1,phone2"


def fiction(number: int) -> str:
    """A valid number: +1 202-555-01xx is kept for fiction, and so is 555-01xx under every other area code."""
    areas = ("202", "212", "213", "305", "312", "404", "415", "503", "602", "617", "702", "713", "801", "916")
    area, rest = divmod(number, 100)
    return f"{areas[area]}-555-01{rest:02d}"


def e164(number: int) -> str:
    """The same number in E.164."""
    return "+1" + fiction(number).replace("-", "")


def write_list(path: Path, rows: Iterable[tuple[str, str, str, str]]) -> Path:
    """Write a CSV file of (name, town, phone, phone)."""
    path.write_text("\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def people(numbers: Iterable[int]) -> list[tuple[str, str, str, str]]:
    """Rows with one number each."""
    return [(f"Person{n}", "New Orleans", fiction(n), "") for n in numbers]


def run(world: World, campaign: UUID, path: Path, **values: Any) -> Done:
    """Import a file as the worker; the test's process must be the worker's."""
    with world.definer() as conn:
        firm = conn.execute(
            "select f.handle from campaigns_campaign c join tenants_firm f on f.id = c.firm_id where c.id = %s",
            [campaign],
        ).fetchone()[0]
    return import_file(Order(path=path, firm=firm, campaign=str(campaign), region="US", **values))


def run_job(batch_id: UUID | str, attempts: int = 1) -> None:
    """Run the worker's job in this process, as the queue would."""
    context: Any = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
    jobs.import_list.func(context, str(batch_id))


def suppress(world: World, firm: House, number: int, campaign: UUID | None = None, **values: Any) -> None:
    """Suppress a number."""
    from datetime import UTC, datetime

    from tenants.db.ids import new_id

    key = firm_index_key(load_keyring(world.database.keys, "worker").index_master(), firm.id)
    row = {
        "id": new_id(),
        "firm_id": firm.id,
        "campaign_id": campaign,
        "number_index": number_index(key, e164(number)),
        "source": "objection",
        "created_at": datetime.now(UTC),
        **values,
    }
    world.insert("campaigns_suppression", row)


def rows_of(world: World, query: str, *values: object) -> list[Any]:
    """Rows as the functions' owner sees them: what is really there."""
    with world.definer() as conn:
        return conn.execute(query, values).fetchall()  # type: ignore[no-any-return]
