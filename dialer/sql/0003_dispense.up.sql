-- Keeps P2 and P3: one open lease an agent; the lease and its entry are one transaction; what it grants is shown only
-- by a later one; caps and the skip budget are checked here. No setting turns the record off.

-- The start of the day in the firm's own time. Internal.
create function dialer_day_start(p_firm uuid) returns timestamptz language sql stable as $$
  select date_trunc('day', now() at time zone f.time_zone) at time zone f.time_zone from tenants_firm f where f.id = p_firm
$$;

create function dialer_skips_left(p_agent uuid, p_engagement uuid) returns integer language sql stable as $$
  select greatest(0, e.skip_budget_day - (
    select count(*) from (
      select 1 from dialer_lease l
      where l.agent_id = p_agent and l.closed_how in ('skipped', 'lapsed') and l.closed_at >= dialer_day_start(e.firm_id)
      limit e.skip_budget_day + 1) s)::integer)
  from tenants_engagement e where e.id = p_engagement
$$;

-- Records of the engagement since then, handed out or being so. Internal.
create function dialer_count_engagement(p_engagement uuid, p_since timestamptz) returns bigint
language sql volatile as $$
  select coalesce(dialer_read_bound(p_engagement, 'engagement') - (
    select l.engagement_ordinal from dialer_lease l
    where l.engagement_id = p_engagement and l.opened_at >= p_since order by l.opened_at limit 1) + 1, 0)
$$;

-- Why this agent gets nobody now, or ''. Counts by ordinals: the history of a day is never counted. Internal.
create function dialer_refusal(p_agent uuid, p_address inet, p_desk dialer_desk) returns text
language plpgsql volatile as $$
declare e record; last_no bigint; hour_no bigint; day_no bigint; all_no bigint;
begin
  select g.id, g.state, g.networks, g.cap_agent_hour, g.cap_agent_day, g.cap_day, g.skip_budget_day,
    (now() at time zone f.time_zone)::date between g.starts_on and g.ends_on as is_in_term,
    date_trunc('day', now() at time zone f.time_zone) at time zone f.time_zone as day_start,
    (select c.state from campaigns_campaign c where c.id = p_desk.campaign_id) as campaign_state,
    exists (select 1 from campaigns_engaged n where n.campaign_id = p_desk.campaign_id and n.engagement_id = g.id)
      as is_engaged
  into e
  from tenants_engagement g join tenants_firm f on f.id = g.firm_id where g.id = p_desk.engagement_id;
  if not found or e.state <> 'active' then
    return 'suspended';
  end if;
  if e.campaign_state is distinct from 'running' then
    return 'campaign_paused';
  end if;
  if not e.is_in_term or not e.is_engaged then
    return 'suspended';
  end if;
  if cardinality(e.networks) > 0 and not coalesce(p_address <<= any (e.networks::inet[]), false) then
    return 'network';
  end if;
  select
    (select l.agent_ordinal from dialer_lease l where l.agent_id = p_agent order by l.opened_at desc limit 1),
    (select l.agent_ordinal from dialer_lease l
     where l.agent_id = p_agent and l.opened_at > now() - interval '1 hour' order by l.opened_at limit 1),
    (select l.agent_ordinal from dialer_lease l
     where l.agent_id = p_agent and l.opened_at >= e.day_start order by l.opened_at limit 1),
    (select l.engagement_ordinal from dialer_lease l
     where l.engagement_id = e.id and l.opened_at >= e.day_start order by l.opened_at limit 1)
  into last_no, hour_no, day_no, all_no;
  if coalesce(last_no - hour_no + 1, 0) >= e.cap_agent_hour then
    return 'cap_hour';
  end if;
  if coalesce(last_no - day_no + 1, 0) >= e.cap_agent_day then
    return 'cap_day';
  end if;
  if coalesce(dialer_read_bound(e.id, 'engagement') - all_no + 1, 0) + 200 >= e.cap_day then
    -- Near the cap its agents go one by one, or as many as ask at once would pass it.
    perform pg_advisory_xact_lock(hashtextextended(e.id::text, 2));
    if dialer_count_engagement(e.id, e.day_start) >= e.cap_day then
      return 'cap_engagement';
    end if;
  end if;
  if (select count(*) from (
        select 1 from dialer_lease l
        where l.agent_id = p_agent and l.closed_how = 'lapsed' and l.closed_at >= e.day_start
        limit e.skip_budget_day + 1) x) > e.skip_budget_day then
    return 'no_skips';
  end if;
  return '';
end $$;

