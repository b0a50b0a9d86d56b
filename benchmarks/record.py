"""A record of access as two years of calling leave it: 200 agents, 20 campaigns, 400,000 contacts. Nobody in it is real."""

from typing import Final
from uuid import UUID

from benchmarks.cast import Cast
from benchmarks.stage import Connection, connect, set_stage

AGENTS: Final = 200
CAMPAIGNS: Final = 20
CONTACTS: Final = 400_000
OUTCOMES: Final = 6
# Entries of one call.
CALL: Final = 7
_STEP: Final = 25_000


def fill_record(cast: Cast, entries: int) -> None:
    """Fill the record with about so many entries of past calls, then give it its indexes and statistics back."""
    with connect("owner") as owner, set_stage() as conn:
        owner.execute("set maintenance_work_mem = '256MB'")
        for statement in _PEOPLE:
            owner.execute(statement, {"agents": AGENTS})
        with connect("owner") as names:
            indexes = names.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            owner.execute(f"drop index {name}".encode())
        calls = entries // CALL
        for first in range(0, calls, _STEP):
            _fill(conn, cast, first, min(first + _STEP, calls), calls)
        for _, definition in indexes:
            owner.execute(definition.encode())
        owner.execute("vacuum analyze tenants_entry")


def add_fresh_entries(cast: Cast, count: int) -> None:
    """Entries of this moment, for the ledger to place and sign."""
    with set_stage() as conn:
        conn.execute(_FRESH, {"firm": cast.firm_id, "outsourcer": cast.outsourcer_id, "count": count})


def pick(conn: Connection, what: str, count: int) -> list[UUID]:
    """Ids of agents, campaigns or outcomes of the record, spread over all."""
    rows = conn.execute(
        f"select id from bench_{what} where n %% greatest((select count(*) from bench_{what}) / %s, 1) = 0 limit %s".encode(),
        [count, count],
    ).fetchall()
    return [row[0] for row in rows]


def pick_called(conn: Connection, entries: int, count: int) -> list[UUID]:
    """Ids of contacts that were called, in a record filled with so many entries."""
    rows = conn.execute(_CALLED, {"calls": entries // CALL, "count": count, "contacts": CONTACTS}).fetchall()
    return [row[0] for row in rows]


def _fill(conn: Connection, cast: Cast, first: int, end: int, calls: int) -> None:
    named = {
        "firm": cast.firm_id, "outsourcer": cast.outsourcer_id, "first": first, "last": end - 1, "calls": calls,
        "agents": AGENTS, "campaigns": CAMPAIGNS, "contacts": CONTACTS, "outcomes": OUTCOMES,
    }  # fmt: skip
    conn.execute(_CALLS, named)


_INDEXES: Final = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid = 'tenants_entry'::regclass and not indisprimary
"""
_PEOPLE: Final = (
    "create table bench_agent as select row_number() over (order by id) - 1 as n, id from tenants_person "
    "where role = 'agent' limit %(agents)s",
    f"create table bench_campaign as select n, uuidv7() as id from generate_series(0, {CAMPAIGNS - 1}) n",
    f"create table bench_outcome as select n, uuidv7() as id from generate_series(0, {OUTCOMES - 1}) n",
    f"create table bench_contact as select n, uuidv7() as id from generate_series(0, {CONTACTS - 1}) n",
    "create unique index on bench_contact (n)",
    "analyze bench_agent, bench_campaign, bench_outcome, bench_contact",
    "grant select on bench_agent, bench_campaign, bench_outcome, bench_contact to keyhole_definer",
)
# The seven entries of each call. What is drawn is drawn from the call's number, so that two fills are alike.
_CALLS: Final = """
insert into tenants_entry (id, firm_id, at, event, actor_kind, actor_id, outsourcer_id, campaign_id, contact_id,
  subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
select uuidv7(x.at - now()), %(firm)s, x.at, x.event, x.kind, a.id, %(outsourcer)s, c.id, p.id, x.subject, k.lease,
  x.allowed, x.reason, x.address, x.device, 'A1A1', x.process, x.details
from (
  select n, now() - interval '730 days' + n * (interval '729 days' / %(calls)s) as at, gen_random_uuid() as lease,
    (hashint4(n) & 2147483647) %% %(agents)s as agent, (hashint4(n + 7) & 2147483647) %% %(contacts)s as contact,
    (hashint4(n + 99) & 2147483647) %% %(campaigns)s as campaign
  from generate_series(%(first)s::int, %(last)s::int) n
) k
join bench_agent a on a.n = k.agent join bench_contact p on p.n = k.contact join bench_campaign c on c.n = k.campaign
join bench_outcome o on o.n = k.n %% %(outcomes)s
cross join lateral (values
  (k.at, 'dialer:contact:reserved', 'person', 'lease', true, '', '203.0.113.24'::inet, 'Chrome 140', 'agent',
   '{"stage": 0}'::jsonb),
  (k.at + interval '20 s', 'dialer:dial:requested', 'person', 'attempt', k.n %% 100 <> 0,
   case when k.n %% 100 = 0 then 'closed_hours' else '' end, '203.0.113.24', 'Chrome 140', 'agent', '{}'),
  (k.at + interval '21 s', 'dialer:call:dialled', 'gateway', 'attempt', true, '', null, '', 'gateway',
   '{"attempt_no": 1}'),
  (k.at + interval '31 s', 'dialer:call:answered', 'gateway', 'attempt', true, '', null, '', 'gateway',
   '{"ring_s": 10}'),
  (k.at + interval '32 s', 'dialer:contact:revealed', 'person', 'lease', true, '', '203.0.113.24', 'Chrome 140', 'agent',
   '{"stage": 1}'),
  (k.at + interval '151 s', 'dialer:call:ended', 'gateway', 'attempt', true,
   (array['answered', 'no_answer', 'busy', 'answered'])[1 + k.n %% 4], null, '', 'gateway', '{"talk_s": 120}'),
  (k.at + interval '170 s', 'dialer:outcome:recorded', 'person', 'lease', true, '', '203.0.113.24', 'Chrome 140',
   'agent', jsonb_build_object('disposition', o.id))
) as x (at, event, kind, subject, allowed, reason, address, device, process, details)
"""
# As `_CALLS` draws them.
_CALLED: Final = """
select distinct p.id from generate_series(0, %(calls)s::int - 1, greatest(%(calls)s::int / %(count)s, 1)) g
join bench_contact p on p.n = (hashint4(g + 7) & 2147483647) %% %(contacts)s limit %(count)s
"""
_FRESH: Final = """
insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, outsourcer_id, campaign_id, contact_id,
  subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
select tenants_new_id(), %(firm)s, 'dialer:contact:reserved', 'person', a.ids[1 + n %% cardinality(a.ids)],
  %(outsourcer)s, gen_random_uuid(), gen_random_uuid(), 'lease', gen_random_uuid(), true, '', '203.0.113.24',
  'Chrome 140', 'A1A1', 'agent', '{"stage": 0}'
from generate_series(1, %(count)s) n, (select array_agg(id) as ids from tenants_person where role = 'agent') a
"""
