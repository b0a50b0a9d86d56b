"""The process's pool of asynchronous connections, one a running event loop. Few connections, a queue in front."""

import asyncio
import weakref
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = weakref.WeakKeyDictionary()


def _arguments() -> dict[str, Any]:
    """Connection arguments of the process's own login, as Django holds them."""
    database = connections["default"].settings_dict
    # Django's own options; the rest, such as sslmode, is libpq's. psycopg binds on the server by itself.
    options = {k: v for k, v in database["OPTIONS"].items() if k not in ("pool", "server_side_binding")}
    return {
        **options,
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"] or None,
        "application_name": f"keyhole-{settings.KEYHOLE_PROCESS}",
        "autocommit": False,
    }


async def pool() -> Pool:
    """Return the pool of the running loop, opened at first use. Size from settings.KEYHOLE_POOL_SIZE."""
    loop = asyncio.get_running_loop()
    found = _pools.get(loop)
    if found is None or found.closed:
        found = AsyncConnectionPool(
            kwargs=_arguments(),
            min_size=1,
            max_size=settings.KEYHOLE_POOL_SIZE,
            timeout=10,
            # After an outage a request asks again at once, rather than after a wait that has doubled to minutes.
            reconnect_timeout=5,
            open=False,
        )
        _pools[loop] = found
        await found.open()
    return found


async def close_pool() -> None:
    """Close the running loop's pool, if one was opened."""
    found = _pools.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
