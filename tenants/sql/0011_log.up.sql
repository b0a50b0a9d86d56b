-- Keeps P8: every committed entry gets one gapless place in its firm's log, once, whatever rolls back, dies or runs long;
-- tiles and checkpoints are only added to. Exact by the difference of two snapshots: no clock and no lock on writers.

call keyhole_secure_tables('tenants');
-- What was said stays said, by our own functions too.
revoke update, delete on tenants_position, tenants_tile, tenants_checkpoint, tenants_logkey, tenants_cosignature,
  tenants_incident, tenants_incidententry, tenants_review from keyhole_definer;
grant select on tenants_position, tenants_tile, tenants_checkpoint, tenants_logkey, tenants_witness,
  tenants_cosignature, tenants_incident, tenants_incidententry, tenants_review, tenants_rules to keyhole_firm;

create index tenants_entry_xid on tenants_entry (xid);
-- Hashes do not compress; trying costs time.
alter table tenants_tile alter column hashes set storage external;

-- Up to which snapshot entries have their places. `server` tells a restored database, whose transaction numbers began
-- anew, from the one before; entries from before `quiet_from` (less an hour, for a clock set back) all have theirs then.
create table tenants_sequencer (
  one boolean primary key default true check (one),
  snapshot pg_snapshot not null,
  server text not null,
  quiet_from timestamptz not null
);
call keyhole_secure_tables('tenants');

-- Gives every entry that became visible since the last run its place, and returns the firms that have new ones. Two
-- that run at once wait for each other. `restored` says that the database is not the one the last run was on.
-- Planned by index alone, and the look for a place as a look-up for each entry: a few are new, whatever statistics say.
create function tenants_sequence_entries_v1() returns jsonb language plpgsql volatile security definer
set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  s tenants_sequencer;
  v_server text;
  v_now timestamptz := clock_timestamp();
  v_restored boolean;
  v_taken pg_snapshot;
  v_firms uuid[];
begin
  perform set_config('synchronous_commit', 'on', true);
  select system_identifier::text into v_server from pg_control_system();
  insert into tenants_sequencer (one, snapshot, server, quiet_from) values (true, pg_current_snapshot(), '', v_now)
    on conflict do nothing;
  select * into s from tenants_sequencer for update;
  v_restored := s.server <> v_server or pg_snapshot_xmax(s.snapshot) > pg_snapshot_xmax(pg_current_snapshot());
  with taken as materialized (
    select pg_current_snapshot() as snapshot
  ), fresh as materialized (
    select e.firm_id, e.id, e.at from tenants_entry e
    where v_restored
      and (select count(*) from tenants_position p where p.firm_id = e.firm_id and p.entry_id = e.id) = 0
    union all
    select e.firm_id, e.id, e.at from tenants_entry e
    where not v_restored and e.xid >= pg_snapshot_xmax(s.snapshot) and e.at >= s.quiet_from - interval '1 hour'
      and (select count(*) from tenants_position p where p.firm_id = e.firm_id and p.entry_id = e.id) = 0
    union all
    select e.firm_id, e.id, e.at from tenants_entry e
    where not v_restored and e.xid = any (array(select pg_snapshot_xip(s.snapshot)))
      and (select count(*) from tenants_position p where p.firm_id = e.firm_id and p.entry_id = e.id) = 0
  ), base as (
    select f.firm_id, coalesce((select max(p.position) + 1 from tenants_position p where p.firm_id = f.firm_id), 0) as n
    from (select distinct firm_id from fresh) f
  ), placed as (
    insert into tenants_position (firm_id, position, entry_id)
    select f.firm_id, b.n + row_number() over (partition by f.firm_id order by f.at, f.id) - 1, f.id
    from fresh f join base b on b.firm_id = f.firm_id
  )
  select t.snapshot, (select array_agg(b.firm_id) from base b) into v_taken, v_firms from taken t;
  -- An unchanged row is not written: nothing new means that nothing before this snapshot is missing.
  if v_restored or v_firms is not null then
    update tenants_sequencer set snapshot = v_taken, server = v_server,
      quiet_from = case when v_restored then v_now else quiet_from end;
  end if;
  return jsonb_build_object('firms', to_jsonb(coalesce(v_firms, '{}')),
                            'restored', v_restored and s.server <> '');
