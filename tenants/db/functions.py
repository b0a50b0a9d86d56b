"""Calls of the database's own functions, by name, with bound arguments only. The one door of the agent surface."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.rows import dict_row

from tenants.db.pool import pool

_JSONB = 3802  # the type's number in pg_type, fixed since PostgreSQL 9.4
_NAME = re.compile(r"[a-z]+_[a-z_]+_v[0-9]+\Z")


def _statement(name: str, count: int, *, rows: bool) -> sql.Composed:
    if not _NAME.match(name):
        raise ValueError("not the name of a function of ours")
    places = sql.SQL(", ").join([sql.Placeholder()] * count)
    form = "select * from {}({})" if rows else "select {}({})"
    return sql.SQL(form).format(sql.Identifier(name), places)


def _jsonb_places(cursor: Any) -> list[int]:
    """Return which columns are jsonb: Django hands them on as text, for its own fields to read."""
    # Asked once a result: what describes a column is made anew at each look.
    return [place for place, column in enumerate(cursor.description or ()) if column.type_code == _JSONB]


def _parsed(row: Sequence[Any], jsonb_places: Sequence[int]) -> list[Any]:
    """Return the row with its jsonb parsed."""
    values = list(row)
    for place in jsonb_places:
        if isinstance(values[place], str):
            values[place] = json.loads(values[place])
    return values


def call(name: str, *args: Any) -> Any:
    """Execute a function on Django's connection and return its single value (jsonb is parsed)."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(name, len(args), rows=False), args)
        row = cursor.fetchone()
        return _parsed(row, _jsonb_places(cursor))[0] if row else None


def call_rows(name: str, *args: Any) -> list[dict[str, Any]]:
    """Execute a function on Django's connection and return its rows as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(name, len(args), rows=True), args)
        names, places = [column.name for column in cursor.description or []], _jsonb_places(cursor)
        return [dict(zip(names, _parsed(row, places), strict=True)) for row in cursor.fetchall()]


def call_row(name: str, *args: Any) -> dict[str, Any] | None:
    """Execute a function on Django's connection and return its first row, or None."""
    rows = call_rows(name, *args)
    return rows[0] if rows else None


async def acall(name: str, *args: Any) -> Any:
    """Execute a function on the async pool in its own transaction and return its single value."""
    async with (await pool()).connection() as conn:
        cursor = await conn.execute(_statement(name, len(args), rows=False), args)
        row = await cursor.fetchone()
    return row[0] if row else None


async def acall_rows(name: str, *args: Any) -> list[dict[str, Any]]:
    """Execute a function on the async pool in its own transaction and return its rows as dicts."""
    async with (await pool()).connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_statement(name, len(args), rows=True), args)
        return await cursor.fetchall()


async def acall_row(name: str, *args: Any) -> dict[str, Any] | None:
    """Execute a function on the async pool in its own transaction and return its first row, or None."""
    rows: Sequence[dict[str, Any]] = await acall_rows(name, *args)
    return rows[0] if rows else None
