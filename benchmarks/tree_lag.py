"""Time until an entry is in a signed tree, with 1,000 entries a second coming in and with hardly any, by an observer.

Counted from the entry's own time, before its commit, until another connection first sees a signed checkpoint over it.
`ours` is how fast a backlog is worked off: entries placed, hashed and signed a second, in this process.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from benchmarks.append import EVENT, OURS
from benchmarks.cast import add_manager, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.pgbench import drive
from benchmarks.signing import check_signed, ledger, open_sequencer, signed_size, wait_signed
from benchmarks.stage import set_stage, settle

OFFERED: float = 1_000.0
_IDLE: float = 3.0
BACKLOG: int = 100_000
_LOOK_S: float = 0.005


def measure(scale: Scale) -> Result:
    """Leaves a second from a backlog, and the lags."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=1)
        add_manager(conn, cast)
    settle()
    with ledger(cast.firm_id):
        drive(OURS, process="firm", seconds=1, variables=EVENT, rate=OFFERED)
        busy, offered, committed = _lags(cast.firm_id, seconds=scale.seconds, rate=OFFERED, clients=8)
        idle, _, _ = _lags(cast.firm_id, seconds=max(scale.seconds, 8), rate=_IDLE, clients=1)
    per_s = _work_off(cast.firm_id, scale.rows(BACKLOG))
    check_signed(cast.firm_id, committed=committed + scale.rows(BACKLOG))
    return Result(
        per_s,
        extra={
            "p50_ms": _percentile(busy, 50),
            "p99_ms": _percentile(busy, 99),
            "most_ms": _percentile(busy, 100),
            "stored_per_s": round(offered),
            "idle_p50_ms": _percentile(idle, 50),
            "idle_most_ms": _percentile(idle, 100),
            "backlog": scale.rows(BACKLOG),
        },
        note=f"p99_ms at {OFFERED:,.0f} entries/s offered; ours is the rate at which a backlog is placed and signed",
    )


def _lags(firm_id: UUID, *, seconds: float, rate: float, clients: int) -> tuple[list[float], float, int]:
    """Sorted milliseconds from each entry to its signed tree, entries stored a second, and how many."""
    begun = wait_and_count(firm_id)
    with _observed(firm_id) as seen:
        run = drive(OURS, process="firm", clients=clients, seconds=seconds, variables=EVENT, rate=rate)
        wait_signed(firm_id)
        time.sleep(10 * _LOOK_S)
    with set_stage() as conn:
        rows = conn.execute(
            "select p.position, extract(epoch from e.at)::float8 from tenants_position p join tenants_entry e "
            "on e.firm_id = p.firm_id and e.id = p.entry_id where p.firm_id = %s and p.position >= %s",
            [firm_id, begun],
        ).fetchall()
    sizes = [size for size, _ in seen]
    # The first checkpoint seen whose size is greater than the place covers it.
    lags = sorted((seen[bisect_right(sizes, place)][1] - at) * 1000 for place, at in rows)
    return lags, len(rows) / run.seconds if run.seconds else 0.0, len(rows)


def wait_and_count(firm_id: UUID) -> int:
    """Wait until everything is signed; returns the size."""
    wait_signed(firm_id)
    with set_stage() as conn:
        return signed_size(conn, firm_id)


@contextmanager
def _observed(firm_id: UUID) -> Iterator[list[tuple[int, float]]]:
    """Note each new size of the signed log and when (seconds since 1970) a connection of its own first saw it."""
    seen: list[tuple[int, float]] = []
    stop = threading.Event()

    def look() -> None:
        last = 0
        with set_stage() as conn:
            while not stop.is_set():
                size = signed_size(conn, firm_id)
                if size > last:
                    seen.append((size, time.time()))
                    last = size
                stop.wait(_LOOK_S)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _work_off(firm_id: UUID, count: int) -> float:
    """Entries a second from a backlog to a signed tree."""
    sequencer = open_sequencer()
    sequencer.run_once()
    with set_stage() as conn:
        conn.execute(_BACKLOG, {"firm": firm_id, "count": count})
    settle()
    began = time.monotonic()
    signed = sequencer.run_once()
    took_s = time.monotonic() - began
    if signed != count or sequencer.broken:
        raise RuntimeError(f"of {count} entries {signed} were signed")
    return count / took_s


def _percentile(sorted_ms: list[float], percent: float) -> float:
    return round(sorted_ms[min(int(len(sorted_ms) * percent / 100), len(sorted_ms) - 1)], 1)


_BACKLOG = """
insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, campaign_id, contact_id, subject_kind, subject_id,
  allowed, reason, address, device, session_ref, process, details)
select tenants_new_id(), %(firm)s, 'dialer:contact:reserved', 'person', gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), 'lease', gen_random_uuid(), true, '', '127.0.0.1', 'Browser 1', 'A1A1', 'agent', '{"stage": 0}'
from generate_series(1, %(count)s)
"""
