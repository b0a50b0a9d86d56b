"""The loop of the claim figures: eight pgbench clients reserve and reveal for 500 agents while others close and refill.

What is counted is leases in the table, not what pgbench says: a script that finds its agent busy is no claim. Closing
is done beside the clients, in bulk and alike for ours, the limit and the peer, so that its cost is not in the loop
and does not make them more alike than they are. Refills run as in the worker, with larger amounts.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.cast import AGENT_KEY, Cast, add_contacts, make_cast
from benchmarks.pgbench import Drive, drive
from benchmarks.stage import Connection, connect, set_stage, settle

CLIENTS: Final = 8
AGENTS: Final = 504
_EACH: Final = AGENTS // CLIENTS

CLAIM: Final = f"""
\\set i (:i + 1) % {_EACH}
\\set a :client_id * {_EACH} + :i
select dialer_reserve_contact_v1('{AGENT_KEY}'::text || :a);
select dialer_reveal_contact_v1('{AGENT_KEY}'::text || :a);
"""
# The least that hands a contact to one client and nobody else: no session, cap, hour, desk or record.
BARE_CLAIM: Final = f"""
\\set i (:i + 1) % {_EACH}
\\set a :client_id * {_EACH} + :i
with taken as (
  update bench_contact set state = 1 where id = (
    select id from bench_contact where campaign_id = 1 and state = 0 order by rank limit 1 for update skip locked)
  returning id
) insert into bench_lease (contact_id, agent, opened_at) select id, :a, clock_timestamp() from taken;
"""
_CLOSE: Final = """
with closed as (
  update dialer_lease set closed_at = clock_timestamp(), closed_how = 'outcome'
  where engagement_id = %s and opened_at > clock_timestamp() - interval '3 seconds'
    and opened_at < clock_timestamp() - interval '20 milliseconds' and closed_at is null
  returning agent_id
) update dialer_desk d set state = 'ready', reason = '', lease_id = null from closed where d.agent_id = closed.agent_id
"""
_BARE_TABLES: Final = (
    "create table bench_contact (id bigint primary key, campaign_id integer not null, state smallint not null, "
    "rank bigint not null)",
    "create index on bench_contact (campaign_id, rank) where state = 0",
    "create table bench_lease (id bigserial primary key, contact_id bigint not null, agent integer not null, "
    "opened_at timestamptz not null, closed_at timestamptz)",
    "create index on bench_lease (agent, opened_at)",
    "grant all on bench_contact, bench_lease to keyhole_agent, keyhole_worker",
    "grant all on sequence bench_lease_id_seq to keyhole_agent, keyhole_worker",
)
BARE_CLOSE: Final = (
    "update bench_lease set closed_at = clock_timestamp() where closed_at is null "
    "and opened_at < clock_timestamp() - interval '20 milliseconds' and id > (select coalesce(max(id), 0) - 20000 "
    "from bench_lease)"
)


def set_claim_stage(contacts: int) -> Cast:
    """Agents at their desks and a queue of contacts."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=AGENTS)
        add_contacts(conn, cast, contacts)
    settle()
    with connect("worker") as worker:
        worker.execute("select dialer_refill_hoppers_v1(2000, 4000)")
    return cast


def set_bare_stage(contacts: int) -> None:
    """The tables of the bare claim."""
    with connect("owner") as conn:
        for statement in _BARE_TABLES:
            conn.execute(statement)
        conn.execute("insert into bench_contact select n, 1, 0, n from generate_series(1, %s) n", [contacts])
    settle()


@contextmanager
def beside(*works: Callable[[], None]) -> Iterator[None]:
    """Do each work over and over in a thread of its own. Raises: RuntimeError when one broke off."""
    stop = threading.Event()
    broken: list[BaseException] = []

    def loop(work: Callable[[], None]) -> None:
        while not stop.is_set():
            try:
                work()
            except Exception as error:
                broken.append(error)
                return

    threads = [threading.Thread(target=loop, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if broken:
        raise RuntimeError("what runs beside the clients broke off") from broken[0]


def run_claims(cast: Cast, *, seconds: float, rate: float | None = None) -> tuple[float, Drive]:
    """Claims a second, counted in the table, and pgbench's latencies of the pair reserve and reveal."""
    driven: list[Drive] = []

    def run() -> float:
        driven.append(drive(CLAIM, process="agent", seconds=seconds, variables={"i": 0}, rate=rate))
        return driven[0].seconds

    return count_claims(cast, run), driven[0]


def count_claims(cast: Cast, run: Callable[[], float]) -> float:
    """Leases a second that `run` made in the seconds it returns; closing and refilling go on beside it."""
    with set_stage() as closer, connect("worker") as refiller:
        return _count(
            run,
            closer,
            "select count(*) from dialer_lease where opened_at >= %s",
            lambda: _pause_after(closer, _CLOSE, [cast.engagement_id], 0.03),
            lambda: _pause_after(refiller, "select dialer_refill_hoppers_v1(2000, 4000)", [], 0.25),
        )


def run_bare_claims(*, seconds: float) -> float:
    """The same count for the bare claim."""
    with connect("worker") as closer:
        return _count(
            lambda: drive(BARE_CLAIM, process="agent", seconds=seconds, variables={"i": 0}).seconds,
            closer,
            "select count(*) from bench_lease where opened_at >= %s",
            lambda: _pause_after(closer, BARE_CLOSE, [], 0.03),
        )


def _count(run: Callable[[], float], conn: Connection, counting: str, *works: Callable[[], None]) -> float:
    row = conn.execute("select clock_timestamp()").fetchone()
    with beside(*works):
        seconds = run()
    made = conn.execute(counting.encode(), row).fetchone()
    return (made[0] if made else 0) / seconds


def _pause_after(conn: Connection, statement: str, arguments: list[object], pause_s: float) -> None:
    conn.execute(statement.encode(), arguments)
    time.sleep(pause_s)
