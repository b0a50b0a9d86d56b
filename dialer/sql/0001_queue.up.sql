-- Keeps the queue fast when millions have been called and an old snapshot is held: refill and claim look at nothing
-- below a lower bound. Bounds live in sequences, which are not MVCC, and are computed from visible rows only, so that
-- a rollback loses nothing; a slow sweep finds strays. Keeps hours: a closed zone is never refilled from.

alter table dialer_lease add column grant_xid xid8 not null default pg_current_xact_id();
alter table dialer_lease add column granted_at timestamptz not null default clock_timestamp();
alter table dialer_lease add column checks_from bigint not null default 0;

create sequence dialer_age;
create sequence dialer_hopper_position;
create table dialer_zone (firm_id uuid not null, campaign_id uuid not null, zone text not null,
                          primary key (campaign_id, zone));
alter table dialer_desk set (fillfactor = 50);

-- The sequence that holds a lower bound: of a campaign's hopper (zone '') or of one zone of its queue.
create function dialer_bound_name(p_campaign uuid, p_zone text) returns text language sql immutable as $$
  select 'dialer_bound_' || encode(substring(sha256(uuid_send(p_campaign) || convert_to(p_zone, 'UTF8')) from 1 for 16), 'hex')
$$;

create function dialer_read_bound(p_campaign uuid, p_zone text) returns bigint language sql stable as $$
  select coalesce(pg_sequence_last_value(to_regclass(dialer_bound_name(p_campaign, p_zone))), 0)
$$;

-- Creates a bound that is not there yet. Names are hashes, so nothing of a campaign can be read from them.
create function dialer_create_bound(p_campaign uuid, p_zone text) returns void language plpgsql volatile as $$
begin
  if to_regclass(dialer_bound_name(p_campaign, p_zone)) is null then
    -- Two who make it at once would fail in the catalog, "if not exists" or not.
    perform pg_advisory_xact_lock(hashtextextended(dialer_bound_name(p_campaign, p_zone), 3));
    execute format('create sequence if not exists public.%I minvalue 0', dialer_bound_name(p_campaign, p_zone));
  end if;
end $$;

create function dialer_raise_hopper_bound(p_campaign uuid) returns void language plpgsql volatile as $$
declare old bigint := dialer_read_bound(p_campaign, ''); lowest bigint;
begin
  select position into lowest from dialer_hopper
  where campaign_id = p_campaign and position >= old order by position limit 1;
  if lowest > old then
    perform setval(dialer_bound_name(p_campaign, '')::regclass, lowest);
  end if;
end $$;

-- Priority (0 first), attempts and age in one bigint.
create function dialer_rank(p_priority integer, p_attempts integer) returns bigint language sql volatile as $$
  select (p_priority::bigint << 48) | (least(p_attempts, 255)::bigint << 40) | nextval('dialer_age')
$$;

create function dialer_queue_contact(p_firm uuid, p_campaign uuid, p_contact uuid, p_zone text, p_rank bigint)
returns void language plpgsql volatile as $$
begin
  insert into dialer_queue (contact_id, firm_id, campaign_id, zone, rank)
  values (p_contact, p_firm, p_campaign, p_zone, p_rank);
  if p_rank < dialer_read_bound(p_campaign, p_zone) then
    perform setval(dialer_bound_name(p_campaign, p_zone)::regclass, greatest(p_rank, 1));
  end if;
end $$;

create function dialer_set_standing(p_firm uuid, p_campaign uuid, p_contact uuid, p_state text, p_result text)
returns void language sql volatile as $$
  insert into dialer_contactstanding (contact_id, firm_id, campaign_id, state, attempts, result, closed_positions,
                                      changed_at)
  values (p_contact, p_firm, p_campaign, p_state, 0, p_result, 0, now())
  on conflict (contact_id) do update set state = excluded.state, result = excluded.result, changed_at = now()
$$;