end $$;

-- The log of a firm as far as it is signed; size 0 and no note for one that is not signed yet.
create function tenants_load_log_v1(p_firm uuid) returns jsonb language sql stable security definer as $$
  select jsonb_build_object(
    'size', coalesce(c.size, 0), 'root', encode(c.root, 'hex'), 'note', c.note,
    'placed', coalesce((select max(position) + 1 from tenants_position where firm_id = p_firm), 0),
    'keys', coalesce((
      select jsonb_agg(jsonb_build_object('version', k.version, 'vkey', k.vkey, 'position', p.position) order by k.version)
      from tenants_logkey k left join tenants_position p on p.firm_id = k.firm_id and p.entry_id = k.entry_id
      where k.firm_id = p_firm), '[]'))
  from (select 1) one left join lateral (
    select * from tenants_checkpoint where firm_id = p_firm order by size desc limit 1) c on true
$$;

create function tenants_list_logs_v1() returns setof uuid language sql stable security definer as $$
  select id from tenants_firm order by id
$$;

-- The fields of an entry in the form FORMAT.md gives them; what is encoded, hashed and exported is made of these alone.
create function tenants_entry_fields(e tenants_entry) returns json language sql stable as $$
  select json_build_object(
    'v', 1, 'id', e.id, 'firm_id', e.firm_id, 'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'event', e.event, 'actor_kind', e.actor_kind, 'actor_id', e.actor_id, 'outsourcer_id', e.outsourcer_id,
    'campaign_id', e.campaign_id, 'contact_id', e.contact_id, 'subject_kind', e.subject_kind,
    'subject_id', e.subject_id, 'allowed', e.allowed, 'reason', e.reason, 'address', host(e.address),
    'device', e.device, 'session_ref', e.session_ref, 'process', e.process, 'details', e.details)
$$;

-- Entries by place, from `p_from` up to and without `p_until`; null fields where the entry is no longer there. One look-up
-- an entry, whatever statistics say: a plan made while the table was small must not read it whole later.
create function tenants_read_log_v1(p_firm uuid, p_from bigint, p_until bigint)
returns table ("position" bigint, entry_id uuid, fields text) language sql stable security definer
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select p.position, p.entry_id, case when e.id is null then null else tenants_entry_fields(e)::text end
  -- By id alone: with the firm beside it, statistics of few entries have all of the firm's gone through for each.
  from tenants_position p left join tenants_entry e on e.id = p.entry_id and (e.firm_id = p.firm_id) is true
  where p.firm_id = p_firm and p.position >= p_from and p.position < p_until
  order by p.position
$$;

-- The same for the firm whose token the transaction carries.
create function tenants_read_own_log_v1(p_from bigint, p_until bigint)
returns table ("position" bigint, entry_id uuid, fields text) language sql stable security definer as $$
  select r.position, r.entry_id, r.fields from tenants_read_log_v1((select tenants_current_firm()), p_from, p_until) r
$$;

create function tenants_read_tiles_v1(p_firm uuid, p_level integer, p_from bigint, p_until bigint)
returns table ("index" bigint, hashes bytea, root bytea) language sql stable security definer as $$
  select t.index, t.hashes, t.root from tenants_tile t
  where t.firm_id = p_firm and t.level = p_level and t.index >= p_from and t.index < p_until order by t.index
$$;

