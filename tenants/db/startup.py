"""The check each process makes before it serves: that its login can do no more than its work needs.

It must never let a process start on a doubt: a check that cannot be made is a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from tenants.db.roles import LOGINS


class LoginRightsError(RuntimeError):
    """The login may do too much, so the process does not start; the text says what to change."""


class Connection(Protocol):
    """What is needed of a connection: psycopg's and Django's both have it."""

    def cursor(self) -> Any:
        """A cursor that is a context manager."""


_REASONS: Final = {
    "superuser": "it is a superuser, whom row-level security does not hold",
    "bypassrls": "it has BYPASSRLS, so firms could be read across",
    "createrole": "it may make roles",
    "createdb": "it may make databases",
    "replication": "it may copy the whole server by replication",
    "member": "it is a member of the role {detail}",
    "owner": "it owns {detail}, and an owner can take off every guard",
    "create": "it may make objects in the schema {detail}",
    "table": "it holds rights on {detail}; this login may only call functions",
    "unguarded": "it can reach {detail}, whose row-level security is not forced",
    "secret": "it can read {detail}",
}
_LEAKS: Final = {
    "leak_temporary": "it may make temporary tables in {detail}",
    "leak_counts": "it can read how many rows each table has (no row), as PostgreSQL's catalogs are open",
    "leak_database": "it can enter the database {detail}, where the server's statistics can be read",
}
# undefined_function and insufficient_privilege.
_NOT_MIGRATED: Final = {"42883", "42501"}
_REMEDY: Final = "Run `python manage.py bootstrap` with a superuser of PostgreSQL, then start again."


def check_login_rights(conn: Connection, *, process: str) -> list[str]:
    """Check the login of `conn` for `process` and return what leaks without being a reason to stop, in words.

    The owner's login serves nobody, so it is only refused as a superuser.

    Raises: LoginRightsError when the login may do more than the process needs, or the check cannot be made.
    """
    with conn.cursor() as cursor:
        cursor.execute("SELECT session_user, current_setting('is_superuser')")
        user, is_superuser = cursor.fetchone()
        if is_superuser == "on":
            raise LoginRightsError(_refusal(process, [_REASONS["superuser"]]))
        if user != LOGINS[process].name:
            raise LoginRightsError(
                f"The {process} process signed in to PostgreSQL as {user}, not as {LOGINS[process].name}. "
                "It was not started. Give it its own key file."
            )
        if process == "owner":
            return []
        faults = _ask(cursor)
    reasons = [_words(_REASONS, fault, detail) for fault, detail in faults if not fault.startswith("leak")]
    if reasons:
        raise LoginRightsError(_refusal(process, reasons))
    return [
        f"The {process} login leaks: {_words(_LEAKS, fault, detail)}. {_REMEDY}"
        for fault, detail in faults
        if fault.startswith("leak")
    ]


def _ask(cursor: Any) -> list[tuple[str, str]]:
    try:
        cursor.execute("SELECT fault, detail FROM tenants_check_login_v2()")
    except Exception as error:
        # Django wraps the driver's error; the code is on one or the other.
        if {getattr(error, "sqlstate", None), getattr(error.__cause__, "sqlstate", None)} & _NOT_MIGRATED:
            raise LoginRightsError(
                "The database does not have Keyhole's functions yet, so the login cannot be checked. "
                "The process was not started. Run `python manage.py migrate`, then start again."
            ) from error
        raise
    return [(str(fault), str(detail)) for fault, detail in cursor.fetchall()]


def _words(table: Mapping[str, str], fault: str, detail: str) -> str:
    # A newer database may know a fault that this version has no words for.
    return table.get(fault, f"{fault} {{detail}}").format(detail=detail)


def _refusal(process: str, reasons: list[str]) -> str:
    shown = "; ".join(reasons[:5])
    return f"The {process} process was not started, because its login may do too much: {shown}. {_REMEDY}"
