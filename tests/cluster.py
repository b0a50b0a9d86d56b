"""pytest plugin, loaded before Django: one test PostgreSQL a run, its database migrated once and copied for each worker.

The tests connect with the product's own unprivileged logins. Nothing here runs a test as superuser.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_SHARED = "PYTEST_SHARED_CLUSTER"
_ROOT = Path(__file__).resolve().parent.parent


def _start() -> None:
    from dialer.runtime.testcluster import start_test_cluster
    from dialer.runtime.valkey import Valkey
    from tenants.vault.keyring import load_keyring

    folder = Path(tempfile.mkdtemp(prefix="keyhole-tests-"))
    cluster = start_test_cluster(folder)
    layer_password = load_keyring(cluster.keys, "firm").layer_password
    assert layer_password is not None
    valkey = Valkey(folder / "valkey.run.json", password=layer_password, log=folder / "log" / "valkey.log")
    valkey.start()
    _RUNNING.extend([cluster, valkey, folder])
    os.environ.update(
        {
            _SHARED: cluster.superuser_dsn(),
            "KEYHOLE_VAR": str(folder),
            "KEYHOLE_DATABASE_URL": f"postgresql://127.0.0.1:{cluster.port}/keyhole",
            "KEYHOLE_PROCESS": "firm",
            "KEYHOLE_DEMO": "0",
        }
    )
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    try:
        subprocess.run(migrate, cwd=_ROOT, env={**os.environ, "KEYHOLE_PROCESS": "owner"}, check=True)
    except BaseException:
        pytest_unconfigure()
        raise


_RUNNING: list[object] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the cluster in the process that runs or distributes the tests; workers find it in the environment."""
    if _SHARED not in os.environ:
        _start()


def pytest_unconfigure() -> None:
    """Stop what this process started, and remove its folder."""
    if not _RUNNING:
        return
    cluster, valkey, folder = _RUNNING
    _RUNNING.clear()
    valkey.stop()  # type: ignore[attr-defined]
    cluster.stop()  # type: ignore[attr-defined]
    shutil.rmtree(str(folder), ignore_errors=True)
    os.environ.pop(_SHARED, None)


def copy_database(name: str) -> None:
    """Make this worker's own database, a copy of the migrated one. The superuser is used for this alone."""
    from tenants.db.bootstrap import restrict_database

    with psycopg.connect(os.environ[_SHARED], autocommit=True) as conn:
        # Workers copy one at a time: a database that is being copied admits nobody else.
        conn.execute("select pg_advisory_lock(7)")
        conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        conn.execute(
            sql.SQL("create database {} template keyhole owner keyhole_owner").format(sql.Identifier(name))
        )
        restrict_database(conn, name)
