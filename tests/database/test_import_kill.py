"""A worker killed in the middle of an import: no half list is ever called, and the next try makes it whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from campaigns.importing.errors import ImportBusy
from campaigns.importing.leave import turn
from campaigns.importing.services import Upload, start_import, take_upload
from campaigns.importing.spooling import open_reader, open_writer, spool_path
from tenants.db.firm import firm_transaction
from tenants.db.functions import call
from tenants.db.ids import new_id
from tenants.identity.actor import Actor
from tests.database.importing import fiction, people, rows_of, run_job, write_list
from tests.world import World

Surface = Callable[[str], None]
ROWS = 200
ROOT = Path(__file__).resolve().parents[2]

# A worker that stops for ever half way, with blocks committed behind it.
STUCK_WORKER = """
import sys, time, django
django.setup()
from types import SimpleNamespace
from campaigns.importing import jobs, pipeline
pipeline.ROWS_PER_CHUNK, pipeline.CHUNKS_PER_BLOCK = 20, 1
real, stored = pipeline._store_block, []
def store(*args):
    if len(stored) == 3:
        print("half", flush=True)
        time.sleep(600)
    stored.append(real(*args))
    return stored[-1]
pipeline._store_block = store
jobs.import_list.func(SimpleNamespace(job=SimpleNamespace(attempts=1)), sys.argv[1])
"""


@pytest.fixture
def queued(world: World, surface: Surface, tmp_path: Path) -> UUID:
    """An uploaded list that waits for the worker, made by the manager through the firm's services."""
    surface("firm")
    campaign = world.campaign()
    token = world.token(world.alder.people["manager"])
    batch_id = new_id()
    path = write_list(tmp_path / "list.csv", people(range(ROWS)))
    with open_writer(batch_id, settings.KEYRING) as writer:
        writer.write(path.read_bytes())
    upload = Upload(batch_id, "list.csv", path.stat().st_size, "List", "US")
    with firm_transaction(token):
        actor = Actor.from_row(call("tenants_load_person_v1", token, "firm"), address=None, device="")
        with open_reader(batch_id, settings.KEYRING) as stream:
            take_upload(actor=actor, campaign_id=campaign, upload=upload, stream=stream)
        start_import(actor=actor, batch_id=batch_id)
    surface("worker")
    return batch_id


def kill_half_way(world: World, batch_id: UUID) -> None:
    """Run the job in a process of its own and kill it when half of the list is stored."""
    base = settings.DATABASES["default"]
    environment = {
        **os.environ,
        "KEYHOLE_PROCESS": "worker",
        "DJANGO_SETTINGS_MODULE": "dialer.settings",
        "KEYHOLE_DATABASE_URL": f"postgresql://{base['HOST']}:{base['PORT']}/{world.database.name}",
    }
    command = [sys.executable, "-c", STUCK_WORKER, str(batch_id)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "half"
        with pytest.raises(ImportBusy), turn(batch_id):
            pass
        os.kill(child.pid, signal.SIGKILL)
    wait_for_turn(batch_id)


def wait_for_turn(batch_id: UUID) -> None:
    """Wait until the database has noticed that the killed worker is gone; the queue's next try comes later still."""
    until = time.monotonic() + 60
    while True:
        try:
            with turn(batch_id):
                return
        except ImportBusy:
            assert time.monotonic() < until, "the killed worker's lock stayed"
            time.sleep(0.05)


def test_a_killed_import_is_never_half_a_list_and_is_whole_after_the_next_try(
    world: World, queued: UUID
) -> None:
    kill_half_way(world, queued)
    # The control: it really was in the middle.
    assert rows_of(world, "select count(*) from campaigns_contact") == [(60,)]
    assert rows_of(world, "select state from campaigns_contactlist") == [("importing",)]
    with world.database.connect("worker") as worker:
        worker.execute("select dialer_enqueue_lists_v1()")
    assert rows_of(world, "select 1 from dialer_queue") == []

    run_job(queued, attempts=2)
    figures = rows_of(world, "select state, rows_in, stored, duplicate, rejected from campaigns_importbatch")
    assert figures == [("finished", ROWS, ROWS, 0, 0)]
    assert rows_of(world, "select count(*) from campaigns_contact") == [(ROWS,)]
    assert rows_of(world, "select count(*), count(distinct number_index) from campaigns_contactnumber") == [
        (ROWS, ROWS)
    ]
    assert rows_of(world, "select count(*) from campaigns_listkey") == [(3,)]
    assert rows_of(world, "select state from campaigns_contactlist") == [("ready",)]
    assert not spool_path(queued).exists()
    assert rows_of(world, "select count(*) from tenants_entry where event = 'campaigns:list:imported'") == [
        (1,)
    ]


def test_a_killed_import_whose_file_is_gone_is_cleared_and_said(world: World, queued: UUID) -> None:
    kill_half_way(world, queued)
    spool_path(queued).unlink()
    run_job(queued, attempts=2)
    assert rows_of(world, "select state, failure, stored from campaigns_importbatch") == [
        ("failed", "upload_gone", 0)
    ]
    assert rows_of(world, "select 1 from campaigns_contact") == []
    assert rows_of(world, "select 1 from campaigns_contactnumber") == []


def test_the_waiting_file_is_sealed(queued: UUID) -> None:
    clear = spool_path(queued).read_bytes()
    assert b"Person1" not in clear
    assert fiction(1).encode() not in clear
    # The control: it opens for the worker, and the words are in it.
    with open_reader(queued, settings.KEYRING) as stream:
        assert b"Person1" in stream.read(4096)


def test_an_import_that_nobody_works_on_is_found_again(world: World, queued: UUID) -> None:
    kill_half_way(world, queued)
    with world.definer() as conn:
        conn.execute("delete from procrastinate_jobs")
        conn.execute("update campaigns_importbatch set created_at = now() - interval '1 minute'")
    with world.database.connect("worker") as worker:
        assert worker.execute("select * from campaigns_find_lost_imports_v1()").fetchall() == [(queued,)]
        with turn(queued):
            assert worker.execute("select * from campaigns_find_lost_imports_v1()").fetchall() == []
        run_job(queued)
        assert worker.execute("select * from campaigns_find_lost_imports_v1()").fetchall() == []