-- Takes the next contact: a callback that is due (the agent's own, anybody's, or one whose agent did not come for half
-- an hour), else out of the hopper. Null when there is none. Internal.
create function dialer_take_contact(p_agent uuid, p_campaign uuid, out contact_id uuid, out zone text, out closed boolean)
language plpgsql volatile as $$
declare h record; bound bigint := dialer_read_bound(p_campaign, '');
begin
  closed := false;
  select w.contact_id, w.zone into h from dialer_waiting w
  where w.campaign_id = p_campaign and w.kind = 'callback' and w.due_at <= now()
    and (w.agent_id = p_agent or w.agent_id is null or w.due_at <= now() - interval '30 minutes')
    and campaigns_zone_open(p_campaign, w.zone, now())
    and not campaigns_contact_suppressed(w.firm_id, p_campaign, w.contact_id)
  order by w.due_at limit 1 for update skip locked;
  if found then
    delete from dialer_waiting w where w.contact_id = h.contact_id;
    contact_id := h.contact_id;
    zone := h.zone;
    return;
  end if;
  for i in 1..50 loop
    delete from dialer_hopper p where p.position = (
      select x.position from dialer_hopper x
      where x.campaign_id = p_campaign and x.position >= bound order by x.position limit 1 for update skip locked)
    returning p.position, p.contact_id, p.zone, p.firm_id into h;
    exit when not found;
    if h.position % 32 = 0 then
      perform dialer_raise_hopper_bound(p_campaign);
    end if;
    if not campaigns_zone_open(p_campaign, h.zone, now()) then
      perform dialer_queue_contact(h.firm_id, p_campaign, h.contact_id, h.zone, dialer_rank(2, 0));
      closed := true;
    elsif campaigns_contact_suppressed(h.firm_id, p_campaign, h.contact_id) then
      perform dialer_set_standing(h.firm_id, p_campaign, h.contact_id, 'finished', 'suppressed');
    else
      contact_id := h.contact_id;
      zone := h.zone;
      return;
    end if;
  end loop;
end $$;

create function dialer_open_lease(p_agent record, p_desk dialer_desk, p_contact uuid) returns uuid
language plpgsql volatile as $$
declare new_lease uuid := tenants_new_id(); list uuid;
begin
  select c.list_id into list from campaigns_contact c where c.id = p_contact;
  insert into dialer_lease (id, firm_id, campaign_id, engagement_id, outsourcer_id, contact_id, list_id, agent_id,
    session_hash, stage, tries, matched, checks_from, agent_ordinal, engagement_ordinal, opened_at, closed_how, reason)
  values (new_lease, p_desk.firm_id, p_desk.campaign_id, p_desk.engagement_id, p_agent.outsourcer_id, p_contact, list,
    p_agent.agent_id, p_agent.session_hash, 0, 0, 0,
    coalesce(pg_sequence_last_value(dialer_bound_name(p_agent.agent_id, 'answers')::regclass), -1),
    coalesce((select l.agent_ordinal from dialer_lease l where l.agent_id = p_agent.agent_id
              order by l.opened_at desc limit 1), 0) + 1,
    nextval(dialer_bound_name(p_desk.engagement_id, 'engagement')::regclass), clock_timestamp(), '', '');
  update dialer_desk set lease_id = new_lease, attempt_id = null, session_hash = p_agent.session_hash,
    state = 'preview', reason = '', since = now(), extra_s = 0
  where agent_id = p_agent.agent_id;
  insert into dialer_deskevent (agent_id, outsourcer_id, firm_id, at, state, reason)
  values (p_agent.agent_id, p_desk.outsourcer_id, p_desk.firm_id, now(), 'preview', '');
  perform tenants_write_entry(p_desk.firm_id, 'dialer:contact:reserved', 'person', p_agent.agent_id,
    p_agent.outsourcer_id, p_desk.campaign_id, p_contact, 'lease', new_lease, true, '', p_agent.address,
    p_agent.device, p_agent.ref, 'agent', '{"stage": 0}');
  -- One wait for the disk instead of two: nothing of this lease is shown before reveal has seen it written out.
  if current_setting('server_version_num')::integer >= 170000 then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  return new_lease;
end $$;

