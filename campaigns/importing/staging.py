"""Puts sealed chunks into the list: COPY to temporary tables, then one set-based merge. Sees no clear cell.

Row-level security forbids COPY to the real tables, so rows pass through temporary ones.
"""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from django.db import connection

from campaigns.importing.sealing import COPY_HEADER, COPY_TRAILER, SealedChunk

_TABLES = (
    "create temp table staged_contact (id uuid, line_no integer, zone text, region text, fields bytea[], "
    "digests bytea[]) on commit drop",
    "create temp table staged_number (contact_id uuid, line_no integer, position smallint, "
    "number_index bytea, sealed bytea) on commit drop",
    "create temp table staged_reject (line_no integer, reason text, column_name text) on commit drop",
)

# A person who objected is not called under another number of theirs either: one suppressed number suppresses
# the whole contact. OFFSET 0 keeps the look-ups by index whatever the size of the suppression table.
# Numbers are tried in the order of the file, and the unique index of the campaign decides which came first.
_MERGE = """
with barred as materialized (
  select distinct n.contact_id from staged_number n
  where exists (
    select 1 from campaigns_suppression s
    where s.firm_id = %(firm)s and s.number_index = n.number_index
      and (s.campaign_id is null or s.campaign_id = %(campaign)s)
      and (s.expires_at is null or s.expires_at > now()) offset 0)
), added as (
  insert into campaigns_contactnumber (firm_id, campaign_id, contact_id, position, number_index, sealed)
  select %(firm)s, %(campaign)s, n.contact_id, n.position, n.number_index, n.sealed
  from staged_number n
  where n.contact_id not in (select contact_id from barred)
  order by n.line_no, n.position
  on conflict (firm_id, campaign_id, number_index) do nothing
  returning contact_id
), kept as materialized (
  select distinct contact_id from added
), stored as (
  insert into campaigns_contact (id, firm_id, list_id, line_no, zone, region, fields, digests)
  select c.id, %(firm)s, %(list)s, c.line_no, c.zone, c.region, c.fields, c.digests
  from staged_contact c join kept on kept.contact_id = c.id
  order by c.line_no
  returning id
), turned as (
  insert into campaigns_reject (firm_id, batch_id, line_no, fate, reason, "column")
  select %(firm)s, %(batch)s, line_no, fate, reason, column_name from (
    select c.line_no, case when b.contact_id is null then 'duplicate' else 'suppressed' end as fate,
      case when b.contact_id is null then 'duplicate' else 'suppressed' end as reason, '' as column_name
    from staged_contact c
    left join kept k on k.contact_id = c.id
    left join barred b on b.contact_id = c.id
    where k.contact_id is null
    union all
    select line_no, 'rejected', reason, column_name from staged_reject) r
  order by line_no
  returning fate
)
select (select count(*) from stored), (select count(*) from turned where fate = 'duplicate'),
  (select count(*) from turned where fate = 'suppressed'),
  (select count(*) from turned where fate = 'rejected')
"""

_CLEAR = (
    "delete from campaigns_contactnumber n using campaigns_contact c "
    "where c.id = n.contact_id and c.list_id = %(list)s and c.firm_id = %(firm)s and n.firm_id = %(firm)s",
    "delete from campaigns_contact where firm_id = %(firm)s and list_id = %(list)s",
    "delete from campaigns_listkey where firm_id = %(firm)s and list_id = %(list)s",
    "delete from campaigns_reject where firm_id = %(firm)s and batch_id = %(batch)s",
)


def merge_chunks(
    chunks: Sequence[SealedChunk], *, firm_id: UUID, campaign_id: UUID, list_id: UUID, batch_id: UUID
) -> tuple[int, int, int, int]:
    """Store the chunks in the running transaction.

    Returns (stored, duplicate, suppressed, rejected) rows. Rows of the file must come in order.
    """
    arguments = {"firm": firm_id, "campaign": campaign_id, "list": list_id, "batch": batch_id}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(table)
        raw: psycopg.Cursor[tuple[int, int, int, int]] = connection.connection.cursor()
        with raw:
            _copy(raw, "copy staged_contact from stdin (format binary)", [c.contacts for c in chunks])
            _copy(raw, "copy staged_number from stdin (format binary)", [c.numbers for c in chunks])
            _copy(raw, "copy staged_reject from stdin (format binary)", [c.rejects for c in chunks])
        cursor.execute(_MERGE, arguments)
        stored, duplicate, suppressed, rejected = cursor.fetchone()
    return stored, duplicate, suppressed, rejected


def clear_list(*, firm_id: UUID, list_id: UUID, batch_id: UUID) -> None:
    """Take away whatever an earlier, broken run stored of this list: people, numbers, keys, rejects."""
    arguments = {"firm": firm_id, "list": list_id, "batch": batch_id}
    with connection.cursor() as cursor:
        for statement in _CLEAR:
            cursor.execute(
                statement, {name: arguments[name] for name in arguments if f"({name})" in statement}
            )


def _copy(cursor: psycopg.Cursor[tuple[int, int, int, int]], statement: str, blocks: Sequence[bytes]) -> None:
    with cursor.copy(statement) as copy:
        copy.write(COPY_HEADER)
        for block in blocks:
            if block:
                copy.write(block)
        copy.write(COPY_TRAILER)
