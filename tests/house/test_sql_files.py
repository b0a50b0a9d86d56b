"""Every SQL file goes up and down: they come in pairs, say what they keep, and taking them back leaves nothing."""

import os
import subprocess
import sys

import psycopg
import pytest
from psycopg import sql

from tests.cluster import copy_database
from tests.conftest import Database
from tests.house.files import PACKAGES, ROOT, files, name_of

SCRATCH = "keyhole_test_scratch"


def test_files_come_in_pairs() -> None:
    names = {name_of(path) for path in files(".sql", under=PACKAGES) if "/sql/" in name_of(path)}
    ups = {name.removesuffix(".up.sql") for name in names if name.endswith(".up.sql")}
    downs = {name.removesuffix(".down.sql") for name in names if name.endswith(".down.sql")}
    assert ups == downs
    assert len(ups) + len(downs) == len(names) > 20


def test_every_file_opens_with_what_it_keeps() -> None:
    silent = [
        name_of(path)
        for path in files(".up.sql", under=PACKAGES)
        if not path.read_text(encoding="utf-8").startswith("-- ")
    ]
    assert silent == []


def test_every_file_is_loaded_by_a_migration() -> None:
    loaded = "".join(
        path.read_text(encoding="utf-8")
        for path in files(".py", under=PACKAGES)
        if "/migrations/" in name_of(path)
    )
    for path in files(".up.sql", under=PACKAGES):
        assert f'"{path.name.removesuffix(".up.sql")}"' in loaded, path.name


def contents(dsn: str) -> set[tuple[str, str]]:
    """Everything that lies in the schema: relations, functions and types by name, and policies."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        rows = conn.execute(
            "select 'relation', relname::text from pg_class where relnamespace = 'public'::regnamespace"
            " union select 'function', oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace"
            " union select 'policy', polname || ' on ' || polrelid::regclass from pg_policy"
        ).fetchall()
    return {(str(kind), str(name)) for kind, name in rows}


@pytest.mark.full
def test_taken_back_nothing_is_left_and_put_again_it_is_the_same(database: Database) -> None:
    def migrate(*target: str) -> None:
        said = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target],
            cwd=ROOT,
            env={
                **os.environ,
                "KEYHOLE_PROCESS": "owner",
                "KEYHOLE_DATABASE_URL": os.environ["KEYHOLE_DATABASE_URL"].rsplit("/", 1)[0] + f"/{SCRATCH}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr[-3000:]

    copy_database(SCRATCH)
    scratch = Database(SCRATCH)
    before = contents(scratch.dsn("owner"))
    assert ("function", "tenants_current_firm()") in before
    try:
        for app in ("dialer", "campaigns", "tenants"):
            migrate(app, "zero")
        left = {
            name
            for _, name in contents(scratch.dsn("owner"))
            if name.startswith(("tenants", "campaigns", "dialer", "keyhole"))
        }
        assert left == set()
        migrate()
        assert contents(scratch.dsn("owner")) == before
    finally:
        with database.connect("owner") as conn:
            conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(SCRATCH)))
