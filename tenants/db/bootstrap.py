"""Makes roles, logins and databases and closes the catalogs: the one step that needs a privileged login.

Running it again repairs what was changed. No password may appear in SQL text: the server is given verifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tenants.db.roles import CATALOG, DATABASE, DEFINER, FUNCTIONS_ONLY, LOGINS, PRUNER, TEMPLATE, Login
from tenants.vault.keyring import load_keyring
from tenants.vault.sealed import SealedText

OLDEST_SERVER: Final = 150000

_CLOSE_CATALOG: Final = Path(__file__).with_name("close_catalog.sql")
_CLOSE_DATABASE: Final = Path(__file__).with_name("close_database.sql")
# Any number will do, as long as every bootstrap takes the same.
_LOCK: Final = 7_305_301_846

Connection = psycopg.Connection[tuple[object, ...]]


class BootstrapError(RuntimeError):
    """The database could not be prepared; the text says what happened and what to do next."""


@dataclass(slots=True)
class Report:
    """What a bootstrap did: whether the database is new, and in words what it could not close."""

    is_new: bool = False
    warnings: list[str] = field(default_factory=list)


def read_credentials(keys: Path) -> dict[str, SealedText]:
    """The password of each login by process name, from the key files.

    Raises: KeyFileError when a file is missing or not as it should be.
    """
    return {process: load_keyring(keys, process).login_password for process in LOGINS}


def bootstrap(
    superuser_dsn: str,
    *,
    credentials: Mapping[str, SealedText],
    database: str = DATABASE,
    is_test: bool = False,
) -> Report:
    """Bring roles, passwords, the template and `database` to what they should be.

    `is_test` lets the owner make databases and lifts the limits on connections.

    Raises: BootstrapError when the server is too old or the login may not do this.
    """
    report = Report()
    try:
        with _connect(superuser_dsn) as conn:
            _check_server(conn, report)
            conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            for process, login in LOGINS.items():
                _make_login(conn, login, credentials[process], is_test=is_test)
            _make_roles(conn)
            _close_other_databases(conn, report, own=database)
            _make_database(conn, TEMPLATE, source="template0", owner=None)
            _close(superuser_dsn, TEMPLATE)
            conn.execute(_compose("ALTER DATABASE {} IS_TEMPLATE true", TEMPLATE))
            report.is_new = _make_database(conn, database, source=TEMPLATE, owner=LOGINS["owner"].name)
            restrict_database(conn, database)
            _close(superuser_dsn, database)
    except psycopg.errors.InsufficientPrivilege as error:
        raise BootstrapError(
            "This login may not make roles and databases. What was already there is as it was. "
            "Run the command with a superuser of the PostgreSQL server, once."
        ) from error
    return report


def restrict_database(conn: Connection, database: str) -> None:
    """Let only the product's logins into `database`, and only some make temporary tables there.

    The owner of a database may call this: the rights on a database are not copied from its template.
    """
    names = [login.name for login in LOGINS.values()]
    temporary = [login.name for login in LOGINS.values() if login.makes_temporary_tables]
    conn.execute(_compose("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    conn.execute(_compose("GRANT CONNECT ON DATABASE {} TO {}", database, names))
    conn.execute(_compose("GRANT TEMPORARY ON DATABASE {} TO {}", database, temporary))


def _compose(text: LiteralString, *names: str | list[str]) -> sql.Composed:
    parts = [
        sql.SQL(", ").join(map(sql.Identifier, name)) if isinstance(name, list) else sql.Identifier(name)
        for name in names
    ]
    return sql.SQL(text).format(*parts)


@contextmanager
def _connect(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        yield conn


def _is_superuser(conn: Connection) -> bool:
    return conn.info.parameter_status("is_superuser") == "on"


def _check_server(conn: Connection, report: Report) -> None:
    if conn.info.server_version < OLDEST_SERVER:
        raise BootstrapError("Keyhole needs PostgreSQL 15 or newer. Nothing was changed on this server.")
    if not _is_superuser(conn):
        report.warnings.append(
            "This login is not a superuser, so PostgreSQL's own catalogs stay open: "
            "the agent surface can read how many rows each table has, but no row."
        )
        return
    # Failing statements of this session must not be written to the server's log with their text.
    conn.execute("SET log_min_error_statement = panic")
    conn.execute("SET log_statement = none")


def _make_login(conn: Connection, login: Login, password: SealedText, *, is_test: bool) -> None:
    _make_role(conn, login.name)
    verifier = conn.pgconn.encrypt_password(
        password.open_text().encode(), login.name.encode(), b"scram-sha-256"
    )
    can_create = "CREATEDB" if is_test and login is LOGINS["owner"] else "NOCREATEDB"
    conn.execute(
        sql.SQL("ALTER ROLE {} LOGIN {} {} CONNECTION LIMIT {} PASSWORD {}").format(
            sql.Identifier(login.name),
            sql.SQL("INHERIT" if login.reads_catalog else "NOINHERIT"),
            sql.SQL(can_create),
            sql.Literal(-1 if is_test else login.connections),
            sql.Literal(verifier.decode()),
        )
    )
    # A login may change its own defaults, for every later session of it: start from none.
    conn.execute(_compose("ALTER ROLE {} RESET ALL", login.name))
    for name, value in _defaults(login).items():
        conn.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(login.name), sql.Identifier(name), sql.Literal(value)
            )
        )


def _defaults(login: Login) -> dict[str, str]:
    # Whatever these logins' functions read they find by an index. Statistics of tables that were still empty, or that
    # an old snapshot keeps from being cleaned, would have them read whole tables instead.
    narrow = dict.fromkeys(("enable_seqscan", "enable_bitmapscan", "enable_sort"), "off")
    return {
        **(narrow if login.name.removeprefix("keyhole_") in FUNCTIONS_ONLY else {}),
        "synchronous_commit": "on",
        "search_path": "public",
        "timezone": "UTC",
        "statement_timeout": f"{login.statement_s}s",
        "lock_timeout": f"{login.lock_s}s",
        "idle_in_transaction_session_timeout": f"{login.idle_s}s",
    }


def _make_role(conn: Connection, name: str) -> None:
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        conn.execute(_compose("CREATE ROLE {} NOLOGIN", name))
    found = conn.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s",
        (name,),
    ).fetchone()
    # Only a superuser may name these attributes, and a role made here has none of them.
    if found is not None and any(found):
        conn.execute(
            _compose("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB", name)
        )


def _make_roles(conn: Connection) -> None:
    for name in (DEFINER, CATALOG, PRUNER):
        _make_role(conn, name)
    readers = [login.name for login in LOGINS.values() if login.reads_catalog]
    closed = [login.name for login in LOGINS.values() if not login.reads_catalog]
    everyone = [login.name for login in LOGINS.values()]
    conn.execute(_compose("REVOKE {} FROM {}", CATALOG, closed))
    conn.execute(_compose("GRANT {} TO {}", CATALOG, [*readers, DEFINER]))
    served = [name for name in everyone if name != "keyhole_owner"]
    conn.execute(_compose("REVOKE {} FROM {}", [DEFINER, PRUNER], served))
    if not _is_superuser(conn):
        # Who may make roles may not act for them until it is a member.
        conn.execute(_compose("GRANT {} TO CURRENT_USER", [LOGINS["owner"].name, DEFINER, PRUNER]))
    # The owner gives its functions to the definer and the pruner, and replaces them later.
    conn.execute(_compose("GRANT {} TO {}", [DEFINER, PRUNER], LOGINS["owner"].name))


def _make_database(conn: Connection, name: str, *, source: str, owner: str | None) -> bool:
    if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None:
        return False
    conn.execute(_compose("CREATE DATABASE {} TEMPLATE {}", name, source))
    if owner is not None:
        conn.execute(_compose("ALTER DATABASE {} OWNER TO {}", name, owner))
    else:
        conn.execute(_compose("REVOKE ALL ON DATABASE {} FROM PUBLIC", name))
    return True


def _close(superuser_dsn: str, database: str) -> None:
    # `make_conninfo` keeps the password out of any text that is shown.
    with _connect(make_conninfo(superuser_dsn, dbname=database)) as conn:
        if _is_superuser(conn):
            conn.execute(_CLOSE_CATALOG.read_bytes())
        conn.execute(_CLOSE_DATABASE.read_bytes())


def _close_other_databases(conn: Connection, report: Report, *, own: str) -> None:
    # Statistics of the whole server can be read in any database that lets a login in.
    if not _is_superuser(conn):
        return
    conn.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
    found = conn.execute(
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datname = ANY(%s) "
        "AND has_database_privilege(%s, oid, 'CONNECT') ORDER BY datname",
        ([own, TEMPLATE], LOGINS["agent"].name),
    ).fetchall()
    report.warnings.extend(
        f"The database {name} on this server lets every login in, so the agent surface could "
        "read the server's statistics there. Revoke CONNECT on it from PUBLIC, or give Keyhole "
        "a server of its own."
        for (name,) in found
    )
