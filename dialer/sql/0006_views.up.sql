-- What the screens read. The agent's desk holds no personal field of the called person and no count of a list; the
-- floor holds no personal field of any called person at all.

create function dialer_describe_lease(l dialer_lease) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', l.id, 'contact_id', l.contact_id, 'stage', l.stage, 'opened_at', l.opened_at,
    'attempt_no', coalesce(s.attempts, 0) + case when exists (
      select 1 from dialer_attempt t where t.lease_id = l.id and t.token_used_at is not null) then 0 else 1 end,
    'max_attempts', g.max_attempts, 'zone', c.zone, 'region', c.region,
    'tries_left', 3 - l.tries, 'matched', bit_count(l.matched::bit(64)), 'needed', g.verify_needed,
    'history', coalesce((
      select jsonb_agg(jsonb_build_object('at', x.requested_at, 'result', x.result) order by x.requested_at)
      from dialer_attempt x
      where x.firm_id = l.firm_id and x.contact_id = l.contact_id and x.lease_id <> l.id and x.state = 'ended'), '[]'),
    'hours', (
      select jsonb_build_object('opens', min(h.opens), 'closes', max(h.closes)) from campaigns_openhours h
      where h.campaign_id = l.campaign_id
        and h.weekday = extract(isodow from now() at time zone split_part(nullif(c.zone, ''), '+', 1))))
  from campaigns_contact c
  join campaigns_campaign g on g.id = l.campaign_id
  left join dialer_contactstanding s on s.contact_id = l.contact_id
  where c.id = l.contact_id
$$;

create function dialer_describe_zones(p_campaign uuid) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('zone', z.zone, 'open', z.open, 'opens_at',
    case when not z.open then campaigns_zone_opens(p_campaign, z.zone, now()) end) order by z.zone), '[]')
  from (select k.zone, campaigns_zone_open(p_campaign, k.zone, now()) as open
        from dialer_zone k where k.campaign_id = p_campaign order by k.zone limit 12) z
$$;

create function dialer_load_desk_v1(p_token text) returns jsonb language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; t dialer_attempt; g campaigns_campaign; firm_name text;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  if l.grant_xid = pg_current_xact_id_if_assigned() then
    raise exception 'granted by this same transaction' using errcode = 'KH003';
  end if;
  select * into t from dialer_attempt where id = d.attempt_id;
  select * into g from campaigns_campaign where id = d.campaign_id;
  select f.name into firm_name from tenants_firm f where f.id = d.firm_id;
  return jsonb_build_object(
    'server_time', clock_timestamp(),
    'me', jsonb_build_object('id', a.agent_id, 'name', a.name, 'session_ref', a.ref),
    'state', d.state, 'reason', case when d.state = 'ready' then '' else d.reason end,
    'idle_code', case when d.state = 'ready' then d.reason else '' end,
    'since', d.since, 'pause_after', d.pause_after,
    'firm', case when d.firm_id is not null then jsonb_build_object('name', firm_name) end,
    'campaign', case when g.id is not null then jsonb_build_object('id', g.id, 'name', g.name, 'state', g.state,
                                                                   'state_reason', g.state_reason) end,
    'choices', case when l.id is null then coalesce((
        select jsonb_agg(jsonb_build_object('campaign_id', k.campaign_id, 'campaign', k.campaign, 'firm', k.firm))
        from dialer_find_choices(a.outsourcer_id) k), '[]') else '[]' end,
    'skips', (select jsonb_build_object('left', dialer_skips_left(a.agent_id, e.id), 'of', e.skip_budget_day)
              from tenants_engagement e where e.id = d.engagement_id),
    'zones', case when l.id is null and d.state = 'ready' and d.reason <> ''
                  then dialer_describe_zones(d.campaign_id) else '[]' end,
    'callback_due', (select min(w.due_at) from dialer_waiting w
                     where w.agent_id = a.agent_id and w.campaign_id = d.campaign_id),
    'lease', case when l.id is not null then dialer_describe_lease(l) end,
    'lease_session', l.id is not null and l.session_hash = a.session_hash,
    'attempt', case when t.id is not null then jsonb_build_object(
      'id', t.id, 'state', t.state, 'result', t.result, 'requested_at', t.requested_at, 'dialled_at', t.dialled_at,
      'ringing_at', t.ringing_at, 'answered_at', t.answered_at, 'ended_at', t.ended_at, 'muted', t.muted) end,
    'limits', jsonb_build_object('preview_s', g.preview_s, 'wrap_up_s', g.wrap_up_s, 'extra_s', d.extra_s,
                                 'min_ring_s', g.min_ring_s, 'max_ring_s', g.max_ring_s),
    'script', g.script,
    'dispositions', coalesce((
      select jsonb_agg(jsonb_build_object('id', o.id, 'label', o.label, 'kind', o.kind) order by o.position, o.label)
      from campaigns_disposition o where o.campaign_id = g.id and not o.archived), '[]'),
    'questions', case when l.id is null then '[]' else coalesce((
      select jsonb_agg(jsonb_build_object('column', o.name, 'question', o.question, 'matched',
        (l.matched & (1::bigint << least(array_position(s.columns, o.name), 60))) <> 0) order by o.position)
      from campaigns_column o join campaigns_contactlist s on s.id = l.list_id
      where o.campaign_id = l.campaign_id and o.question <> '' and array_position(s.columns, o.name) is not null),
      '[]') end);
end $$;

