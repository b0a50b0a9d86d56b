"""Runs one import from its stream to a ready list, in the worker. A list is whole or it is nothing.

Each block of rows is one transaction with its counts; a broken run is cleared before the next try, and a list
that is still importing is never called.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.utils import timezone

from campaigns.importing.counts import Counts
from campaigns.importing.errors import ImportCancelled, ImportOver
from campaigns.importing.leave import extend_leave
from campaigns.importing.listkeys import make_list_keys
from campaigns.importing.models import ImportBatch
from campaigns.importing.read import Table, open_table
from campaigns.importing.record import append_import_entry
from campaigns.importing.sealing import (
    ChunkSealer,
    SealedChunk,
    SealingPlan,
    seal_in_process,
    start_process,
)
from campaigns.importing.staging import clear_list, merge_chunks
from campaigns.importing.stored import COMPARED_ROLES, as_mapping, from_json
from campaigns.lists.models import ContactList
from campaigns.planning.models import Column
from tenants.db.firm import firm_transaction
from tenants.ledger.events import Event
from tenants.vault.envelope import DataKey
from tenants.vault.index import firm_index_key
from tenants.vault.keyring import Keyring

ROWS_PER_CHUNK = 5_000
CHUNKS_PER_BLOCK = 4
PROCESSES = 2
_EXTEND_EVERY_BLOCKS = 200
_State = ImportBatch.State

Progress = Callable[[Counts, int], None]


@dataclass(slots=True)
class _Run:
    token: str
    batch: ImportBatch
    list_id: UUID
    table: Table
    on_progress: Progress | None


def run_import(
    *,
    token: str,
    batch_id: UUID,
    stream: BinaryIO,
    keyring: Keyring,
    on_progress: Progress | None = None,
    processes: int = PROCESSES,
) -> Counts:
    """Import the stream into the batch's list and make the list ready. Call it within `turn(batch_id)`.

    `on_progress` gets the counts so far and the bytes read. After any exception but ImportOver the caller
    runs `abandon_import`.

    Raises: TableError for a file that is no list, ImportCancelled, ImportOver when it is not to be run.
    """
    batch, plan = _prepare(token, batch_id, keyring)
    table = open_table(stream, filename=batch.name, header=batch.has_header)
    run = _Run(token, batch, plan.list_id, table, on_progress)
    counts = Counts()
    blocks = _blocks(_sealed_chunks(table, plan, processes))
    for number, (block, bytes_read) in enumerate(blocks, 1):
        if number % _EXTEND_EVERY_BLOCKS == 0:
            extend_leave(batch_id, token)
        counts = _store_block(run, counts, block, bytes_read)
    return _finish(run, counts)


def abandon_import(*, token: str, batch_id: UUID, state: ImportBatch.State, failure: str) -> None:
    """Clear what a broken or cancelled run stored: the list is empty and is never called.

    `failure` is a code. A finished import is left alone.
    """
    with firm_transaction(token):
        batch = ImportBatch.objects.select_for_update(of=("self",)).get(id=batch_id)
        if batch.state == _State.FINISHED:
            return
        if batch.list_id is not None:
            clear_list(firm_id=batch.firm_id, list_id=batch.list_id, batch_id=batch.id)
            ContactList.objects.filter(firm_id=batch.firm_id, id=batch.list_id).update(
                state=ContactList.State.FAILED
            )
        for name, figure in asdict(Counts()).items():
            setattr(batch, name, figure)
        batch.state, batch.failure, batch.finished_at = state, failure[:40], timezone.now()
        batch.save()
        if state == _State.FAILED:
            append_import_entry(Event.LIST_FAILED, batch, failure=batch.failure)


def _prepare(token: str, batch_id: UUID, keyring: Keyring) -> tuple[ImportBatch, SealingPlan]:
    """Begin from nothing: clear what an earlier try left, make keys, and give the plan for the processes."""
    with firm_transaction(token):
        batch = ImportBatch.objects.select_for_update(of=("self",)).filter(id=batch_id).first()
        if batch is None or batch.list_id is None or batch.state not in (_State.QUEUED, _State.RUNNING):
            raise ImportOver
        if batch.failure:
            raise ImportCancelled
        contact_list = ContactList.objects.get(firm_id=batch.firm_id, id=batch.list_id)
        clear_list(firm_id=batch.firm_id, list_id=contact_list.id, batch_id=batch.id)
        keys = make_list_keys(contact_list, keyring)
        for name, figure in asdict(Counts()).items():
            setattr(batch, name, figure)
        batch.bytes_read, batch.state, batch.started_at = 0, _State.RUNNING, timezone.now()
        batch.save()
        asked = Column.objects.filter(firm_id=batch.firm_id, campaign_id=batch.campaign_id).exclude(
            question=""
        )
        return batch, _plan(batch, contact_list, keys, keyring, set(asked.values_list("name", flat=True)))


def _plan(
    batch: ImportBatch,
    contact_list: ContactList,
    keys: dict[str, DataKey],
    keyring: Keyring,
    asked: set[str],
) -> SealingPlan:
    chosen = from_json(batch.mapping)
    fields = [column for column in chosen if column.role != "phone"]
    compared = [
        place for place, column in enumerate(fields) if column.role in COMPARED_ROLES or column.key in asked
    ]
    return SealingPlan(
        firm_id=batch.firm_id,
        list_id=contact_list.id,
        key_version=contact_list.key_version,
        mapping=as_mapping(chosen),
        field_keys=tuple(column.key for column in fields),
        compared=tuple(compared),
        region=batch.region or None,
        possible_numbers="keep" if batch.possible_numbers == "keep" else "reject",
        number_key=keys["number"].open_bytes(),
        fields_key=keys["fields"].open_bytes(),
        answers_key=keys["answers"].open_bytes(),
        index_key=firm_index_key(keyring.index_master(), batch.firm_id).open_bytes(),
    )


def _sealed_chunks(table: Table, plan: SealingPlan, processes: int) -> Iterator[tuple[SealedChunk, int]]:
    """Yield sealed chunks in the order of the file, each with the bytes read when its rows were."""
    rows = table.rows()
    first = list(islice(rows, ROWS_PER_CHUNK))
    if len(first) < ROWS_PER_CHUNK:
        # A short list is sealed sooner than a process starts.
        if first:
            yield ChunkSealer(plan).seal(first), table.bytes_read
        return
    # Fresh interpreters: a fork would copy the database's connection and the locks of every thread.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=start_process, initargs=(plan,))
    waiting: deque[tuple[Future[SealedChunk], int]] = deque()
    try:
        chunk = first
        while chunk or waiting:
            if chunk:
                waiting.append((pool.submit(seal_in_process, chunk), table.bytes_read))
            # Enough under way to keep every process busy, few enough to keep memory flat.
            if waiting and (not chunk or len(waiting) > 2 * processes):
                future, bytes_read = waiting.popleft()
                yield future.result(), bytes_read
            chunk = list(islice(rows, ROWS_PER_CHUNK)) if chunk else []
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _blocks(chunks: Iterator[tuple[SealedChunk, int]]) -> Iterator[tuple[list[SealedChunk], int]]:
    while taken := list(islice(chunks, CHUNKS_PER_BLOCK)):
        yield [chunk for chunk, _ in taken], taken[-1][1]


def _store_block(run: _Run, before: Counts, block: list[SealedChunk], bytes_read: int) -> Counts:
    batch = run.batch
    with firm_transaction(run.token):
        stored, duplicate, suppressed, rejected = merge_chunks(
            block,
            firm_id=batch.firm_id,
            campaign_id=batch.campaign_id,
            list_id=run.list_id,
            batch_id=batch.id,
        )
        counts = replace(
            before,
            rows_in=before.rows_in + sum(chunk.rows for chunk in block),
            stored=before.stored + stored,
            duplicate=before.duplicate + duplicate,
            suppressed=before.suppressed + suppressed,
            rejected=before.rejected + rejected,
            blank=run.table.blank,
        )
        counts.check()
        _update_running(batch, bytes_read=bytes_read, **asdict(counts))
    if run.on_progress is not None:
        run.on_progress(counts, bytes_read)
    return counts


def _finish(run: _Run, before: Counts) -> Counts:
    batch, counts = run.batch, replace(before, blank=run.table.blank)
    counts.check()
    with firm_transaction(run.token):
        _update_running(
            batch,
            state=_State.FINISHED,
            finished_at=timezone.now(),
            bytes_read=run.table.bytes_read,
            encoding=run.table.encoding[:40],
            **asdict(counts),
        )
        ContactList.objects.filter(firm_id=batch.firm_id, id=run.list_id).update(
            state=ContactList.State.READY
        )
        append_import_entry(Event.LIST_IMPORTED, batch, **asdict(counts))
    return counts


def _update_running(batch: ImportBatch, **values: object) -> None:
    # A cancelled import keeps the state 'running' with its code until the worker has cleared it.
    running = ImportBatch.objects.filter(firm_id=batch.firm_id, id=batch.id, state=_State.RUNNING, failure="")
    if not running.update(**values):
        raise ImportCancelled
