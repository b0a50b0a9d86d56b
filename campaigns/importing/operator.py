"""An import asked for at the machine's own command line: the same pipeline, in this process, as the worker.

Whoever runs it holds the worker's key file. It writes the same entries as an import by page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from campaigns.importing.columns import guess_columns
from campaigns.importing.counts import Counts
from campaigns.importing.errors import ImportCancelled, ImportOver
from campaigns.importing.jobs import failure_code
from campaigns.importing.leave import give_back_leave, take_leave, turn
from campaigns.importing.mapping import MappingError, parse_mapping
from campaigns.importing.models import ImportBatch
from campaigns.importing.pipeline import Progress, abandon_import, run_import
from campaigns.importing.read import Table, open_table
from campaigns.importing.reasons import TableError
from campaigns.importing.services import (
    as_planned,
    check_columns,
    describe_file,
    prepare_list,
    settle_columns,
)
from campaigns.importing.stored import choose_from_mapping, from_json, to_json
from campaigns.planning.errors import CampaignNotFound
from tenants.db.errors import KeyholeError
from tenants.db.firm import firm_transaction
from tenants.db.functions import call
from tenants.db.ids import new_id

_State = ImportBatch.State


@dataclass(frozen=True, slots=True)
class Order:
    """What to import: `firm` is a handle, `campaign` a name or id; `region`, `header` None mean find out."""

    path: Path
    firm: str
    campaign: str
    region: str | None = None
    maps: Sequence[str] = ()
    header: bool | None = None
    keep_possible: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A finished import."""

    batch_id: UUID
    list_id: UUID
    columns: dict[str, str]
    counts: Counts


def import_file(order: Order, *, on_progress: Progress | None = None) -> Done:
    """Import a file into a campaign.

    Raises: CampaignNotFound, NoPhoneColumn, MappingError, TableError, OSError; nothing is then stored.
    """
    found = call("campaigns_find_campaign_v1", order.firm, order.campaign)
    if not found:
        raise CampaignNotFound
    with order.path.open("rb") as stream:
        table = open_table(stream, filename=order.path.name, header=order.header)
    batch_id = new_id()
    size = order.path.stat().st_size
    made = call(
        "campaigns_create_import_v1",
        UUID(found["firm_id"]),
        UUID(found["campaign_id"]),
        batch_id,
        order.path.name[:160],
        size,
    )
    token = take_leave(batch_id) if made else None
    if token is None:
        raise CampaignNotFound
    try:
        with turn(batch_id):
            return _run(order, table, batch_id, token, on_progress)
    finally:
        give_back_leave(token)


def _run(order: Order, table: Table, batch_id: UUID, token: str, on_progress: Progress | None) -> Done:
    try:
        batch = _describe(order, table, batch_id, token)
        with order.path.open("rb") as stream:
            counts = run_import(
                token=token,
                batch_id=batch_id,
                stream=stream,
                keyring=settings.KEYRING,
                on_progress=on_progress,
            )
    except ImportOver:
        raise
    except ImportCancelled as error:
        abandon_import(token=token, batch_id=batch_id, state=_State.CANCELLED, failure=error.code)
        raise
    except BaseException as error:
        known = isinstance(error, TableError | KeyholeError | MappingError)
        code = getattr(error, "code", "") if known else ""
        if not code and isinstance(error, Exception):
            code = failure_code(error)
        abandon_import(token=token, batch_id=batch_id, state=_State.FAILED, failure=code or "interrupted")
        raise
    columns = {column.name: column.key or "phone" for column in from_json(batch.mapping)}
    return Done(batch_id, UUID(str(batch.list_id)), columns, counts)


def _describe(order: Order, table: Table, batch_id: UUID, token: str) -> ImportBatch:
    with firm_transaction(token):
        batch = ImportBatch.objects.get(id=batch_id)
        describe_file(batch, table, list_name=order.path.stem)
        if order.maps:
            guesses = guess_columns(table.columns, table.sample)
            chosen = choose_from_mapping(parse_mapping(order.maps, table.columns), guesses)
            batch.mapping = {**batch.mapping, **to_json(as_planned(batch, chosen))}
        chosen = from_json(batch.mapping)
        check_columns(chosen)
        batch.region = order.region if order.region is not None else batch.region
        batch.possible_numbers = "keep" if order.keep_possible else "reject"
        prepare_list(batch, chosen)
        settle_columns(batch, chosen)
        batch.save()
    return batch