-- Puts the contacts of lists that are ready into the queue, a list a call. Unknown zones are never called.
create function dialer_enqueue_lists_v1() returns jsonb language plpgsql volatile security definer as $$
declare l campaigns_contactlist; z record;
begin
  select * into l from campaigns_contactlist where state = 'ready' and queued_at is null
  order by created_at limit 1 for update skip locked;
  if not found then
    return jsonb_build_object('campaigns', '[]'::jsonb, 'agents', '[]'::jsonb);
  end if;
  perform dialer_create_bound(l.campaign_id, '');
  for z in
    select x.zone, campaigns_zone_known(x.zone) as known
    from (select distinct zone from campaigns_contact where list_id = l.id) x
  loop
    if z.known then
      perform dialer_create_bound(l.campaign_id, z.zone);
      insert into dialer_zone values (l.firm_id, l.campaign_id, z.zone) on conflict do nothing;
    else
      insert into dialer_contactstanding (contact_id, firm_id, campaign_id, state, attempts, result,
                                          closed_positions, changed_at)
      select c.id, c.firm_id, l.campaign_id, 'finished', 0, 'no_zone', 0, now()
      from campaigns_contact c where c.list_id = l.id and c.zone = z.zone;
    end if;
  end loop;
  insert into dialer_queue (contact_id, firm_id, campaign_id, zone, rank)
  select c.id, c.firm_id, l.campaign_id, c.zone, dialer_rank(4, 0)
  from (select * from campaigns_contact where list_id = l.id order by line_no) c
  join dialer_zone k on k.campaign_id = l.campaign_id and k.zone = c.zone;
  update campaigns_contactlist set queued_at = now() where id = l.id;
  return jsonb_build_object('campaigns', jsonb_build_array(l.campaign_id), 'agents', '[]'::jsonb);
end $$;

-- Fills one campaign's hopper from the zones that are open now, lowest rank first. Returns how many it moved.
create function dialer_refill_campaign(p_campaign uuid, p_batch integer) returns integer
language plpgsql volatile as $$
declare zones text[]; bounds bigint[]; z text; low bigint; moved integer;
begin
  select array_agg(k.zone) into zones from dialer_zone k
  where k.campaign_id = p_campaign and campaigns_zone_open(p_campaign, k.zone, now());
  if zones is null then
    return 0;
  end if;
  foreach z in array zones loop
    select rank into low from dialer_queue
    where campaign_id = p_campaign and zone = z and rank >= dialer_read_bound(p_campaign, z) order by rank limit 1;
    if low is not null and low > dialer_read_bound(p_campaign, z) then
      perform setval(dialer_bound_name(p_campaign, z)::regclass, low);
    end if;
    bounds := bounds || coalesce(low, dialer_read_bound(p_campaign, z));
  end loop;
  with picked as (
    select q.contact_id from unnest(zones, bounds) as k (zone, bound)
    cross join lateral (
      select d.contact_id, d.rank from dialer_queue d
      where d.campaign_id = p_campaign and d.zone = k.zone and d.rank >= k.bound
      order by d.rank limit p_batch for update skip locked
    ) q order by q.rank limit p_batch
  ), taken as (
    delete from dialer_queue d using picked where d.contact_id = picked.contact_id
    returning d.contact_id, d.firm_id, d.campaign_id, d.zone, d.rank
  )
  insert into dialer_hopper (position, firm_id, campaign_id, contact_id, zone)
  select nextval('dialer_hopper_position'), t.firm_id, t.campaign_id, t.contact_id, t.zone
  from (select * from taken order by rank) t;
  get diagnostics moved = row_count;
  return moved;
end $$;

-- Keeps every running campaign's hopper above the low-water mark. One refiller a campaign at a time.
create function dialer_refill_hoppers_v1(p_low integer, p_batch integer) returns jsonb
language plpgsql volatile security definer
-- By index whatever the statistics say: they may be those of a queue that was empty.
set enable_seqscan = off set enable_bitmapscan = off as $$
declare c uuid; filled jsonb := '[]'; have integer;
begin
  for c in select id from campaigns_campaign where state = 'running' loop
    continue when to_regclass(dialer_bound_name(c, '')) is null
      or not pg_try_advisory_xact_lock(hashtextextended(c::text, 1));
    perform dialer_raise_hopper_bound(c);
    select count(*) into have from (
      select 1 from dialer_hopper where campaign_id = c and position >= dialer_read_bound(c, '') limit p_low) x;
    if have < p_low and dialer_refill_campaign(c, p_batch) > 0 then
      filled := filled || to_jsonb(c);
    end if;
  end loop;
  return jsonb_build_object('campaigns', filled, 'agents', '[]'::jsonb);
