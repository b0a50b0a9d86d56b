-- Keeps P8 while entries end: nothing younger than 24 months can be deleted by anybody but who owns the tables, and what
-- is older goes only from the front of its log, in whole blocks that are signed, with an entry that says so. Places,
-- tiles and keys stay, so every proof and every kept checkpoint can still be checked.

-- Months that a country's law has records of calls kept, 24 at least; tenants/retention/floors.py names the sources.
create function tenants_keep_floor(p_country text) returns integer language sql immutable parallel safe as $$
  select case when p_country in ('US', 'PR', 'GU', 'VI', 'AS', 'MP', 'DE') then 60 else 24 end
$$;

-- The countries whose law holds for a firm's record. What other apps know of it they add in a later version.
create function tenants_find_countries(p_firm uuid) returns setof text language sql stable as $$
  select f.country::text from tenants_firm f where f.id = p_firm
$$;

-- The floor of a firm, under which its own rules cannot go. Months.
create function tenants_find_floor(p_firm uuid) returns integer language sql stable security definer as $$
  select greatest(24, (select max(tenants_keep_floor(c.country)) from tenants_find_countries(p_firm) as c (country)))
$$;

-- How long a firm's entries are kept. Months.
create function tenants_keep_months(p_firm uuid) returns integer language sql stable security definer as $$
  select greatest(24, tenants_find_floor(p_firm), (select r.keep_months from tenants_rules r where r.firm_id = p_firm))
$$;

-- The end of what was let go in a firm's log: the first place that still has its entry.
create function tenants_find_pruned(p_firm uuid) returns bigint language sql stable security definer as $$
  select coalesce(max((e.details ->> 'until')::bigint), 0) from tenants_entry e
  where e.firm_id = p_firm and e.event = 'ledger:entries:pruned' and e.actor_kind = 'system'
$$;

-- What the firm may know of its own record's time.
create function tenants_load_keeping_v1() returns jsonb language sql stable security definer as $$
  select jsonb_build_object('keep_months', tenants_keep_months(f.id), 'floor_months', tenants_find_floor(f.id),
    'pruned_until', tenants_find_pruned(f.id))
  from tenants_firm f where f.id = (select tenants_current_firm())
$$;

-- One at a time of what is named; false when another is at it.
create function tenants_begin_pruning(p_what text) returns boolean language sql volatile security definer as $$
  select pg_try_advisory_xact_lock(hashtextextended(p_what, 4))
$$;

-- Each such entry tells of all that is gone, from the first place on: the one before it goes with its time as well.
create function tenants_note_pruning(p_firm uuid, p_until bigint, p_entries bigint, p_months integer) returns void
language plpgsql volatile security definer as $$
begin
  perform tenants_write_entry(p_firm, 'ledger:entries:pruned', 'system', null, null, null, null, '', null, true, '', null,
    '', '', 'worker', jsonb_build_object('from', 0, 'until', p_until, 'entries', p_entries, 'months', p_months));
end $$;

-- Few entries tell of pruning and of checkpoints that left the house; they are looked for every hour.
create index tenants_entry_log on tenants_entry (firm_id, event)
  where event in ('ledger:entries:pruned', 'ledger:checkpoint:downloaded', 'ledger:evidence:exported');

call keyhole_adopt_functions();

grant select on tenants_entry, tenants_position, tenants_checkpoint, tenants_cosignature, tenants_logkey, tenants_review
  to keyhole_pruner;
grant select (id) on tenants_firm to keyhole_pruner;
grant delete on tenants_entry, tenants_checkpoint to keyhole_pruner;
grant execute on function tenants_keep_months(uuid), tenants_find_pruned(uuid), tenants_begin_pruning(text),
  tenants_note_pruning(uuid, bigint, bigint, integer) to keyhole_pruner;

do $$
declare t text;
begin
  foreach t in array array['entry', 'position', 'checkpoint', 'cosignature', 'logkey', 'review', 'firm'] loop
    execute format('create policy pruner_reads on tenants_%s for select to keyhole_pruner using (true)', t);
  end loop;
end $$;
-- Held under the function too: whatever it is told, or whoever wrote another one for this role, younger ones stay. In
-- UTC, for a month counted in the caller's own time zone is a matter of the caller's settings.
create policy pruner_deletes on tenants_entry for delete to keyhole_pruner
  using (at < (now() at time zone 'UTC' - interval '24 months') at time zone 'UTC');
create policy pruner_deletes on tenants_checkpoint for delete to keyhole_pruner
  using (at < now() - interval '24 hours' and not exists (
    select from tenants_cosignature c
    where c.firm_id = tenants_checkpoint.firm_id and c.size = tenants_checkpoint.size));

