"""The peer of appending: a tamper-evident log as a chain, each entry with the hash of the one before. Nothing of the product.

As fast as such a chain can be in PostgreSQL: one statement locks the last link, hashes, inserts and moves the head.
"""

from typing import Final

from benchmarks.stage import connect

APPEND: Final = """
with last as (
  select hash from bench_head where one for update
), fresh as (
  select gen_random_uuid() as id, clock_timestamp() as at, gen_random_uuid() as campaign, gen_random_uuid() as contact,
    gen_random_uuid() as subject
), added as (
  insert into bench_chain (prev, hash, id, firm_id, at, event, actor_kind, actor_id, campaign_id, contact_id,
    subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
  select l.hash,
    sha256(l.hash || convert_to(concat_ws('|', f.id, '{firm}', f.at, cast(:event as text), 'person', '{actor}',
      f.campaign, f.contact, 'campaign', f.subject, true, '', '127.0.0.1', 'Browser 1', 'B1B1', 'firm', '{{"rows": 25}}'),
      'UTF8')),
    f.id, '{firm}', f.at, :event, 'person', '{actor}', f.campaign, f.contact, 'campaign', f.subject, true, '',
    '127.0.0.1', 'Browser 1', 'B1B1', 'firm', '{{"rows": 25}}'
  from last l, fresh f
  returning hash
)
update bench_head h set hash = a.hash from added a where h.one;
"""
_TABLES: Final = (
    "create table bench_chain (like tenants_entry including defaults including generated including indexes)",
    "alter table bench_chain add column link bigserial unique, add column prev bytea not null, "
    "add column hash bytea not null",
    "create table bench_head (one boolean primary key default true check (one), hash bytea not null)",
    "insert into bench_head (hash) values (sha256(''))",
    "grant select, insert, update on bench_chain, bench_head to keyhole_firm",
    "grant all on sequence bench_chain_link_seq to keyhole_firm",
)
_BROKEN: Final = """
select count(*) from (
  select prev, lag(hash, 1, sha256('')) over (order by link) as before from bench_chain) links
where prev <> before
"""


def set_chain_stage() -> None:
    """An empty chain with the columns and indexes of the record of access."""
    with connect("owner") as conn:
        for statement in _TABLES:
            conn.execute(statement)


def check_chain(committed: int) -> None:
    """Raises: RuntimeError unless every link follows the one before and none is missing."""
    with connect("owner") as conn:
        links = conn.execute("select count(*) from bench_chain").fetchone()
        broken = conn.execute(_BROKEN).fetchone()
    if links != (committed,) or broken != (0,):
        raise RuntimeError(
            f"the peer's chain does not hold: {committed} committed, {links} links, {broken} broken"
        )
