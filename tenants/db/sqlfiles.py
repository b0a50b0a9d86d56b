"""Loads the SQL files of an app into migrations: a migration is one line that names its file.

A file is run whole and as it stands: no parameters, so `%` and `$1` in a function's body mean themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.db.migrations import RunSQL

_PACKAGES: Final = Path(__file__).resolve().parent.parent.parent


def load_sql(app: str, name: str) -> RunSQL:
    """The operation that runs `<app>/sql/<name>.up.sql`, and `.down.sql` when it is taken back.

    Raises: FileNotFoundError when either file is missing.
    """
    folder = _PACKAGES / app / "sql"
    return RunSQL(
        sql=(folder / f"{name}.up.sql").read_text(encoding="utf-8"),
        reverse_sql=(folder / f"{name}.down.sql").read_text(encoding="utf-8"),
    )
