"""Arbitrary SQL in the hands of a login that was taken over, and a desk to try it from. Holds no assertion."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from tests.world import House, World, call_as

# What a refusal of the database looks like: no right, no such thing for this login, or nobody behind the token.
REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.FeatureNotSupported,
)


def is_refused(conn: Any, statement: Any, params: Sequence[Any] = ()) -> bool:
    """Whether the database refuses a statement for want of a right. Any other outcome counts as done."""
    try:
        conn.execute(statement, params or None)
    except REFUSALS:
        return True
    except psycopg.Error as error:
        return error.sqlstate == "KH001"
    finally:
        conn.rollback() if not conn.autocommit else None
    return False


def relations(world: World) -> list[tuple[str, bool]]:
    """Every table, view and sequence of the schema, as the owner lists them, and whether it is a sequence."""
    with world.database.connect("owner") as conn:
        rows = conn.execute(
            "select relname, relkind = 'S' from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('r', 'v', 'm', 'f', 'p', 'S') order by 1"
        ).fetchall()
    return [(str(name), bool(is_sequence)) for name, is_sequence in rows]


def firm_tables(world: World) -> list[str]:
    """Every table with a firm's own rows."""
    with world.database.connect("owner") as conn:
        rows = conn.execute(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'firm_id'"
            " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not a.attisdropped order by 1"
        ).fetchall()
    return [str(name) for (name,) in rows]


def functions(world: World) -> list[tuple[str, str, list[str]]]:
    """Every function of ours: name, its call with nulls of its types, and the logins that may execute it."""
    with world.database.connect("owner") as conn:
        rows = conn.execute(
            "select p.proname, format('%I(%s)', p.proname, (select string_agg('null::' || format_type(t, null), ', '"
            " order by n) from unnest(p.proargtypes::oid[]) with ordinality x (t, n))),"
            " array(select r.rolname::text from pg_roles r where r.rolname in ('keyhole_agent', 'keyhole_gateway',"
            " 'keyhole_firm', 'keyhole_worker') and has_function_privilege(r.oid, p.oid, 'execute'))"
            " from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'"
            " and p.proname ~ '^(tenants|campaigns|dialer)_' order by 1, 2"
        ).fetchall()
    return [(str(name), str(call), [str(r) for r in roles]) for name, call, roles in rows]  # type: ignore[attr-defined]


@dataclass
class Desk:
    """An agent's desk as seen by somebody who holds the agent's token and the surface's login."""

    world: World
    token: str
    campaign: UUID
    contacts: list[UUID]

    def call(self, name: str, *args: Any, login: str = "agent") -> Any:
        """Call a function in a transaction of its own."""
        with self.world.database.connect(login) as conn:
            return call_as(conn, name, *args)

    def act(self, name: str, *args: Any) -> Any:
        """Call a function with the agent's token."""
        return self.call(name, self.token, *args)

    def reserve(self) -> Any:
        """Go ready if need be and ask for the next person."""
        self.act("dialer_go_ready_v1")
        return self.act("dialer_reserve_contact_v1")

    def dial(self) -> str:
        """Ask for a call and return the dial token."""
        token = secrets.token_urlsafe(24)
        said = self.act("dialer_request_dial_v1", hashlib.sha256(token.encode()).digest())
        assert said["ok"], said
        return token

    def redeem(self, token: str) -> UUID | None:
        """Use a dial token as the gateway and return the attempt."""
        with self.world.database.connect("gateway") as conn:
            row = conn.execute("select attempt_id from dialer_redeem_token_v1(%s)", [token]).fetchone()
        return UUID(str(row[0])) if row else None

    def answer(self) -> UUID:
        """Bring a call to where the two talk."""
        attempt = self.redeem(self.dial())
        assert attempt is not None
        for event in ("ringing", "answered"):
            self.event(attempt, event)
        return attempt

    def check(self, column: str, digest: bytes) -> Any:
        """Check an answer of the person and return how it went, or why it was not taken."""
        taken = self.act("dialer_check_answer_v2", column, digest)
        return self.act("dialer_read_answer_v1") if taken["ok"] else taken

    def event(self, attempt: UUID, event: str) -> Any:
        """Tell an event of a call as the gateway."""
        return self.call("dialer_record_event_v1", attempt, event, None, login="gateway")

    def finish(self, kind: str, **callback: Any) -> Any:
        """Record an outcome of a kind."""
        chosen = next(d["id"] for d in self.act("dialer_load_desk_v1")["dispositions"] if d["kind"] == kind)
        at, own = callback.get("at"), callback.get("own", False)
        return self.act("dialer_record_outcome_v1", chosen, at, own, None, None)

    def finish_call(self, kind: str = "reached", **callback: Any) -> Any:
        """Make the whole call and record its outcome."""
        self.event(self.answer(), "ended_answered")
        return self.finish(kind, **callback)

    def shown(self) -> dict[str, str | None]:
        """What a reveal sends: the sealed value of each column, None while it is not shown."""
        said = self.act("dialer_reveal_contact_v1")
        return {column["name"]: column["sealed"] for column in said["columns"]}


def open_desk(
    world: World, *, people: int = 3, outsourcer: House | None = None, role: str = "agent", **values: Any
) -> Desk:
    """A campaign with people to call and the desk of an agent who works on it."""
    campaign = world.campaign(**values)
    contacts = world.contacts(campaign, people)
    house = outsourcer or world.tern
    desk = Desk(world, world.token(house.people[role]), campaign, contacts)
    desk.act("dialer_load_desk_v1")
    return desk


def set_rows(world: World, statement: str, *params: Any) -> int:
    """Change the stage as the functions' owner. Returns how many rows."""
    with world.definer() as conn:
        return int(conn.execute(statement, params).rowcount)


def ask(world: World, statement: str, *params: Any) -> Any:
    """One value, read as the functions' owner: for controls."""
    with world.definer() as conn:
        row = conn.execute(statement, params).fetchone()
    return row[0] if row else None


@contextmanager
def carrying(world: World, token: str, login: str = "firm") -> Iterator[Any]:
    """A transaction of the firm's or the worker's login that carries a token. Rolled back at the end."""
    with world.database.connect(login, autocommit=False) as conn:
        conn.execute("select set_config('keyhole.token', %s, true)", [token])
        yield conn
        conn.rollback()


def count_rows(conn: Any, table: str) -> int:
    """Rows of a table that this connection sees."""
    row = conn.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return int(row[0])
