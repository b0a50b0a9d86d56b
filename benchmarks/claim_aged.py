"""The claim after a day of history: the same loop, before and after hundreds of thousands of claims.

The history is made in bulk by the same refills and the same tables (queue, hopper, lease, desk events, record,
standing), so the tables are as old as by that many claims; autovacuum runs as it would. `limit` is the fresh rate.
"""

from collections.abc import Callable
from typing import Final

from benchmarks.cast import Cast
from benchmarks.claiming import run_claims, set_claim_stage
from benchmarks.figures import Result, Scale
from benchmarks.stage import Connection, connect, set_stage

CLAIMS: Final = 300_000
_STEP: Final = 20_000

_AGE: Final = """
with taken as (
  delete from dialer_hopper where position in (
    select position from dialer_hopper where campaign_id = %(campaign)s and position >= %(bound)s
    order by position limit %(step)s)
  returning contact_id, firm_id, campaign_id
), numbered as (
  select t.*, row_number() over () - 1 as n, tenants_new_id() as lease from taken t
), agents as (
  select agent_id, outsourcer_id, engagement_id, row_number() over (order by agent_id) - 1 as place,
    count(*) over () as many from dialer_desk
), leased as (
  insert into dialer_lease (id, firm_id, campaign_id, engagement_id, outsourcer_id, contact_id, list_id, agent_id,
    session_hash, stage, tries, matched, agent_ordinal, engagement_ordinal, opened_at, closed_at, closed_how, reason)
  select x.lease, x.firm_id, x.campaign_id, a.engagement_id, a.outsourcer_id, x.contact_id, %(list)s, a.agent_id,
    sha256(''), 1, 0, 0, %(from)s / a.many + x.n / a.many + 1, %(from)s + x.n + 1,
    clock_timestamp() - %(span)s * interval '1 second', clock_timestamp(), 'outcome', ''
  from numbered x join agents a on a.place = x.n %% a.many
  returning id, firm_id, campaign_id, contact_id, agent_id, outsourcer_id
), stood as (
  insert into dialer_contactstanding (contact_id, firm_id, campaign_id, state, attempts, result, closed_positions,
    changed_at)
  select contact_id, firm_id, campaign_id, 'finished', 1, 'reached', 0, now() from leased
), sat as (
  insert into dialer_deskevent (agent_id, outsourcer_id, firm_id, at, state, reason)
  select l.agent_id, l.outsourcer_id, l.firm_id, now(), s, '' from leased l, unnest(array['preview', 'ready']) s
)
insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, outsourcer_id, campaign_id, contact_id,
  subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
select tenants_new_id(), firm_id, 'dialer:contact:reserved', 'person', agent_id, outsourcer_id, campaign_id, contact_id,
  'lease', id, true, '', '127.0.0.1', 'bench', 'A1A1', 'agent', '{"stage": 0}' from leased
"""


def measure(scale: Scale) -> Result:
    """Claims a second after CLAIMS claims."""
    claims = scale.rows(CLAIMS)
    cast = set_claim_stage(claims + scale.rows(80_000))
    run_claims(cast, seconds=1)
    fresh, _ = run_claims(cast, seconds=scale.seconds)
    age(cast, claims)
    run_claims(cast, seconds=1)
    aged, _ = run_claims(cast, seconds=scale.seconds)
    return Result(
        aged, fresh, extra={"claims_before": claims}, note="limit is the rate of fresh tables in this run"
    )


def age(cast: Cast, claims: int, *, meanwhile: Callable[[int], None] | None = None) -> None:
    """Hand out and close `claims` contacts in bulk; `meanwhile` hears how many are done."""
    with set_stage() as conn, connect("worker") as worker:
        for begin in range(0, claims, _STEP):
            _refill(worker)
            step = min(_STEP, claims - begin)
            _age_once(conn, cast, begin, step, claims)
            if meanwhile is not None:
                meanwhile(begin + step)


def _refill(worker: Connection) -> None:
    worker.execute("select dialer_refill_hoppers_v1(%s, %s)", [_STEP, _STEP])


def _age_once(conn: Connection, cast: Cast, begin: int, step: int, claims: int) -> None:
    row = conn.execute("select dialer_read_bound(%s, '')", [cast.campaign_id]).fetchone()
    # Spread over the eight hours before, oldest first, as a day's work would be.
    span_s = 60 + 28_800 * (claims - begin) / claims
    conn.execute(
        _AGE,
        {"campaign": cast.campaign_id, "list": cast.list_id, "bound": row[0] if row else 0, "step": step,
         "from": begin, "span": span_s},
    )  # fmt: skip
    sequence = "select setval(dialer_bound_name(%s, 'engagement')::regclass, %s)"
    conn.execute(sequence, [cast.engagement_id, begin + step])
