"""psycopg, its pools and Django work under a login that may read no catalog."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from dialer.env import REPOSITORY
from dialer.runtime.testcluster import TestCluster

# Every type that our functions take or give, bound on the server.
CALL = "SELECT ask(%s, %s, %s, %s, %s)"
ARGUMENTS = ("a word", 7, b"\x00\xff", True, ["x", "y"])


@pytest.fixture(scope="module")
def asked(ground: TestCluster) -> Iterator[TestCluster]:
    """The cluster with one function that the agent may call."""
    with psycopg.connect(ground.dsn("owner"), autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION ask(a text, b bigint, c bytea, d boolean, e text[]) RETURNS jsonb "
            "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS "
            "$$ BEGIN "
            "RETURN jsonb_build_object('a', a, 'b', b, 'c', encode(c, 'hex'), 'd', d, 'e', e); "
            "END $$"
        )
        owner.execute("ALTER FUNCTION ask OWNER TO keyhole_definer")
        owner.execute("GRANT EXECUTE ON FUNCTION ask TO keyhole_agent")
        yield ground
        owner.execute("DROP FUNCTION ask")


EXPECTED = {"a": "a word", "b": 7, "c": "00ff", "d": True, "e": ["x", "y"]}


def test_the_pool_of_psycopg_calls_functions(asked: TestCluster) -> None:
    with ConnectionPool(
        asked.dsn("agent"), min_size=1, max_size=2, check=ConnectionPool.check_connection
    ) as pool:
        for _ in range(10):
            with pool.connection() as conn:
                assert conn.execute(CALL, ARGUMENTS).fetchone() == (EXPECTED,)


def test_the_asynchronous_pool_of_psycopg_calls_functions(asked: TestCluster) -> None:
    async def ask() -> list[object]:
        pool = AsyncConnectionPool(asked.dsn("agent"), min_size=1, max_size=2, open=False)
        await pool.open()
        try:
            found: list[object] = []
            for _ in range(10):
                async with pool.connection() as conn:
                    found.append(await (await conn.execute(CALL, ARGUMENTS)).fetchone())
            return found
        finally:
            await pool.close()

    assert asyncio.run(ask()) == [(EXPECTED,)] * 10


_DJANGO = """
import json, sys
import django
from django.conf import settings
given = json.load(sys.stdin)
settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": given["options"], **given["at"]}
    },
    USE_TZ=True, TIME_ZONE="UTC",
)
django.setup()
from django.db import connection, transaction
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute(given["call"], ["a word", 7, b"\\x00\\xff", True, ["x", "y"]])
    answer = cursor.fetchone()[0]
    cursor.execute("SELECT current_user")
    user = cursor.fetchone()[0]
connection.ensure_connection()
print(json.dumps([answer, user, connection.is_usable()]))
connection.close()
"""


@pytest.mark.parametrize(
    "options", [{"server_side_binding": True}, {"server_side_binding": True, "pool": True}]
)
def test_django_calls_functions(asked: TestCluster, options: dict[str, bool]) -> None:
    at = {
        "HOST": asked.host,
        "PORT": str(asked.port),
        "NAME": asked.database,
        "USER": asked.user("agent"),
        "PASSWORD": asked.password("agent"),
    }
    ran = subprocess.run(
        [sys.executable, "-c", _DJANGO],
        input=json.dumps({"options": options, "at": at, "call": CALL}),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answer, user, usable = json.loads(ran.stdout)
    assert (json.loads(answer) if isinstance(answer, str) else answer) == EXPECTED
    assert (user, usable) == ("keyhole_agent", True)
