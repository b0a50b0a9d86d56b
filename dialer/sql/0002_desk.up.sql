-- Keeps P1 and P2: an agent's place, resolved from the session token alone. What a desk shows holds no personal field
-- of the called person; those come from dialer_reveal_contact alone.

-- The agent behind a session token, or KH001. Internal.
create function dialer_find_agent(p_token text, out session_hash bytea, out ref text, out agent_id uuid,
  out outsourcer_id uuid, out name text, out address inet, out device text) language plpgsql stable as $$
begin
  select s.token_hash, s.ref, s.person_id, s.outsourcer_id, s.name, s.address, s.device
  into session_hash, ref, agent_id, outsourcer_id, name, address, device
  from tenants_find_session(p_token, 'agent', 2) s where s.role = 'agent';
  if agent_id is null then
    raise exception 'no session of an agent' using errcode = 'KH001';
  end if;
end $$;

-- The engagements and campaigns this outsourcer may work on today. Internal.
create function dialer_find_choices(p_outsourcer uuid)
returns table (campaign_id uuid, engagement_id uuid, firm_id uuid, campaign text, firm text, campaign_state text)
language sql stable as $$
  select c.id, e.id, f.id, c.name::text, f.name::text, c.state::text
  from tenants_engagement e
  join tenants_firm f on f.id = e.firm_id
  join campaigns_engaged g on g.engagement_id = e.id and g.firm_id = e.firm_id
  join campaigns_campaign c on c.id = g.campaign_id and c.firm_id = e.firm_id
  where e.outsourcer_id = p_outsourcer and e.state = 'active' and c.state in ('running', 'paused')
    and (now() at time zone f.time_zone)::date between e.starts_on and e.ends_on
  order by c.state desc, c.created_at, c.id
$$;

create function dialer_set_desk(p_agent uuid, p_state text, p_reason text) returns void
language plpgsql volatile as $$
begin
  update dialer_desk set state = p_state, reason = p_reason, since = now(), extra_s = 0 where agent_id = p_agent;
  insert into dialer_deskevent (agent_id, outsourcer_id, firm_id, at, state, reason)
  select agent_id, outsourcer_id, firm_id, now(), p_state, p_reason from dialer_desk where agent_id = p_agent;
end $$;

create function dialer_seat_agent(p_agent uuid, p_campaign uuid, p_engagement uuid, p_firm uuid) returns void
language plpgsql volatile as $$
begin
  perform dialer_create_bound(p_engagement, 'engagement');
  perform dialer_create_bound(p_agent, 'answers');
  update dialer_desk set campaign_id = p_campaign, engagement_id = p_engagement, firm_id = p_firm
  where agent_id = p_agent;
end $$;

-- The agent's desk, made at first sight and seated at the first campaign there is. Locked until commit. Internal.
create function dialer_take_desk(p_agent uuid, p_outsourcer uuid) returns dialer_desk
language plpgsql volatile as $$
declare d dialer_desk; k record;
begin
  select * into d from dialer_desk where agent_id = p_agent for update;
  if not found then
    insert into dialer_desk (agent_id, outsourcer_id, state, reason, since, pause_after, extra_s, seen_at)
    values (p_agent, p_outsourcer, 'paused', 'start', now(), '', 0, now())
    on conflict (agent_id) do nothing;
    select * into d from dialer_desk where agent_id = p_agent for update;
  end if;
  if d.lease_id is null and not exists (
      select 1 from dialer_find_choices(p_outsourcer) c
      where c.campaign_id = d.campaign_id and c.engagement_id = d.engagement_id) then
    select * into k from dialer_find_choices(p_outsourcer) limit 1;
    perform dialer_seat_agent(p_agent, k.campaign_id, k.engagement_id, k.firm_id) where k.campaign_id is not null;
    select * into d from dialer_desk where agent_id = p_agent;
  end if;
  return d;
end $$;

create function dialer_choose_campaign_v1(p_token text, p_campaign uuid) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; k record;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into k from dialer_find_choices(a.outsourcer_id) c where c.campaign_id = p_campaign;
  if not found or d.lease_id is not null or d.state <> 'paused' then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  perform dialer_seat_agent(a.agent_id, k.campaign_id, k.engagement_id, k.firm_id);
  return jsonb_build_object('ok', true);
end $$;

create function dialer_go_ready_v1(p_token text) returns jsonb language plpgsql volatile security definer as $$
declare a record; d dialer_desk;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  if d.state <> 'paused' then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  if d.campaign_id is null then
    return jsonb_build_object('ok', false, 'code', 'no_campaign');
  end if;
  update dialer_desk set seen_at = now(), pause_after = '' where agent_id = a.agent_id;
  perform dialer_set_desk(a.agent_id, case when d.lease_id is null then 'ready' else 'preview' end, '');
  return jsonb_build_object('ok', true);
end $$;

create function dialer_pause_v1(p_token text, p_reason text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  if p_reason not in ('break', 'lunch', 'training', 'meeting', 'technical', 'other') then
    return jsonb_build_object('ok', false, 'code', 'reason');
  end if;
  if d.lease_id is null then
    perform dialer_set_desk(a.agent_id, 'paused', p_reason);
  else
    update dialer_desk set pause_after = case when d.pause_after = p_reason then '' else p_reason end
    where agent_id = a.agent_id;
  end if;
  return jsonb_build_object('ok', true);
end $$;

create function dialer_beat_v1(p_token text) returns boolean language plpgsql volatile security definer as $$
declare a record;
begin
  select * into a from dialer_find_agent(p_token);
  update dialer_desk set seen_at = now() where agent_id = a.agent_id and seen_at < now() - interval '5 seconds';
  return true;
end $$;

create function dialer_extend_wrap_up_v1(p_token text) returns jsonb
language plpgsql volatile security definer as $$
declare a record;
begin
  select * into a from dialer_find_agent(p_token);
  update dialer_desk set extra_s = extra_s + 30 where agent_id = a.agent_id and state = 'wrapup' and extra_s < 300;
  return jsonb_build_object('ok', found, 'code', case when found then '' else 'state' end);
end $$;

create function dialer_check_sessions_v1(p_hashes bytea[]) returns bytea[]
language sql stable security definer as $$
  select coalesce(array_agg(h), '{}') from tenants_check_sessions_v1(p_hashes) h
$$;

call keyhole_adopt_functions();
grant execute on function dialer_choose_campaign_v1(text, uuid), dialer_go_ready_v1(text), dialer_beat_v1(text),
  dialer_pause_v1(text, text), dialer_extend_wrap_up_v1(text), dialer_check_sessions_v1(bytea[]) to keyhole_agent;
