"""The worker's leave to act in one firm for one import, and its turn: one process at a time has a batch."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from uuid import UUID

from django.db import connection

from campaigns.importing.errors import ImportBusy
from tenants.db.functions import call


def take_leave(batch_id: UUID) -> str | None:
    """Return a token for the batch's firm, None when the batch does not wait for the worker."""
    token = secrets.token_urlsafe(32)
    return token if call("campaigns_start_import_v1", batch_id, _hash(token)) else None


def extend_leave(batch_id: UUID, token: str) -> None:
    """Make the token last another hour while the import runs."""
    call("campaigns_extend_import_v1", batch_id, _hash(token))


def give_back_leave(token: str) -> None:
    """Forget the token."""
    call("campaigns_end_import_v1", _hash(token))


@contextmanager
def turn(batch_id: UUID) -> Iterator[None]:
    """Hold the batch against other processes, by a lock that the database drops when this process dies.

    Raises: ImportBusy when another process holds it.
    """
    # Held by the session, not by a transaction: an import is many transactions.
    key = int.from_bytes(batch_id.bytes[8:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise ImportBusy
    try:
        yield
    finally:
        # A connection that broke has dropped its locks already.
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [key])


def _hash(token: str) -> bytes:
    return sha256(token.encode("ascii")).digest()