create function dialer_load_floor_v1(p_token text) returns jsonb language plpgsql stable security definer as $$
declare me record; day timestamptz := date_trunc('day', now());
begin
  select * into me from tenants_find_session(p_token, 'agent', 2) where role = 'supervisor';
  if not found then
    raise exception 'no session of a supervisor' using errcode = 'KH001';
  end if;
  return jsonb_build_object(
    'server_time', clock_timestamp(),
    'agents', coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', p.id, 'name', p.name, 'state', case when d.agent_id is null then 'away'
          when d.seen_at < now() - interval '60 seconds' and d.state <> 'paused' then 'lost'
          when d.seen_at < now() - interval '10 minutes' then 'away' else d.state end,
        'reason', coalesce(d.reason, ''), 'since', d.since, 'campaign', g.name, 'firm', f.name,
        'wrap_up_s', g.wrap_up_s + coalesce(d.extra_s, 0),
        'calls_today', (select count(*) from dialer_attempt t
                        where t.agent_id = p.id and t.requested_at >= day and t.token_used_at is not null),
        'talk_s_today', (select coalesce(round(sum(extract(epoch from coalesce(t.ended_at, now()) - t.answered_at))), 0)
                         from dialer_attempt t
                         where t.agent_id = p.id and t.requested_at >= day and t.answered_at is not null),
        'outcomes_today', (select count(*) from dialer_lease l
                           where l.agent_id = p.id and l.opened_at >= day and l.closed_how = 'outcome'),
        'skips_today', (select count(*) from dialer_lease l
                        where l.agent_id = p.id and l.closed_at >= day and l.closed_how in ('skipped', 'lapsed'))
      ) order by p.name, p.id)
      from tenants_person p
      left join dialer_desk d on d.agent_id = p.id
      left join campaigns_campaign g on g.id = d.campaign_id
      left join tenants_firm f on f.id = d.firm_id
      where p.outsourcer_id = me.outsourcer_id and p.role = 'agent' and p.state = 'active'), '[]'),
    'campaigns', coalesce((
      select jsonb_agg(jsonb_build_object('name', k.campaign, 'firm', k.firm, 'state', k.campaign_state))
      from dialer_find_choices(me.outsourcer_id) k), '[]'));
end $$;

-- A campaign's progress for its own firm (the token's); null for any other.
create function dialer_count_progress_v1(p_campaign uuid) returns jsonb
language plpgsql stable security definer as $$
declare firm uuid := tenants_current_firm(); day timestamptz; total bigint; j jsonb;
begin
  if not exists (select 1 from campaigns_campaign where id = p_campaign and firm_id = firm) then
    return null;
  end if;
  day := dialer_day_start(firm);
  select coalesce(sum(b.stored), 0) into total from campaigns_importbatch b
  join campaigns_contactlist s on s.id = b.list_id
  where b.campaign_id = p_campaign and b.firm_id = firm and b.state = 'finished' and s.state = 'ready';
  select jsonb_build_object(
    'total', total,
    'reached', count(*) filter (where state = 'finished' and result in ('reached', 'refused')),
    'closed', count(*) filter (where state = 'finished' and result not in ('reached', 'refused', 'exhausted')),
    'not_reached', count(*) filter (where state = 'finished' and result = 'exhausted'),
    'waiting', count(*) filter (where state = 'waiting'),
    'in_hand', count(*) filter (where state = 'called'),
    'to_call', total - count(*))
  into j from dialer_contactstanding where firm_id = firm and campaign_id = p_campaign;
  return j || (
    select jsonb_build_object('calls_today', count(*), 'reached_today', count(answered_at), 'abandoned', 0)
    from dialer_attempt
    where firm_id = firm and campaign_id = p_campaign and requested_at >= day and token_used_at is not null);
end $$;

-- Records handed out today to each engagement of the token's firm, for the caps on the firm's pages.
create function dialer_count_engagements_v1() returns jsonb language sql stable security definer as $$
  select coalesce(jsonb_object_agg(e.id, jsonb_build_object(
    'records_today', (select count(*) from dialer_lease l
                      where l.engagement_id = e.id and l.opened_at >= dialer_day_start(e.firm_id)),
    'agents_on', (select count(*) from dialer_desk d where d.engagement_id = e.id and d.state <> 'paused'
                  and d.seen_at > now() - interval '60 seconds'))), '{}')
  from tenants_engagement e where e.firm_id = tenants_current_firm()
$$;

-- How many people still to be called are in each zone, for the campaign's own firm.
create function dialer_count_zones_v1(p_campaign uuid) returns jsonb language sql stable security definer as $$
  select coalesce(jsonb_agg(jsonb_build_object('zone', z.zone, 'people', z.people)), '[]')
  from (select q.zone, count(*) as people
        from (select zone from dialer_queue
              where campaign_id = p_campaign and firm_id = (select tenants_current_firm())
              union all select zone from dialer_hopper
              where campaign_id = p_campaign and firm_id = (select tenants_current_firm())
              union all select zone from dialer_waiting
              where campaign_id = p_campaign and firm_id = (select tenants_current_firm())) q
        group by q.zone) z
$$;

call keyhole_adopt_functions();
grant execute on function dialer_load_desk_v1(text), dialer_load_floor_v1(text) to keyhole_agent;
grant execute on function dialer_count_progress_v1(uuid), dialer_count_engagements_v1(), dialer_count_zones_v1(uuid)
  to keyhole_firm;
