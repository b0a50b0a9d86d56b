"""Entries of the record of access a second, durable, one firm, eight clients.

Ours finds who acts by the token in the same statement and checks the event; the limit is the bare insert of the same
values into a table with the same indexes; the peer locks the last link of a hash chain, as tamper-evident logs do.
"""

from hashlib import sha256
from typing import Final

from django.db import transaction

from benchmarks.cast import FIRM_KEY, add_manager, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.pgbench import drive
from benchmarks.plain import PlainChain, make_tables, run_threads
from benchmarks.stage import connect, set_stage, settle

# As a variable: pgbench would take the colons of the name for variables of its own.
_EVENT: Final = {"event": "oversight:contacts:viewed"}
_OURS: Final = f"""
select set_config('keyhole.token', '{FIRM_KEY}', true), tenants_append_entry_v1(:event, 'campaign',
  gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), true, '', '{{"rows": 25}}', '127.0.0.1', 'Browser 1', 'firm');
"""
_BARE: Final = """
insert into bench_entry (id, firm_id, event, actor_kind, actor_id, campaign_id, contact_id, subject_kind, subject_id,
  allowed, reason, address, device, session_ref, process, details)
values (gen_random_uuid(), '{firm}', :event, 'person', '{actor}', gen_random_uuid(),
  gen_random_uuid(), 'campaign', gen_random_uuid(), true, '', '127.0.0.1', 'Browser 1', 'B1B1', 'firm', '{{"rows": 25}}');
"""


def measure(scale: Scale) -> Result:
    """Entries a second."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=1)
        add_manager(conn, cast)
    with connect("owner") as conn:
        conn.execute("create table bench_entry (like tenants_entry including defaults including indexes)")
        conn.execute("grant insert on bench_entry to keyhole_firm")
    settle()
    bare = _BARE.format(firm=cast.firm_id, actor=cast.manager_id)
    drive(_OURS, process="firm", seconds=1, variables=_EVENT)
    ours = drive(_OURS, process="firm", seconds=scale.seconds, variables=_EVENT)
    drive(bare, process="firm", seconds=1, variables=_EVENT)
    limit = drive(bare, process="firm", seconds=scale.seconds, variables=_EVENT)
    make_tables(PlainChain)
    PlainChain.objects.create(firm=1, body={}, hash=bytes(32))
    peer = run_threads(_append_plainly, seconds=scale.seconds / 2)
    return Result(ours.per_s, limit.per_s, peer, {"p99_ms": round(ours.p(99), 2)})


def _append_plainly(_thread: int) -> None:
    with transaction.atomic():
        # The last link is locked: without that two entries would follow the same one.
        PlainChain.objects.select_for_update().get(pk=1)
        last = PlainChain.objects.filter(firm=1).order_by("-id").first()
        body = {"event": "oversight:contacts:viewed", "rows": 25}
        before = bytes(last.hash) if last else bytes(32)
        PlainChain.objects.create(firm=1, body=body, hash=sha256(before + repr(body).encode()).digest())
