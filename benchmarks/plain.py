"""The peer of every figure: what a Django project does by itself, on tables of its own. Nothing of the product.

The tables are made in the figure's database by its owner; Django uses them under the login of the process.
"""

import threading
import time
from collections.abc import Callable

from django.db import connection, models

from benchmarks.stage import connect


class PlainPerson(models.Model):
    """A contact as a plain project keeps it: two sealed blobs and a keyed hash."""

    campaign = models.IntegerField()
    state = models.SmallIntegerField(default=0)
    rank = models.BigIntegerField(default=0)
    zone = models.CharField(max_length=60, default="")
    phone_hash = models.BinaryField(unique=True)
    phone = models.BinaryField()
    fields = models.BinaryField()

    class Meta:
        app_label = "benchmarks"
        indexes = [
            models.Index(fields=["campaign", "rank"], condition=models.Q(state=0), name="plain_person_next")
        ]


class PlainLease(models.Model):
    """A contact handed to an agent."""

    person = models.ForeignKey(PlainPerson, on_delete=models.PROTECT)
    agent = models.IntegerField()
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "benchmarks"


class PlainEntry(models.Model):
    """An entry of a plain audit table."""

    event = models.CharField(max_length=48)
    agent = models.IntegerField()
    person = models.IntegerField(null=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        app_label = "benchmarks"


class PlainToken(models.Model):
    """A single-use token and what it is worth."""

    token_hash = models.BinaryField(unique=True)
    phone = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "benchmarks"


def make_tables(*wanted: type[models.Model], process: str = "worker") -> None:
    """Make the tables of some of these models as the owner, for the login of a process."""
    with connection.schema_editor(collect_sql=True) as editor:
        for model in wanted:
            editor.create_model(model)
        # Deferred statements (indexes, foreign keys) are collected when the editor ends.
    with connect("owner") as conn:
        for statement in editor.collected_sql:
            conn.execute(statement.encode())
        for model in wanted:
            conn.execute(f"grant all on {model._meta.db_table} to keyhole_{process}".encode())
            conn.execute(f"grant all on sequence {model._meta.db_table}_id_seq to keyhole_{process}".encode())


def run_threads(work: Callable[[int], None], *, threads: int = 8, seconds: float) -> float:
    """Times a second that `work(thread)` is done from threads of this process, each with its own connection."""
    done = [0] * threads
    began = time.monotonic()

    def loop(number: int) -> None:
        try:
            while time.monotonic() - began < seconds:
                work(number)
                done[number] += 1
        finally:
            connection.close()

    running = [threading.Thread(target=loop, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(done) / (time.monotonic() - began)