end $$;

-- Brings retries that are due from waiting into the queue. Callbacks that are due stay, for the claim looks at them
-- first; their agent, or the campaign's agents, are woken. One whose person objected meanwhile is closed.
create function dialer_promote_waiting_v1() returns jsonb language plpgsql volatile security definer as $$
declare w record; woken jsonb := '[]'; agents jsonb := '[]';
begin
  for w in
    select * from dialer_waiting where due_at <= now() and kind = 'retry'
    order by due_at limit 1000 for update skip locked
  loop
    delete from dialer_waiting where contact_id = w.contact_id;
    perform dialer_queue_contact(w.firm_id, w.campaign_id, w.contact_id, w.zone, dialer_rank(4,
      coalesce((select s.attempts from dialer_contactstanding s where s.contact_id = w.contact_id), 0)));
    if not woken @> to_jsonb(w.campaign_id) then
      woken := woken || to_jsonb(w.campaign_id);
    end if;
  end loop;
  for w in
    delete from dialer_waiting x where x.due_at <= now() and x.kind = 'callback'
      and campaigns_contact_suppressed(x.firm_id, x.campaign_id, x.contact_id)
    returning x.*
  loop
    perform dialer_set_standing(w.firm_id, w.campaign_id, w.contact_id, 'finished', 'suppressed');
  end loop;
  select coalesce(jsonb_agg(distinct x.agent_id) filter (where x.agent_id is not null), '[]'),
         woken || coalesce(jsonb_agg(distinct x.campaign_id) filter (where x.agent_id is null), '[]')
  into agents, woken
  from dialer_waiting x where x.kind = 'callback' and x.due_at between now() - interval '3 seconds' and now();
  return jsonb_build_object('campaigns', woken, 'agents', agents);
end $$;

-- Finds what lies below a bound (its insert was not visible when the bound was raised) and lifts it above.
create function dialer_rescue_strays_v1() returns jsonb language plpgsql volatile security definer as $$
declare k record; low bigint; woken jsonb := '[]'; n integer;
begin
  for k in select z.campaign_id, z.zone from dialer_zone z join campaigns_campaign c on c.id = z.campaign_id
           where c.state = 'running' loop
    select rank into low from dialer_queue where campaign_id = k.campaign_id and zone = k.zone order by rank limit 1;
    if low < dialer_read_bound(k.campaign_id, k.zone) then
      perform setval(dialer_bound_name(k.campaign_id, k.zone)::regclass, greatest(low, 1));
    end if;
    update dialer_hopper set position = nextval('dialer_hopper_position')
    where campaign_id = k.campaign_id and position < dialer_read_bound(k.campaign_id, '');
    get diagnostics n = row_count;
    if n > 0 then
      woken := woken || to_jsonb(k.campaign_id);
    end if;
  end loop;
  return jsonb_build_object('campaigns', woken, 'agents', '[]'::jsonb);
end $$;

call keyhole_adopt_functions();
call keyhole_secure_tables('dialer');
revoke update, delete on dialer_callevent, dialer_deskevent from keyhole_definer;
grant usage, select, update on sequence dialer_age, dialer_hopper_position to keyhole_definer;
grant usage on all sequences in schema public to keyhole_definer;
grant execute on function dialer_enqueue_lists_v1(), dialer_refill_hoppers_v1(integer, integer),
  dialer_promote_waiting_v1(), dialer_rescue_strays_v1() to keyhole_worker;
grant select on dialer_lease, dialer_attempt, dialer_callevent, dialer_desk, dialer_deskevent,
  dialer_contactstanding, dialer_note to keyhole_firm;
