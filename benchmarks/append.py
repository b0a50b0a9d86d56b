"""Entries of the record of access a second, durable, one firm, at 8 and at 32 clients, the ledger process beside it.

Ours finds who acts by the token in the same statement and checks the event; the limit is the bare insert of the same
values into a table with the same indexes; the peer is a locked hash chain. Everything committed must be signed and
verify afterwards, or there is no figure. `behind_s` is how long that took after the last entry; `alone` has no ledger.
"""

from typing import Final
from uuid import UUID

from benchmarks.cast import FIRM_KEY, add_manager, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.hash_chain import APPEND, check_chain, set_chain_stage
from benchmarks.pgbench import Drive, drive
from benchmarks.signing import check_signed, ledger, wait_signed
from benchmarks.stage import connect, set_stage, settle

FEW: Final = 8
MANY: Final = 32
# As a variable: pgbench would take the colons of the name for variables of its own.
EVENT: Final = {"event": "oversight:contacts:viewed"}
OURS: Final = f"""
select set_config('keyhole.token', '{FIRM_KEY}', true), tenants_append_entry_v1(:event, 'campaign',
  gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), true, '', '{{"rows": 25}}', '127.0.0.1', 'Browser 1', 'firm');
"""
_BARE: Final = """
insert into bench_entry (id, firm_id, event, actor_kind, actor_id, campaign_id, contact_id, subject_kind, subject_id,
  allowed, reason, address, device, session_ref, process, details)
values (gen_random_uuid(), '{firm}', :event, 'person', '{actor}', gen_random_uuid(),
  gen_random_uuid(), 'campaign', gen_random_uuid(), true, '', '127.0.0.1', 'Browser 1', 'B1B1', 'firm', '{{"rows": 25}}');
"""


class _Runs:
    """Runs of one script, and how much they committed in all."""

    def __init__(self, script: str, seconds: float) -> None:
        self._script, self._seconds = script, seconds
        self.committed = 0

    def at(self, clients: int, *, seconds: float | None = None) -> Drive:
        """One run."""
        run = drive(
            self._script, process="firm", clients=clients, seconds=seconds or self._seconds, variables=EVENT
        )
        self.committed += run.scripts
        return run


def measure(scale: Scale) -> Result:
    """Entries a second."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=1)
        add_manager(conn, cast)
    with connect("owner") as conn:
        conn.execute(
            "create table bench_entry (like tenants_entry including defaults including generated including indexes)"
        )
        conn.execute("grant insert on bench_entry to keyhole_firm")
    set_chain_stage()
    settle()
    named = {"firm": cast.firm_id, "actor": cast.manager_id}
    ours = _Runs(OURS, scale.seconds)
    bare = _Runs(_BARE.format(**named), scale.seconds)
    chain = _Runs(APPEND.format(**named), scale.seconds / 2)
    found = _measure_in_turn(cast.firm_id, ours, bare, chain)
    check_chain(chain.committed)
    return found


def _measure_in_turn(firm_id: UUID, ours: _Runs, bare: _Runs, chain: _Runs) -> Result:
    """Neighbours measured seconds apart, each with the ledger idle but for its own entries."""
    figures: dict[int, tuple[Drive, float, Drive, Drive]] = {}
    for runs in (ours, bare, chain):
        runs.at(FEW, seconds=1)
    alone = ours.at(FEW)
    with ledger(firm_id):
        wait_signed(firm_id)
        for clients in (FEW, MANY):
            mine = ours.at(clients)
            behind_s = wait_signed(firm_id)
            figures[clients] = mine, behind_s, bare.at(clients), chain.at(clients)
    entries = check_signed(firm_id, committed=ours.committed)
    mine, behind_s, limit, peer = figures[FEW]
    many, many_behind_s, many_limit, many_peer = figures[MANY]
    return Result(
        mine.per_s,
        limit.per_s,
        peer.per_s,
        {
            "p99_ms": round(mine.p(99), 2),
            "alone": round(alone.per_s),
            "behind_s": round(behind_s, 2),
            "at_32": round(many.per_s),
            "at_32_limit": round(many_limit.per_s),
            "at_32_peer": round(many_peer.per_s),
            "at_32_of_limit": round(many.per_s / many_limit.per_s, 2),
            "at_32_p99_ms": round(many.p(99), 2),
            "at_32_behind_s": round(many_behind_s, 2),
            "verified": entries,
        },
    )
