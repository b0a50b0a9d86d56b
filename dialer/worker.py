"""The worker: jobs of the queue and the upkeep of dispensing in one process. It opens no number."""

import asyncio
import contextlib
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from procrastinate import App
from procrastinate.contrib.django import app as queue
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from campaigns.exporting.jobs import EVERY_S as TEND_EXPORTS_EVERY_S
from campaigns.exporting.jobs import QUEUE as EXPORTS
from campaigns.exporting.jobs import tend_exports
from campaigns.importing.jobs import QUEUE as IMPORTS
from campaigns.importing.jobs import defer_import
from dialer.upkeep import SWEEPS, beat, run_sweep
from tenants.db.functions import acall_rows

log = structlog.get_logger(__name__)

HEARTBEAT_S: Final = 5.0
# A worker that has not been heard of for so long is gone; its jobs are done again.
STALLED_S: Final = 20.0
KEEP_FINISHED_HOURS: Final = 72
_REVIVE_EVERY_S: Final = 5.0
_REVIVE_IMPORTS_EVERY_S: Final = 15.0
_PRUNE_EVERY_S: Final = 3600.0


async def run_worker(stop: asyncio.Event) -> None:
    """Run jobs and upkeep until told to stop; a job that runs is given time to end.

    Raises: whatever ended the queue's worker, so that the supervisor starts this process again.
    """
    layer = get_channel_layer()
    connector: Any = queue.connector
    with queue.replace_connector(connector.get_worker_connector()) as app:
        async with app.open_async():
            beats = [
                asyncio.create_task(
                    beat(sweep.function, sweep.every_s, partial(run_sweep, sweep, layer), stop)
                )
                for sweep in SWEEPS
            ]
            beats += [
                asyncio.create_task(
                    beat("revive_jobs", _REVIVE_EVERY_S, partial(revive_jobs, app.job_manager), stop)
                ),
                asyncio.create_task(beat("revive_imports", _REVIVE_IMPORTS_EVERY_S, revive_imports, stop)),
                asyncio.create_task(beat("tend_exports", TEND_EXPORTS_EVERY_S, tend_exports, stop)),
                asyncio.create_task(
                    beat("prune_jobs", _PRUNE_EVERY_S, partial(prune_jobs, app.job_manager), stop)
                ),
            ]
            try:
                await _run_jobs(app, stop)
            finally:
                stop.set()
                await asyncio.gather(*beats, return_exceptions=True)


async def revive_jobs(jobs: JobManager) -> None:
    """Put jobs of workers that died back into the queue."""
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        log.warning("job_revived", job_id=job.id, task=job.task_name)
        if job.abort_requested and job.id is not None:
            await jobs.finish_job_by_id_async(job_id=job.id, status=Status.ABORTED, delete_job=False)
        else:
            await jobs.retry_job(job)


async def revive_imports() -> None:
    """Ask again for imports whose process was killed, at the command line too; their half list is cleared first."""
    for row in await acall_rows("campaigns_find_lost_imports_v1"):
        batch_id: UUID = row["campaigns_find_lost_imports_v1"]
        log.warning("import_revived", batch_id=str(batch_id))
        await sync_to_async(defer_import)(batch_id)


async def prune_jobs(jobs: JobManager) -> None:
    """Delete jobs that ended long ago."""
    await jobs.delete_old_jobs(
        nb_hours=KEEP_FINISHED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def _run_jobs(app: App, stop: asyncio.Event) -> None:
    options: dict[str, Any] = {
        "queues": [IMPORTS, EXPORTS],
        "concurrency": 1,
        "install_signal_handlers": False,
        "fetch_job_polling_interval": 2.0,
        "update_heartbeat_interval": HEARTBEAT_S,
        "stalled_worker_timeout": STALLED_S,
        "shutdown_graceful_timeout": 20.0,
    }
    work = asyncio.create_task(app.run_worker_async(**options))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            raise RuntimeError("the queue's worker ended by itself")
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        stopping.cancel()
