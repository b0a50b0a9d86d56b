"""Claim of the next record: reserve and reveal, with session, lease, caps, hours, entry, against a bare claim.

`ours` and `limit` come from eight pgbench clients; `one_process` is the same pair from one Python process over the
agent surface's own pool; `p99_ms` is measured with 70 claims a second offered, as 500 agents offer them.
"""

import asyncio
import itertools
import time

from django.db import transaction
from django.utils import timezone

from benchmarks.cast import Cast, agent_key
from benchmarks.claiming import (
    AGENTS,
    CLIENTS,
    count_claims,
    run_bare_claims,
    run_claims,
    set_bare_stage,
    set_claim_stage,
)
from benchmarks.figures import Result, Scale
from benchmarks.plain import PlainEntry, PlainLease, PlainPerson, make_tables, run_threads
from benchmarks.stage import use_login
from tenants.db.functions import acall
from tenants.db.pool import close_pool

OFFERED: float = 70.0


def measure(scale: Scale) -> Result:
    """Claims a second, fresh tables."""
    contacts = scale.rows(120_000)
    cast = set_claim_stage(contacts)
    run_claims(cast, seconds=1)
    ours, _ = run_claims(cast, seconds=scale.seconds)
    _, calm = run_claims(cast, seconds=scale.seconds, rate=OFFERED)
    one_process = measure_one_process(cast, scale)
    set_bare_stage(contacts)
    run_bare_claims(seconds=1)
    limit = run_bare_claims(seconds=scale.seconds)
    peer = measure_peer(scale)
    extra = {
        "p50_ms": round(calm.p(50), 2),
        "p99_ms": round(calm.p(99), 2),
        "one_process": round(one_process),
    }
    return Result(ours, limit, peer, extra)


def measure_one_process(cast: Cast, scale: Scale) -> float:
    """Claims a second of one Python process over the agent surface's own pool of eight connections."""
    use_login("agent")

    async def claim_for_ever(client: int, until: float) -> None:
        for turn in itertools.count():
            if time.monotonic() > until:
                return
            key = agent_key(client * (AGENTS // CLIENTS) + turn % (AGENTS // CLIENTS))
            await acall("dialer_reserve_contact_v1", key)
            await acall("dialer_reveal_contact_v1", key)

    async def claim_together() -> float:
        began = time.monotonic()
        until = began + scale.seconds / 2
        await asyncio.gather(*(claim_for_ever(client, until) for client in range(CLIENTS)))
        await close_pool()
        return time.monotonic() - began

    per_s = count_claims(cast, lambda: asyncio.run(claim_together()))
    use_login("worker")
    return per_s


def measure_peer(scale: Scale) -> float:
    """Claims a second of plain Django: eight threads, lock, update, lease and entry in one transaction."""
    make_tables(PlainPerson, PlainLease, PlainEntry)
    fill_plain(scale.rows(20_000))
    return run_threads(_claim_plainly, threads=CLIENTS, seconds=scale.seconds / 2)


def fill_plain(count: int) -> None:
    """People for the peer to claim."""
    sealed = bytes(60)
    people = (
        PlainPerson(campaign=1, rank=n, phone_hash=n.to_bytes(32, "big"), phone=sealed, fields=sealed)
        for n in range(count)
    )
    while batch := list(itertools.islice(people, 2000)):
        PlainPerson.objects.bulk_create(batch)


def _claim_plainly(agent: int) -> None:
    with transaction.atomic():
        person = (
            PlainPerson.objects.select_for_update(skip_locked=True)
            .filter(campaign=1, state=0)
            .order_by("rank")
            .first()
        )
        if person is None:
            raise RuntimeError("the peer has run out of people")
        person.state = 1
        person.save(update_fields=["state"])
        PlainLease.objects.create(person=person, agent=agent, closed_at=timezone.now())
        PlainEntry.objects.create(event="reserved", agent=agent, person=person.pk)
