"""The worker's import job. Its argument is hostile input: an id that the database checks, no key, no cell."""

from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError
from procrastinate import App, Blueprint, JobContext, RetryStrategy

from campaigns.importing.errors import DiskFull, ImportCancelled, ImportInterrupted, ImportOver, UploadGone
from campaigns.importing.leave import give_back_leave, take_leave, turn
from campaigns.importing.models import ImportBatch
from campaigns.importing.pipeline import abandon_import, run_import
from campaigns.importing.reasons import TableError
from campaigns.importing.spooling import open_reader, remove_spool

logger = structlog.get_logger(__name__)

TASK: Final = "campaigns:import_list"
QUEUE: Final = "imports"
MAX_ATTEMPTS: Final = 5
_DISK_FULL: Final = "53100"

blueprint = Blueprint()


def prepare(app: App) -> None:
    """Make the jobs known to the queue; again changes nothing."""
    if TASK not in app.tasks:
        app.add_tasks_from(blueprint, namespace="campaigns")


def defer_import(batch_id: UUID) -> None:
    """Ask for an import in the running transaction; asking twice for one batch is asking once."""
    from procrastinate.contrib.django import app

    app.configure_task(TASK, queue=QUEUE, lock=f"import:{batch_id}").defer(batch_id=str(batch_id))


@blueprint.task(
    name="import_list",
    queue=QUEUE,
    pass_context=True,
    retry=RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=2, linear_wait=5),
)
def import_list(context: JobContext, batch_id: str) -> None:
    """Run one import to its end; a broken try is cleared and done again, at most `MAX_ATTEMPTS` times."""
    try:
        batch = UUID(batch_id)
    except (ValueError, AttributeError, TypeError):
        logger.warning("import_job_without_batch")
        return
    last_try = context.job.attempts >= MAX_ATTEMPTS
    with turn(batch):
        token = take_leave(batch)
        if token is None:
            logger.info("import_job_found_nothing", batch_id=str(batch))
            return
        try:
            _run(batch, token, last_try=last_try)
        finally:
            give_back_leave(token)


def _run(batch_id: UUID, token: str, *, last_try: bool) -> None:
    failed, cancelled = ImportBatch.State.FAILED, ImportBatch.State.CANCELLED
    try:
        with open_reader(batch_id, settings.KEYRING) as stream:
            run_import(token=token, batch_id=batch_id, stream=stream, keyring=settings.KEYRING)
    except ImportOver:
        return
    except ImportCancelled as error:
        abandon_import(token=token, batch_id=batch_id, state=cancelled, failure=error.code)
    except (TableError, UploadGone) as error:
        abandon_import(token=token, batch_id=batch_id, state=failed, failure=error.code)
    except Exception as error:
        code = failure_code(error)
        logger.error("import_broken", batch_id=str(batch_id), kind=type(error).__name__, code=code)
        if code == ImportInterrupted.code and not last_try:
            # A fresh error: the first one's text may quote what it stumbled over.
            raise ImportInterrupted from None
        abandon_import(token=token, batch_id=batch_id, state=failed, failure=code)
    remove_spool(batch_id)


def failure_code(error: Exception) -> str:
    """Return the code under which a broken import is shown."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    return DiskFull.code if getattr(cause, "sqlstate", None) == _DISK_FULL else ImportInterrupted.code
