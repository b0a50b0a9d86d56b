-- Keeps P12: a dial token is kept as its hash, lives sixty seconds, is bound to lease, session and campaign, and is worth
-- one call. Only the gateway's functions write a call event, and only along the table of states.

create function dialer_next_state(p_state text, p_event text) returns text language sql immutable as $$
  select case
    when p_state = 'requested' and p_event = 'redeemed' then 'dialling'
    when p_state = 'dialling' and p_event = 'ringing' then 'ringing'
    when p_state in ('dialling', 'ringing') and p_event = 'answered' then 'talking'
    when p_state = 'talking' and p_event = 'held' then 'held'
    when p_state = 'held' and p_event = 'resumed' then 'talking'
    when p_state in ('talking', 'held') and p_event in ('muted', 'unmuted') then p_state
    when p_state in ('requested', 'dialling', 'ringing') and p_event in ('ended_no_answer', 'ended_busy',
      'ended_machine', 'ended_unreachable', 'ended_invalid', 'ended_failed', 'ended_cancelled') then 'ended'
    when p_state in ('talking', 'held') and p_event in ('ended_answered', 'ended_machine', 'ended_dropped',
      'ended_failed') then 'ended'
  end
$$;

create function dialer_skip_contact_v1(p_token text, p_reason text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; code text := '';
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  if not found or d.state not in ('preview', 'paused') then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  if p_reason not in ('known_person', 'language', 'bad_time', 'data_wrong', 'other') then
    return jsonb_build_object('ok', false, 'code', 'reason');
  end if;
  if dialer_skips_left(a.agent_id, l.engagement_id) = 0 then
    code := 'no_skips';
  end if;
  perform tenants_write_entry(l.firm_id, 'dialer:contact:skipped', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'lease', l.id, code = '', coalesce(nullif(code, ''), p_reason), a.address, a.device,
    a.ref, 'agent', null);
  if code <> '' then
    return jsonb_build_object('ok', false, 'code', code);
  end if;
  perform dialer_close_lease(l.id, 'skipped', p_reason, null);
  perform dialer_wait_contact(l, 'retry', now() + interval '1 hour', null);
  perform dialer_leave_lease(d);
  return jsonb_build_object('ok', true);
end $$;

-- Closes a lease; what becomes of contact and desk is the caller's. Internal.
create function dialer_close_lease(p_lease uuid, p_how text, p_reason text, p_disposition uuid) returns void
language sql volatile as $$
  update dialer_lease set closed_at = clock_timestamp(), closed_how = p_how, reason = left(p_reason, 40),
    disposition_id = p_disposition
  where id = p_lease and closed_at is null
$$;

create function dialer_wait_contact(p_lease dialer_lease, p_kind text, p_due timestamptz, p_agent uuid) returns void
language plpgsql volatile as $$
begin
  insert into dialer_waiting (contact_id, firm_id, campaign_id, zone, kind, agent_id, due_at)
  select c.id, p_lease.firm_id, p_lease.campaign_id, c.zone, p_kind, p_agent, p_due
  from campaigns_contact c where c.id = p_lease.contact_id;
  perform dialer_set_standing(p_lease.firm_id, p_lease.campaign_id, p_lease.contact_id, 'waiting', p_kind);
end $$;

-- Where an agent goes when the lease is over: paused if so wished or the campaign stopped, else ready. Internal.
create function dialer_leave_lease(p_desk dialer_desk) returns void language plpgsql volatile as $$
declare running boolean;
begin
  select c.state = 'running' and e.state = 'active' into running
  from campaigns_campaign c, tenants_engagement e
  where c.id = p_desk.campaign_id and e.id = p_desk.engagement_id;
  update dialer_desk set lease_id = null, attempt_id = null, pause_after = '' where agent_id = p_desk.agent_id;
  if p_desk.pause_after <> '' then
    perform dialer_set_desk(p_desk.agent_id, 'paused', p_desk.pause_after);
  elsif not coalesce(running, false) then
    perform dialer_set_desk(p_desk.agent_id, 'paused', 'campaign_paused');
  else
    perform dialer_set_desk(p_desk.agent_id, 'ready', '');
  end if;
end $$;

-- The number to dial now: the lowest position not closed, the later ones when it was tried as often. Internal.
create function dialer_choose_number(p_firm uuid, p_contact uuid) returns smallint language sql stable as $$
  select n.position
  from campaigns_contactnumber n
  left join dialer_contactstanding s on s.contact_id = n.contact_id
  where n.contact_id = p_contact and n.firm_id = p_firm
    and (coalesce(s.closed_positions, 0) & (1::bigint << n.position)) = 0
  order by (select count(*) from dialer_attempt t where t.firm_id = p_firm and t.contact_id = p_contact
            and t.number_position = n.position and t.token_used_at is not null), n.position
  limit 1
$$;

create function dialer_request_dial_v1(p_token text, p_dial_hash bytea) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; place smallint; code text := ''; attempt uuid := tenants_new_id();
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  if not found or d.state <> 'preview' or l.session_hash <> a.session_hash or octet_length(p_dial_hash) <> 32 then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  place := dialer_choose_number(l.firm_id, l.contact_id);
  if place is null then
    code := 'no_number';
  elsif campaigns_contact_suppressed(l.firm_id, l.campaign_id, l.contact_id) then
    code := 'suppressed';
  elsif not campaigns_zone_open(l.campaign_id, (select c.zone from campaigns_contact c where c.id = l.contact_id),
                                now()) then
    code := 'closed_hours';
  elsif coalesce((select e.state from tenants_engagement e where e.id = l.engagement_id), '') <> 'active' then
    code := 'suspended';
  end if;
  if code <> '' then
    perform tenants_write_entry(l.firm_id, 'dialer:dial:refused', 'person', a.agent_id, a.outsourcer_id,
      l.campaign_id, l.contact_id, 'lease', l.id, false, code, a.address, a.device, a.ref, 'agent', null);
    return jsonb_build_object('ok', false, 'code', code);
  end if;
  insert into dialer_attempt (id, firm_id, campaign_id, contact_id, lease_id, agent_id, outsourcer_id, session_hash,
    number_position, token_hash, token_expires_at, state, result, muted, requested_at)
  values (attempt, l.firm_id, l.campaign_id, l.contact_id, l.id, a.agent_id, a.outsourcer_id, a.session_hash, place,
    p_dial_hash, now() + interval '60 seconds', 'requested', '', false, clock_timestamp());
  update dialer_desk set attempt_id = attempt where agent_id = a.agent_id;
  perform dialer_set_desk(a.agent_id, 'dialling', '');
  perform tenants_write_entry(l.firm_id, 'dialer:dial:requested', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'attempt', attempt, true, '', a.address, a.device, a.ref, 'agent', null);
  return jsonb_build_object('ok', true, 'attempt_id', attempt);
end $$;

create function dialer_command_call_v1(p_token text, p_verb text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; t dialer_attempt;
begin
  select * into a from dialer_find_agent(p_token);
  select x.* into t from dialer_desk d join dialer_attempt x on x.id = d.attempt_id
  where d.agent_id = a.agent_id and x.state <> 'ended';
  if not found or p_verb not in ('hang_up', 'hold', 'unhold', 'mute', 'unmute')
     or (p_verb <> 'hang_up' and t.state not in ('talking', 'held')) then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  insert into dialer_callcommand (firm_id, attempt_id, verb, at) values (t.firm_id, t.id, p_verb, clock_timestamp());
  return jsonb_build_object('ok', true);
end $$;

-- Internal: one event of a call, its entry where it is evidence, and the desk that follows it.
create function dialer_apply_event(p_attempt dialer_attempt, p_event text, p_cause smallint) returns text
language plpgsql volatile as $$
declare nxt text := dialer_next_state(p_attempt.state, p_event); ended_as text; ref text; place inet;
begin
  if nxt is null then
    return null;
  end if;
  ended_as := case when nxt = 'ended' then substring(p_event from 7) else p_attempt.result end;
  update dialer_attempt set state = nxt, result = ended_as,
    hangup_cause = coalesce(p_cause, hangup_cause),
    muted = case p_event when 'muted' then true when 'unmuted' then false else muted end,
    dialled_at = case when p_event = 'redeemed' then clock_timestamp() else dialled_at end,
    ringing_at = case when p_event = 'ringing' then clock_timestamp() else ringing_at end,
    answered_at = case when p_event = 'answered' then clock_timestamp() else answered_at end,
    ended_at = case when nxt = 'ended' then clock_timestamp() else ended_at end
  where id = p_attempt.id;
  insert into dialer_callevent (firm_id, attempt_id, at, event, from_state, to_state, hangup_cause)
  values (p_attempt.firm_id, p_attempt.id, clock_timestamp(), p_event, p_attempt.state, nxt, p_cause);
  if p_event in ('redeemed', 'answered') or nxt = 'ended' then
    select s.ref, s.address into ref, place from tenants_session s where s.token_hash = p_attempt.session_hash;
    perform tenants_write_entry(p_attempt.firm_id,
      case when p_event = 'redeemed' then 'dialer:call:dialled' when nxt = 'ended' then 'dialer:call:ended'
           else 'dialer:call:answered' end,
      'person', p_attempt.agent_id, p_attempt.outsourcer_id, p_attempt.campaign_id, p_attempt.contact_id, 'attempt',
      p_attempt.id, true, case when nxt = 'ended' then ended_as else '' end, place, '', ref, 'gateway',
      case when p_cause is not null then jsonb_build_object('cause', p_cause) end);
  end if;
  if p_event = 'answered' then
    update dialer_lease set stage = greatest(stage, 1), grant_xid = pg_current_xact_id(), granted_at = clock_timestamp()
    where id = p_attempt.lease_id;
    perform tenants_write_entry(p_attempt.firm_id, 'dialer:contact:revealed', 'person', p_attempt.agent_id,
      p_attempt.outsourcer_id, p_attempt.campaign_id, p_attempt.contact_id, 'lease', p_attempt.lease_id, true, '',
      place, '', ref, 'gateway', '{"stage": 1}');
  end if;
  perform dialer_follow_call(p_attempt, nxt, ended_as);
  return nxt;
end $$;

-- The desk follows its call; a dial that never reached the exchange brings the person back to preview. Internal.
create function dialer_follow_call(p_attempt dialer_attempt, p_state text, p_result text) returns void
language plpgsql volatile as $$
declare d dialer_desk; wanted text;
begin
  select * into d from dialer_desk where agent_id = p_attempt.agent_id and attempt_id = p_attempt.id for update;
  if not found then
    return;
  end if;
  wanted := case p_state when 'talking' then 'talking' when 'held' then 'held' when 'ended' then 'wrapup'
                 else 'dialling' end;
  if p_state = 'ended' and p_result = 'failed' and p_attempt.answered_at is null then
    perform dialer_set_desk(d.agent_id, 'preview', 'call_failed');
  elsif wanted <> d.state then
    perform dialer_set_desk(d.agent_id, wanted, case when p_state = 'ended' then p_result else '' end);
  end if;
end $$;

-- The token's one use. No row when it is unknown, used, too old, of a closed lease or of a session that has ended.
create function dialer_redeem_token_v1(p_dial_token text) returns table (
  attempt_id uuid, firm_id uuid, list_id uuid, contact_id uuid, agent_id uuid, number_position smallint,
  number_sealed bytea, number_key bytea, number_key_version smallint, key_version smallint, min_ring_s smallint,
  max_ring_s smallint
) language plpgsql volatile security definer as $$
declare t dialer_attempt;
begin
  update dialer_attempt x set token_used_at = clock_timestamp()
  from dialer_lease l, tenants_session s, tenants_person p
  where x.token_hash = tenants_token_hash(p_dial_token) and x.token_used_at is null and x.state = 'requested'
    and x.token_expires_at > clock_timestamp() and l.id = x.lease_id and l.closed_at is null
    and s.token_hash = x.session_hash and s.stage = 2 and s.expires_at > clock_timestamp() and p.id = s.person_id
    and p.state = 'active'
  returning x.* into t;
  if not found then
    return;
  end if;
  perform dialer_apply_event(t, 'redeemed', null);
  insert into dialer_contactstanding (contact_id, firm_id, campaign_id, state, attempts, result, closed_positions,
                                      changed_at)
  values (t.contact_id, t.firm_id, t.campaign_id, 'called', 1, '', 0, now())
  on conflict on constraint dialer_contactstanding_pkey do update
    set attempts = dialer_contactstanding.attempts + 1, state = 'called', changed_at = now();
  return query
    select t.id, t.firm_id, c.list_id, t.contact_id, t.agent_id, t.number_position, n.sealed, k.sealed,
           k.recipient_version, s.key_version, g.min_ring_s, g.max_ring_s
    from campaigns_contact c
    join campaigns_contactlist s on s.id = c.list_id
    join campaigns_contactnumber n on n.contact_id = c.id and n.position = t.number_position
    join campaigns_listkey k on k.list_id = c.list_id and k.purpose = 'number' and k.recipient = 'gateway'
    join campaigns_campaign g on g.id = t.campaign_id
    where c.id = t.contact_id;
end $$;

create function dialer_record_event_v1(p_attempt uuid, p_event text, p_cause smallint) returns text
language plpgsql volatile security definer as $$
declare t dialer_attempt;
begin
  if p_event = 'redeemed' then
    return null;
  end if;
  select * into t from dialer_attempt where id = p_attempt for update;
  return dialer_apply_event(t, p_event, p_cause);
end $$;

-- What the gateway finds after a restart: every call that is not over, with the agent to wake.
create function dialer_open_attempts_v1() returns table (
  attempt_id uuid, agent_id uuid, state text, min_ring_s smallint, max_ring_s smallint, dialled_at timestamptz,
  ringing_at timestamptz, answered_at timestamptz, muted boolean
) language sql stable security definer as $$
  select t.id, t.agent_id, t.state::text, g.min_ring_s, g.max_ring_s, t.dialled_at, t.ringing_at, t.answered_at,
         t.muted
  from dialer_attempt t join campaigns_campaign g on g.id = t.campaign_id
  where t.state <> 'ended' and t.token_used_at is not null
$$;

create function dialer_take_commands_v1() returns table (id bigint, attempt_id uuid, agent_id uuid, verb text, state text)
language sql stable security definer as $$
  select c.id, c.attempt_id, t.agent_id, c.verb::text, t.state::text
  from dialer_callcommand c join dialer_attempt t on t.id = c.attempt_id
  where c.done_at is null order by c.id limit 500
$$;

create function dialer_finish_command_v1(p_id bigint) returns void language sql volatile security definer as $$
  update dialer_callcommand set done_at = clock_timestamp() where id = p_id and done_at is null
$$;

call keyhole_adopt_functions();
grant execute on function dialer_skip_contact_v1(text, text), dialer_request_dial_v1(text, bytea),
  dialer_command_call_v1(text, text) to keyhole_agent;
grant execute on function dialer_redeem_token_v1(text), dialer_record_event_v1(uuid, text, smallint),
  dialer_open_attempts_v1(), dialer_take_commands_v1(), dialer_finish_command_v1(bigint) to keyhole_gateway;
