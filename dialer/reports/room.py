"""Settings for one grouped query over a month of the record: its sums are hashed, not sorted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

# The groups of a month are a few thousand; the planner expects as many as there are rows, and would sort them all.
_SETTINGS: Final = {"work_mem": "64MB", "enable_sort": "off", "enable_incremental_sort": "off"}


@contextmanager
def sorting_room() -> Iterator[None]:
    """Have the running transaction's queries hash their groups for a while. It never outlasts the transaction."""
    with connection.cursor() as cursor:
        before = {}
        for name, value in _SETTINGS.items():
            cursor.execute("select current_setting(%s), set_config(%s, %s, true)", [name, name, value])
            before[name] = cursor.fetchone()[0]
    yield
    with connection.cursor() as cursor:
        for name, value in before.items():
            cursor.execute("select set_config(%s, %s, true)", [name, value])
