"""A record that cannot be written, and what an act left behind: for the tests that nothing happens without its entry."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from tests.world import World

# The page state of a browser is kept whoever it is; being signed in is not.
_SELECTED = {"tenants_session": "where stage = 2"}
# Failures of an address, and the migrations.
_APART = ("django_migrations", "tenants_address_failure", "tenants_sequencer")


@contextmanager
def broken_record(world: World, way: str) -> Iterator[None]:
    """While this lasts no entry can be inserted: the right is gone, or the table takes no row."""
    breaking, mending = {
        "no_right": (
            "revoke insert on tenants_entry from keyhole_definer",
            "grant insert on tenants_entry to keyhole_definer",
        ),
        "refused_row": (
            "alter table tenants_entry add constraint broken check (false) not valid",
            "alter table tenants_entry drop constraint broken",
        ),
    }[way]
    with world.database.connect("owner") as conn:
        conn.execute(breaking)
        try:
            yield
        finally:
            conn.execute(mending)


def everything(world: World) -> dict[str, str]:
    """A digest of each table's rows, as the functions' owner reads them."""
    with world.database.connect("owner") as conn:
        names = [
            str(name)
            for (name,) in conn.execute(
                "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
            ).fetchall()
            if name not in _APART
        ]
        conn.execute("set role keyhole_definer")
        found = {}
        for name in names:
            query = sql.SQL("select t::text from {} t " + _SELECTED.get(name, "") + " order by 1")
            rows = conn.execute(query.format(sql.Identifier(name))).fetchall()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def changes(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Tables whose rows are others now."""
    return {name for name in before | after if before.get(name) != after.get(name)}
