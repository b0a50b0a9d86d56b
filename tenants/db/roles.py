"""The roles of the database: which logins exist and what each is held to.

Pure description; `bootstrap` makes it so. No role here may be a superuser or pass row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DATABASE: Final = "keyhole"
TEMPLATE: Final = "keyhole_template"

# Owns the SECURITY DEFINER functions; nobody can sign in as it.
DEFINER: Final = "keyhole_definer"
# Holds what was taken from PUBLIC in the catalogs, for the roles that may look there.
CATALOG: Final = "keyhole_catalog"
# Owns the one function that lets go of old entries; nobody can sign in as it.
PRUNER: Final = "keyhole_pruner"


@dataclass(frozen=True, slots=True)
class Login:
    """One process's login. Times in seconds, 0 for none; `connections` is the most it may open at once."""

    name: str
    connections: int
    statement_s: int
    idle_s: int
    lock_s: int
    reads_catalog: bool
    makes_temporary_tables: bool


LOGINS: Final[Mapping[str, Login]] = {
    login.name.removeprefix("keyhole_"): login
    for login in (
        Login("keyhole_owner", 20, 0, 600, 30, reads_catalog=True, makes_temporary_tables=True),
        # COPY is refused on tables with row-level security, so rows go through a temporary table.
        Login("keyhole_firm", 60, 30, 60, 10, reads_catalog=True, makes_temporary_tables=True),
        Login("keyhole_agent", 60, 10, 15, 5, reads_catalog=False, makes_temporary_tables=False),
        Login("keyhole_gateway", 20, 10, 15, 5, reads_catalog=False, makes_temporary_tables=False),
        Login("keyhole_worker", 30, 600, 300, 30, reads_catalog=True, makes_temporary_tables=True),
        # It puts entries in order, of which there may be millions at once after a restore.
        Login("keyhole_ledger", 5, 900, 60, 30, reads_catalog=False, makes_temporary_tables=False),
    )
}

# Processes that hold no privilege on any table: they call functions and nothing else.
FUNCTIONS_ONLY: Final = frozenset({"agent", "gateway", "ledger"})
