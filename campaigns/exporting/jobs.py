"""The worker's part in exports: writes the file of rows it cannot open, and removes what is over.

A job's argument is hostile input: an id that the database checks, no key, no cell.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate import App, Blueprint, JobContext, RetryStrategy

from campaigns.exporting.errors import ExportDiskFull, ExportInterrupted
from campaigns.exporting.folder import export_path, list_files, remove_export
from campaigns.exporting.models import Export, ExportKey
from campaigns.exporting.package import SealedRow, Written, write_package
from campaigns.importing.leave import give_back_leave, turn
from campaigns.importing.models import ImportBatch
from campaigns.importing.stored import from_json
from tenants.db.firm import firm_transaction
from tenants.db.functions import acall, acall_rows, call, call_rows

log = structlog.get_logger(__name__)

TASK: Final = "campaigns:write_export"
QUEUE: Final = "exports"
EVERY_S: Final = 2.0
MAX_ATTEMPTS: Final = 3
_AT_ONCE: Final = 2_000
_NO_SPACE: Final = 28

blueprint = Blueprint()

# One statement, one snapshot: the rows as they are at one moment. Nothing of them is opened.
_ROWS: Final = """
select c.id, c.line_no, case when %(fields)s then c.fields else '{}' end, n.positions, n.sealed
from campaigns_contact c
left join lateral (
  select array_agg(n.position::integer order by n.position) as positions, array_agg(n.sealed order by n.position) as sealed
  from campaigns_contactnumber n
  where %(numbers)s and n.firm_id = %(firm)s and n.contact_id = c.id) n on true
where c.firm_id = %(firm)s and c.list_id = %(list)s
"""


def prepare(app: App) -> None:
    """Make the job known to the queue; again changes nothing."""
    if TASK not in app.tasks:
        app.add_tasks_from(blueprint, namespace="campaigns")


def defer_export(export_id: UUID) -> None:
    """Ask for an export to be written; asking twice for one is asking once."""
    from procrastinate.contrib.django import app

    app.configure_task(TASK, queue=QUEUE, lock=f"export:{export_id}").defer(export_id=str(export_id))


async def tend_exports() -> None:
    """End what is over, ask for what is to be written, and remove files that nothing needs."""
    await acall("campaigns_expire_exports_v1")
    for row in await acall_rows("campaigns_find_sealed_exports_v1"):
        await sync_to_async(defer_export)(row["campaigns_find_sealed_exports_v1"])
    await sync_to_async(sweep_files)()


def sweep_files() -> None:
    """Remove the file of every export that is over."""
    found = dict(list_files())
    if not found:
        return
    rows = call_rows("campaigns_keep_exports_v1", list(found))
    for export_id in set(found) - {row["campaigns_keep_exports_v1"] for row in rows}:
        found[export_id].unlink(missing_ok=True)
        log.info("export_removed", export_id=str(export_id))


@blueprint.task(
    name="write_export",
    queue=QUEUE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=2, linear_wait=5),
)
def write_export(context: JobContext, export_id: str) -> None:
    """Write the file of one export; a broken try is removed and done again, at most `MAX_ATTEMPTS` times."""
    try:
        export = UUID(export_id)
    except (ValueError, AttributeError, TypeError):
        log.warning("export_job_without_export")
        return
    last_try = context.job.attempts >= MAX_ATTEMPTS
    with turn(export):
        token = secrets.token_urlsafe(32)
        if not call("campaigns_start_export_v1", export, sha256(token.encode("ascii")).digest()):
            log.info("export_job_found_nothing", export_id=str(export))
            return
        try:
            _write(export, token, last_try=last_try)
        finally:
            give_back_leave(token)


def _write(export_id: UUID, token: str, *, last_try: bool) -> None:
    # What a killed try left is no whole file.
    remove_export(export_id)
    try:
        written = write_file(export_id, token)
        arguments = (written.rows, written.size_bytes, written.digest)
        if not call("campaigns_finish_export_v1", export_id, *arguments):
            remove_export(export_id)
            log.info("export_over", export_id=str(export_id))
    except Exception as error:
        remove_export(export_id)
        full = isinstance(error, OSError) and error.errno == _NO_SPACE
        code = ExportDiskFull.code if full else ExportInterrupted.code
        log.error("export_broken", export_id=str(export_id), kind=type(error).__name__, code=code)
        if not (full or last_try):
            # A fresh error: the first one's text may quote what it stumbled over.
            raise ExportInterrupted from None
        call("campaigns_fail_export_v1", export_id, code)


def write_file(export_id: UUID, token: str) -> Written:
    """Write the file of an export under the worker's leave; memory stays flat whatever the list's length.

    Raises: OSError; DatabaseError.
    """
    with firm_transaction(token):
        export = Export.objects.select_related("list").get(id=export_id)
        header = _header(export)
        return write_package(export_path(export_id), bytes(export.public_key), header, _rows(export))


def _header(export: Export) -> dict[str, Any]:
    keys = ExportKey.objects.filter(firm_id=export.firm_id, export_id=export.id)
    fields, numbers = "fields" in export.what, "numbers" in export.what
    return {
        "format": 1,
        "export_id": str(export.id),
        "firm_id": str(export.firm_id),
        "list_id": str(export.list_id),
        "list": export.list.name,
        "key_version": export.list.key_version,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "phones": _phone_names(export) if numbers else [],
        "columns": list(export.list.columns) if fields else [],
        "keys": {key.purpose: bytes(key.sealed).hex() for key in keys if key.sealed},
    }


def _phone_names(export: Export) -> list[str]:
    batch = ImportBatch.objects.filter(firm_id=export.firm_id, list_id=export.list_id).first()
    chosen = from_json(batch.mapping) if batch is not None else []
    names = [column.name for column in chosen if column.role == "phone"]
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(max(n.position) + 1, 0) from campaigns_contact c join campaigns_contactnumber n"
            " on n.firm_id = c.firm_id and n.contact_id = c.id where c.firm_id = %s and c.list_id = %s",
            [export.firm_id, export.list_id],
        )
        (count,) = cursor.fetchone()
    return [*names, *(f"phone{at + 1}" for at in range(len(names), count))]


def _rows(export: Export) -> Iterator[SealedRow]:
    arguments: dict[str, Any] = {
        "firm": export.firm_id,
        "list": export.list_id,
        "fields": "fields" in export.what,
        "numbers": "numbers" in export.what,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS, arguments)
        while rows := cursor.fetchmany(_AT_ONCE):
            for contact_id, line_no, fields, positions, sealed in rows:
                numbers = list(zip(positions or (), sealed or (), strict=True))
                yield SealedRow(contact_id, line_no, numbers, fields)
