"""Assembles one instance: servers, then the database made ready, then the five processes.

It must never migrate with a login that serves requests: that is the owner's, in a process of its own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg

from dialer.env import REPOSITORY, Env
from dialer.runtime.address import postgres_data
from dialer.runtime.child import ServerError
from dialer.runtime.folders import RunFile, make_closed_folder, refuse_taken_port
from dialer.runtime.lock import hold_lock
from dialer.runtime.passwords import superuser_password
from dialer.runtime.postgres import Postgres
from dialer.runtime.services import command, process_environment, surface
from dialer.runtime.supervisor import Say, Supervisor, run_step
from dialer.runtime.valkey import Valkey
from tenants.db.bootstrap import bootstrap, read_credentials
from tenants.db.roles import DATABASE
from tenants.vault.keyring import create_keyrings, load_keyring
from tenants.vault.sealed import SealedText

_APPS: Final = ("tenants", "campaigns", "dialer")


async def run_instance(env: Env, *, demo: bool, say: Say, servers_only: bool = False) -> None:
    """Run until SIGINT or SIGTERM. `demo` fills an empty database with the example firm.

    Raises: ServerError, BootstrapError, KeyFileError when something does not start; the rest is stopped.
    """
    # Closed before anything is written into it, whoever made it.
    make_closed_folder(env.var, None)
    with hold_lock(env.var):
        if not servers_only:
            for port in (env.firm_port, env.agent_port):
                refuse_taken_port(port, host=env.host)
        create_keyrings(env.keys)
        supervisor = Supervisor(say=say)

        async def start(supervisor: Supervisor) -> None:
            await _start_servers(env, supervisor, demo=demo, say=say)
            if servers_only:
                say("The servers are ready. Stop with Ctrl-C.")
            else:
                await _start_processes(env, supervisor, demo=demo, say=say)

        await supervisor.run(start)


async def _start_servers(env: Env, supervisor: Supervisor, *, demo: bool, say: Say) -> None:
    postgres = None
    if env.database_url is None:
        log = env.log / "postgres.log"
        postgres = Postgres(
            postgres_data(env),
            port=env.postgres_port,
            superuser_password=superuser_password(env.keys),
            log=log,
        )
        say("Starting PostgreSQL." if postgres_data(env).exists() else "Making the database.")
        await supervisor.add("PostgreSQL", postgres, log=log)
    if env.layer_url is None:
        log = env.log / "valkey.log"
        await supervisor.add(
            "Valkey", Valkey(env.var / "valkey.run.json", password=_layer_password(env), log=log), log=log
        )
    await _prepare(env, postgres, demo=demo, say=say)


async def _start_processes(env: Env, supervisor: Supervisor, *, demo: bool, say: Say) -> None:
    say("Starting the firm surface, the agent surface, the gateway, the worker and the ledger.")
    await supervisor.add("The firm surface", surface(env, "firm", demo=demo), log=env.log / "firm.log")
    await supervisor.add("The agent surface", surface(env, "agent", demo=demo), log=env.log / "agent.log")
    await supervisor.add("The gateway", command(env, "gateway", demo=demo), log=env.log / "gateway.log")
    await supervisor.add("The worker", command(env, "worker", demo=demo), log=env.log / "worker.log")
    await supervisor.add("The ledger", command(env, "ledger", demo=demo), log=env.log / "ledger.log")
    say(f"Keyhole is ready. Firm: {env.firm_url}/   Agents: {env.agent_url}/   Stop with Ctrl-C.")


async def _prepare(env: Env, postgres: Postgres | None, *, demo: bool, say: Say) -> None:
    """Roles, tables and the example firm, skipping what was done before for the same database and files."""
    stamp = RunFile(env.var / "migrated.json")
    wanted = {"files": _hash_of_migrations(), "database": "", "demo": demo}
    if postgres is not None:
        report = bootstrap(postgres.superuser_dsn(), credentials=read_credentials(env.keys))
        for warning in report.warnings:
            say(warning)
        wanted["database"] = _identity(postgres)
        if stamp.read() == wanted:
            return
    say("Bringing the tables up to date.")
    await _manage(env, "migrate", "--no-input", "--verbosity", "1", demo=demo)
    if demo:
        say("Filling in the example firm.")
        await _manage(env, "seed_demo", demo=demo, process="firm")
    stamp.write(wanted)


async def _manage(env: Env, *arguments: str, demo: bool, process: str = "owner") -> None:
    await run_step(
        [sys.executable, str(REPOSITORY / "manage.py"), *arguments],
        env=process_environment(process, demo=demo),
        cwd=REPOSITORY,
        log=env.log / "owner.log",
    )


def _layer_password(env: Env) -> SealedText:
    password = load_keyring(env.keys, "agent").layer_password
    if password is None:
        raise ServerError(
            "The key file of the agent surface holds no password for the channel layer. Nothing was started."
        )
    return password


def _identity(postgres: Postgres) -> str:
    # A folder that was removed and made again must not pass for the one that was migrated.
    with psycopg.connect(postgres.superuser_dsn(DATABASE)) as conn:
        row = conn.execute(
            "SELECT s.system_identifier || '/' || d.oid FROM pg_control_system() s, pg_database d "
            "WHERE d.datname = current_database()"
        ).fetchone()
    return str(row[0]) if row else ""


def _hash_of_migrations() -> str:
    digest = hashlib.sha256()
    for path in _migration_files():
        digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _migration_files() -> Iterator[Path]:
    # The pinned packages bring migrations of their own.
    yield REPOSITORY / "requirements.txt"
    for app in _APPS:
        yield from sorted((REPOSITORY / app / "migrations").glob("*.py"))
        yield from sorted((REPOSITORY / app / "sql").glob("*.sql"))