create function dialer_reserve_contact_v1(p_token text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; refusal text; t record;
begin
  select * into a from dialer_find_agent(p_token);
  select * into d from dialer_desk where agent_id = a.agent_id for update;
  if d.lease_id is not null then
    return jsonb_build_object('ok', true, 'lease_id', d.lease_id);
  end if;
  if d.state is distinct from 'ready' or d.campaign_id is null then
    return jsonb_build_object('ok', false, 'code', 'not_ready');
  end if;
  refusal := dialer_refusal(a.agent_id, a.address, d);
  if refusal in ('suspended', 'campaign_paused') then
    -- Only now look for another seat: the search is as dear as the refusal, and rarely needed.
    d := dialer_take_desk(a.agent_id, a.outsourcer_id);
    refusal := dialer_refusal(a.agent_id, a.address, d);
  end if;
  if refusal = '' then
    select * into t from dialer_take_contact(a.agent_id, d.campaign_id);
    if t.contact_id is not null then
      return jsonb_build_object('ok', true, 'lease_id', dialer_open_lease(a, d, t.contact_id));
    end if;
    refusal := case when t.closed then 'closed_hours' else 'empty' end;
  end if;
  if d.reason <> refusal then
    update dialer_desk set reason = refusal where agent_id = a.agent_id;
    if refusal not in ('empty', 'closed_hours') then
      perform tenants_write_entry(d.firm_id, 'dialer:contact:refused', 'person', a.agent_id, a.outsourcer_id,
        d.campaign_id, null, 'campaign', d.campaign_id, false, refusal, a.address, a.device, a.ref, 'agent', null);
    end if;
  end if;
  return jsonb_build_object('ok', false, 'code', refusal);
end $$;

-- Waits until all that was committed is on disk. A caller may lower synchronous_commit for its own commit: a crash
-- would then forget the entry of what was shown. Internal.
create function dialer_flush_record() returns void language plpgsql volatile as $$
declare upto pg_lsn := pg_current_wal_insert_lsn();
begin
  if pg_current_wal_flush_lsn() < upto and current_setting('server_version_num')::integer >= 170000 then
    perform pg_logical_emit_message(false, 'keyhole', '', true);
  end if;
  -- Before PostgreSQL 17 nothing can ask for it; the server's own writer comes by within a second.
  for i in 1..100 loop
    exit when pg_current_wal_flush_lsn() >= upto;
    perform pg_sleep(0.01);
  end loop;
end $$;

-- What the granted stage shows of the one contact, still sealed. Refuses in the transaction that granted it: a
-- rollback could otherwise show a record and leave no entry.
create function dialer_reveal_contact_v1(p_token text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; l dialer_lease; c campaigns_contact; s campaigns_contactlist;
begin
  select * into a from dialer_find_agent(p_token);
  select * into l from dialer_lease where agent_id = a.agent_id and closed_at is null;
  if not found or l.session_hash <> a.session_hash then
    return null;
  end if;
  if l.grant_xid = pg_current_xact_id_if_assigned() then
    raise exception 'granted by this same transaction' using errcode = 'KH003';
  end if;
  -- What was granted longer ago has been written out by the server meanwhile, however its commit was asked for.
  if l.granted_at > clock_timestamp() - interval '5 seconds' then
    perform dialer_flush_record();
  end if;
  select * into c from campaigns_contact where id = l.contact_id and firm_id = l.firm_id;
  select * into s from campaigns_contactlist where id = l.list_id and firm_id = l.firm_id;
  return jsonb_build_object(
    'lease_id', l.id, 'contact_id', c.id, 'firm_id', l.firm_id, 'list_id', l.list_id, 'key_version', s.key_version,
    'stage', l.stage,
    'fields_key', (select encode(k.sealed, 'hex') from campaigns_listkey k
                   where k.list_id = s.id and k.purpose = 'fields' and k.recipient = 'agent'),
    'fields_key_version', (select k.recipient_version from campaigns_listkey k
                           where k.list_id = s.id and k.purpose = 'fields' and k.recipient = 'agent'),
    'answers_key', (select encode(k.sealed, 'hex') from campaigns_listkey k
                    where k.list_id = s.id and k.purpose = 'answers' and k.recipient = 'agent'),
    'answers_key_version', (select k.recipient_version from campaigns_listkey k
                            where k.list_id = s.id and k.purpose = 'answers' and k.recipient = 'agent'),
    'columns', coalesce((
      select jsonb_agg(jsonb_build_object(
        'name', o.name, 'label', o.label, 'role', o.role, 'visible', o.visible, 'shown', o.visible <= l.stage,
        'sealed', case when o.visible <= l.stage
                       then encode(c.fields[array_position(s.columns, o.name)], 'hex') end) order by o.position)
      from campaigns_column o
      where o.campaign_id = l.campaign_id and o.firm_id = l.firm_id and o.visible <= 2
        and array_position(s.columns, o.name) is not null), '[]'));
end $$;

-- The same agent on a new session: the look is recorded anew before it is shown there.
create function dialer_resume_lease_v1(p_token text) returns jsonb language plpgsql volatile security definer as $$
declare a record; l dialer_lease;
begin
  select * into a from dialer_find_agent(p_token);
  perform 1 from dialer_desk where agent_id = a.agent_id for update;
  update dialer_lease set session_hash = a.session_hash, grant_xid = pg_current_xact_id(), granted_at = clock_timestamp()
  where agent_id = a.agent_id and closed_at is null and session_hash <> a.session_hash
  returning * into l;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  update dialer_desk set session_hash = a.session_hash where agent_id = a.agent_id;
  perform tenants_write_entry(l.firm_id, 'dialer:contact:revealed', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'lease', l.id, true, 'new_session', a.address, a.device, a.ref, 'agent',
    jsonb_build_object('stage', l.stage));
  return jsonb_build_object('ok', true);
end $$;

call keyhole_adopt_functions();
grant execute on function dialer_reserve_contact_v1(text), dialer_reveal_contact_v1(text),
  dialer_resume_lease_v1(text) to keyhole_agent;
