"""Token to number, the gateway's path: one use of a dial token, its entries, and the number opened with the key.

`ours` and `limit` come from eight pgbench clients, so it is database against database: dialer_redeem_token_v1 against
the bare single-use UPDATE. pgbench opens no number; `gateway` is the whole path, opening included, from one process
like the gateway's, and `open_us` what the opening costs alone.
"""

import asyncio
import itertools
import time
from typing import Final

from django.utils import timezone

from benchmarks.cast import AGENT_KEY, Cast, add_sealed_contacts, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.pgbench import drive
from benchmarks.plain import PlainToken, make_tables, run_threads
from benchmarks.stage import Connection, connect, set_stage, settle, use_login
from dialer.env import read_env
from dialer.telephony.numbers import NumberOpener
from dialer.telephony.store import DatabaseStore
from tenants.db.pool import close_pool
from tenants.vault.keyring import load_keyring

CLIENTS: Final = 8
_TOKEN: Final = "dial-token-of-one-figure-"

# Each client walks numbers of its own; `width` is how many there are for each.
_OURS: Final = f"""
\\set i :i + 1
\\set t :first + :client_id * :width + :i
select * from dialer_redeem_token_v1('{_TOKEN}'::text || :t);
"""
_BARE: Final = f"""
\\set i :i + 1
\\set t :first + :client_id * :width + :i
update bench_token set used_at = clock_timestamp()
where token_hash = sha256(convert_to('{_TOKEN}'::text || :t, 'UTF8')) and used_at is null returning phone;
"""
_ATTEMPTS: Final = """
with leased as (
  insert into dialer_lease (id, firm_id, campaign_id, engagement_id, outsourcer_id, contact_id, list_id, agent_id,
    session_hash, stage, tries, matched, agent_ordinal, engagement_ordinal, opened_at, closed_how, reason)
  select tenants_new_id(), %(firm)s, %(campaign)s, %(engagement)s, %(outsourcer)s, c.contact, %(list)s, s.person_id,
    s.token_hash, 0, 0, 0, 1, c.n, clock_timestamp(), '', ''
  from unnest(%(contacts)s::uuid[]) with ordinality c (contact, n)
  join tenants_session s on s.token_hash = sha256(convert_to(%(key)s || (c.n - 1), 'UTF8'))
  returning id, contact_id, agent_id, session_hash, engagement_ordinal as n
), tried as (
  insert into dialer_attempt (id, firm_id, campaign_id, contact_id, lease_id, agent_id, outsourcer_id, session_hash,
    number_position, token_hash, token_expires_at, state, result, muted, requested_at)
  select tenants_new_id(), %(firm)s, %(campaign)s, l.contact_id, l.id, l.agent_id, %(outsourcer)s, l.session_hash, 0,
    sha256(convert_to(%(token)s || (l.n - 1), 'UTF8')), now() + interval '1 hour', 'requested', '', false,
    clock_timestamp()
  from leased l returning id, agent_id, lease_id
)
update dialer_desk d set state = 'dialling', lease_id = t.lease_id, attempt_id = t.id from tried t
where d.agent_id = t.agent_id
"""


def measure(scale: Scale) -> Result:
    """Tokens a second."""
    tokens = scale.rows(40_000)
    with set_stage() as conn:
        cast = make_cast(conn, agents=tokens)
        _request(conn, cast, add_sealed_contacts(conn, cast, tokens))
    _fill_bare(4 * tokens)
    settle()
    opened, open_us = _through_gateway(0, tokens // 4, scale.seconds / 2)
    width = (tokens - tokens // 4) // CLIENTS
    ours = _redeem(_OURS, "gateway", tokens // 4, width, scale, "select count(*) from dialer_attempt where "
                   "token_used_at >= %s and state = 'dialling'")  # fmt: skip
    limit = _redeem(
        _BARE,
        "gateway",
        0,
        4 * tokens // CLIENTS,
        scale,
        "select count(*) from bench_token where used_at >= %s",
    )
    peer = _resolve_plainly(scale)
    return Result(ours, limit, peer, {"gateway": round(opened), "open_us": round(open_us, 1)})


def _request(conn: Connection, cast: Cast, contacts: list[object]) -> None:
    named = {
        "firm": cast.firm_id, "campaign": cast.campaign_id, "engagement": cast.engagement_id, "list": cast.list_id,
        "outsourcer": cast.outsourcer_id, "contacts": contacts, "key": AGENT_KEY, "token": _TOKEN,
    }  # fmt: skip
    conn.execute(_ATTEMPTS, named)


def _fill_bare(count: int) -> None:
    with connect("owner") as conn:
        conn.execute(
            "create table bench_token (token_hash bytea primary key, phone bytea not null, used_at timestamptz)"
        )
        conn.execute(
            "insert into bench_token select sha256(convert_to(%s || n, 'UTF8')), sha256(''::bytea) from "
            "generate_series(0, %s - 1) n",
            [_TOKEN, count],
        )
        conn.execute("grant select, update on bench_token to keyhole_gateway")


def _redeem(script: str, process: str, first: int, width: int, scale: Scale, counting: str) -> float:
    """Redeem until the tokens or the seconds are used up; uses are counted in the table over the time they took."""
    with set_stage() as conn:
        began = conn.execute("select clock_timestamp()").fetchone()
        # A run that outlasts its tokens would time refusals: its length is cut to what the tokens last.
        seconds = min(scale.seconds, max(width * CLIENTS / 8000, 1.0))
        driven = drive(
            script, process=process, seconds=seconds, variables={"i": -1, "first": first, "width": width}
        )
        conn.execute("reset role")
        made = conn.execute(counting.encode(), began).fetchone()
        if not made or made[0] < driven.scripts:
            raise RuntimeError(
                f"{driven.scripts} tokens were offered and {made[0] if made else 0} of them used"
            )
    return driven.per_s


def _through_gateway(first: int, count: int, seconds: float) -> tuple[float, float]:
    """Numbers a second that one process opens from tokens, and microseconds for one opening."""
    use_login("gateway")
    opener, store = NumberOpener(load_keyring(read_env().keys, "gateway")), DatabaseStore()
    waiting = iter(range(first, first + count))
    spent: list[float] = []

    async def client(until: float) -> None:
        for number in waiting:
            dial = await store.redeem(f"{_TOKEN}{number}")
            if dial is None:
                raise RuntimeError("a token was refused")
            began = time.perf_counter()
            opener.open_number(dial)
            spent.append(time.perf_counter() - began)
            if time.monotonic() > until:
                return

    async def together() -> float:
        began = time.monotonic()
        await asyncio.gather(*(client(began + seconds) for _ in range(CLIENTS)))
        took = time.monotonic() - began
        await close_pool()
        return took

    took = asyncio.run(together())
    use_login("worker")
    spent.sort()
    return len(spent) / took, spent[len(spent) // 2] * 1e6


def _resolve_plainly(scale: Scale) -> float:
    make_tables(PlainToken)
    count = scale.rows(20_000)
    rows = (PlainToken(token_hash=n.to_bytes(32, "big"), phone=bytes(40)) for n in range(count))
    while batch := list(itertools.islice(rows, 2000)):
        PlainToken.objects.bulk_create(batch)
    numbers = itertools.count()

    def resolve(_thread: int) -> None:
        token_hash = (next(numbers) % count).to_bytes(32, "big")
        if PlainToken.objects.filter(token_hash=token_hash, used_at=None).update(used_at=timezone.now()):
            bytes(PlainToken.objects.get(token_hash=token_hash).phone)

    return run_threads(resolve, threads=CLIENTS, seconds=min(scale.seconds / 2, count / 4000))
