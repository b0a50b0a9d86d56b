"""One firm's transaction: binds the caller's token for row-level security, and lets it go at commit.

The setting names a token, not a firm: forging it needs the token itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def firm_transaction(token: str) -> Iterator[None]:
    """Run a transaction whose rows are those of the token's firm. An unknown token reads nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('keyhole.token', %s, true)", [token])
        yield