-- Lets go of at most 50,000 entries whose time is over: in each firm the whole blocks of 256 at the front of its log that
-- are signed, all there and all old enough. A gap or a younger entry stops it, so that it never covers what is missing.
-- `more` says that it stopped for the number alone.
create function tenants_prune_entries_v1() returns jsonb language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  f uuid; v_entry uuid; room bigint := 50000; gone bigint; total bigint := 0;
  v_from bigint; v_until bigint; v_stop bigint; v_signed bigint; v_months integer; v_before timestamptz;
begin
  if not tenants_begin_pruning('entries') then
    return '{"pruned": 0, "more": false}';
  end if;
  for f in select id from tenants_firm order by id loop
    v_from := tenants_find_pruned(f);
    select size into v_signed from tenants_checkpoint where firm_id = f order by size desc limit 1;
    continue when coalesce(v_signed, 0) < v_from + 256;
    v_months := tenants_keep_months(f);
    v_before := (now() at time zone 'UTC' - make_interval(months => v_months)) at time zone 'UTC';
    v_until := least(v_from + room, v_signed);
    -- From place to place and no further than the first that has to stay. Entries are looked up by id alone: with the
    -- firm beside it, the planner may go through all the firm's entries for each.
    select p.position into v_stop from tenants_position p
    where p.firm_id = f and p.position >= v_from and p.position < v_until
      and coalesce((select case when e.firm_id = f then e.at end from tenants_entry e where e.id = p.entry_id),
                   'infinity') >= v_before
    order by p.position limit 1;
    v_until := coalesce(v_stop, v_until) / 256 * 256;
    continue when v_until <= v_from;
    -- One by one: as a join, statistics of a time when hardly any entry was old enough have each entry looked for among
    -- all places, which takes hours.
    gone := 0;
    for v_entry in
      select p.entry_id from tenants_position p where p.firm_id = f and p.position >= v_from and p.position < v_until
    loop
      delete from tenants_entry e where e.id = v_entry and (e.firm_id = f) is true;
      gone := gone + found::integer;
    end loop;
    if gone <> v_until - v_from then
      raise exception 'not all of the block could be let go' using errcode = 'KH004';
    end if;
    perform tenants_note_pruning(f, v_until, gone, v_months);
    total := total + gone;
    room := room - gone;
    exit when room < 256;
  end loop;
  return jsonb_build_object('pruned', total, 'more', room < 256);
end $$;

-- Thins out signed checkpoints: one an hour after a day, one a day after 90. The newest stays, and those that left the
-- house by download, in evidence, under a countersignature or in a signed review, and the first with each key.
create function tenants_thin_checkpoints_v1() returns jsonb language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp as $$
declare f uuid; kept text[]; gone bigint; total bigint := 0;
begin
  if not tenants_begin_pruning('checkpoints') then
    return '{"thinned": 0}';
  end if;
  for f in select id from tenants_firm order by id loop
    kept := array(
      select e.details ->> 'size' from tenants_entry e
      where e.firm_id = f and e.event in ('ledger:checkpoint:downloaded', 'ledger:evidence:exported')
      union select c.size::text from tenants_cosignature c where c.firm_id = f
      union select r.size::text from tenants_review r where r.firm_id = f
      union select (select min(c.size) from tenants_checkpoint c where c.firm_id = f and c.size > p.position)::text
        from tenants_logkey k join tenants_position p on p.firm_id = f and p.entry_id = k.entry_id where k.firm_id = f);
    with aged as (
      select c.size, row_number() over (
        partition by case when c.at < now() - interval '2160 hours' then date_trunc('day', c.at, 'UTC')
                          else date_trunc('hour', c.at, 'UTC') end,
                     c.at < now() - interval '2160 hours'
        order by c.size desc) as place
      from tenants_checkpoint c where c.firm_id = f and c.at < now() - interval '24 hours')
    delete from tenants_checkpoint c using aged a
    where c.firm_id = f and c.size = a.size and a.place > 1 and c.size::text <> all (kept);
    get diagnostics gone = row_count;
    total := total + gone;
  end loop;
  return jsonb_build_object('thinned', total);
end $$;

alter function tenants_prune_entries_v1() owner to keyhole_pruner;
alter function tenants_thin_checkpoints_v1() owner to keyhole_pruner;
revoke all on function tenants_prune_entries_v1(), tenants_thin_checkpoints_v1() from public;
grant execute on function tenants_prune_entries_v1(), tenants_thin_checkpoints_v1() to keyhole_worker;
grant execute on function tenants_load_keeping_v1() to keyhole_firm;