-- Adds full tiles and one signed checkpoint that follows the one of `p_old_size`. False, and nothing written, when
-- another was faster: whoever asks has an old state and reads it again.
create function tenants_extend_log_v1(
  p_firm uuid, p_old_size bigint, p_size bigint, p_root bytea, p_note text,
  p_levels integer[], p_indexes bigint[], p_hashes bytea[], p_roots bytea[]
) returns boolean language plpgsql volatile security definer as $$
declare v_size bigint; v_placed bigint;
begin
  perform set_config('synchronous_commit', 'on', true);
  perform 1 from tenants_sequencer for update;
  select coalesce(max(size), 0) into v_size from tenants_checkpoint where firm_id = p_firm;
  select coalesce(max(position) + 1, 0) into v_placed from tenants_position where firm_id = p_firm;
  if v_size <> p_old_size or p_size <= p_old_size or p_size > v_placed then
    return false;
  end if;
  insert into tenants_tile (firm_id, level, index, hashes, root)
  select p_firm, t.level, t.index, t.hashes, t.root
  from unnest(p_levels, p_indexes, p_hashes, p_roots) as t (level, index, hashes, root);
  insert into tenants_checkpoint (firm_id, size, root, note, at)
  values (p_firm, p_size, p_root, p_note, clock_timestamp());
  return true;
end $$;

-- Makes a key known in the log by an entry; null when the log has this version already.
create function tenants_add_log_key_v1(p_firm uuid, p_version integer, p_vkey text, p_old_vkey text) returns uuid
language plpgsql volatile security definer as $$
declare v_entry uuid; v_known integer;
begin
  perform 1 from tenants_sequencer for update;
  select max(version) into v_known from tenants_logkey where firm_id = p_firm;
  if v_known >= p_version then
    return null;
  end if;
  v_entry := tenants_write_log_entry(p_firm, case when p_old_vkey is null then 'ledger:key:added' else 'ledger:key:rotated' end,
    jsonb_strip_nulls(jsonb_build_object('version', p_version, 'new_key', p_vkey, 'old_key', p_old_vkey)));
  insert into tenants_logkey (firm_id, version, vkey, entry_id, added_at)
  values (p_firm, p_version, p_vkey, v_entry, clock_timestamp());
  return v_entry;
end $$;

-- An entry of the log about itself. Returns its id.
create function tenants_write_log_entry(p_firm uuid, p_event text, p_details jsonb) returns uuid
language plpgsql volatile as $$
declare v_id uuid := tenants_new_id();
begin
  perform set_config('synchronous_commit', 'on', true);
  insert into tenants_entry (id, firm_id, event, actor_kind, subject_kind, allowed, reason, device, session_ref, process,
    details)
  values (v_id, p_firm, p_event, 'system', '', true, '', '', '', 'ledger', p_details);
  return v_id;
end $$;

-- What the ledger process noticed about the database itself.
create function tenants_note_log_v1(p_firm uuid, p_event text, p_details text) returns uuid
language plpgsql volatile security definer as $$
begin
  if p_event not in ('ledger:restore:noticed', 'ledger:rollback:accepted') then
    raise exception 'this event is written by its own function' using errcode = 'KH001';
  end if;
  return tenants_write_log_entry(p_firm, p_event, p_details::jsonb);
end $$;

-- Entries without a place that are older than this many seconds: 0 in a log that is kept up.
create function tenants_count_unplaced_v1(p_firm uuid, p_older_s integer) returns bigint
language sql stable security definer as $$
  select count(*) from tenants_entry e
  where e.firm_id = p_firm and e.at < clock_timestamp() - make_interval(secs => p_older_s)
    and not exists (select from tenants_position p where p.firm_id = e.firm_id and p.entry_id = e.id)
$$;

call keyhole_adopt_functions();
grant execute on function
  tenants_sequence_entries_v1(), tenants_load_log_v1(uuid), tenants_list_logs_v1(),
  tenants_read_log_v1(uuid, bigint, bigint), tenants_read_tiles_v1(uuid, integer, bigint, bigint),
  tenants_extend_log_v1(uuid, bigint, bigint, bytea, text, integer[], bigint[], bytea[], bytea[]),
  tenants_add_log_key_v1(uuid, integer, text, text), tenants_note_log_v1(uuid, text, text),
  tenants_count_unplaced_v1(uuid, integer)
  to keyhole_ledger;
grant execute on function tenants_read_own_log_v1(bigint, bigint) to keyhole_firm;
-- Version 2 (0009) knows the ledger's login; nothing asks version 1 any more.
revoke execute on function tenants_check_login_v1() from keyhole_firm, keyhole_agent, keyhole_gateway, keyhole_worker;
