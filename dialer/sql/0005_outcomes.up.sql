-- Keeps: a lease ends by an outcome after a call event of the gateway, by a skip that is paid for, by lapse or by the
-- firm; verification compares digests here, the stored answer is never read; an objection suppresses every number of
-- the person for the whole firm in the same transaction.

create function dialer_check_answer_v1(p_token text, p_column text, p_digest bytea) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; place integer; stored bytea; hit boolean; needed integer;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  if not found or d.state not in ('talking', 'held') or l.stage < 1 or l.session_hash <> a.session_hash then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  select array_position(s.columns, o.name), c.digests[array_position(s.columns, o.name)] into place, stored
  from campaigns_column o
  join campaigns_contactlist s on s.id = l.list_id
  join campaigns_contact c on c.id = l.contact_id
  where o.campaign_id = l.campaign_id and o.firm_id = l.firm_id and o.name = p_column and o.question <> '';
  if place is null or place > 60 then
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  -- The sequence counts what a caller rolls back as well: no more guesses than three and one for each question.
  if l.tries >= 3 or nextval(dialer_bound_name(a.agent_id, 'answers')::regclass) - l.checks_from > 3 + (
      select count(*) from campaigns_column q where q.campaign_id = l.campaign_id and q.question <> '') then
    return jsonb_build_object('ok', false, 'code', 'no_tries');
  end if;
  hit := coalesce(stored = p_digest, false);
  select verify_needed into needed from campaigns_campaign where id = l.campaign_id;
  if hit then
    l.matched := l.matched | (1::bigint << place);
  else
    l.tries := l.tries + 1;
  end if;
  l.stage := case when bit_count(l.matched::bit(64)) >= greatest(needed, 1) then 2 else l.stage end;
  update dialer_lease set matched = l.matched, tries = l.tries, stage = l.stage, grant_xid = pg_current_xact_id(), granted_at = clock_timestamp()
  where id = l.id;
  perform tenants_write_entry(l.firm_id, 'dialer:answer:checked', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'lease', l.id, hit, case when hit then 'match' else 'no_match' end, a.address,
    a.device, a.ref, 'agent', jsonb_build_object('question', place));
  if l.stage = 2 and hit then
    perform tenants_write_entry(l.firm_id, 'dialer:contact:revealed', 'person', a.agent_id, a.outsourcer_id,
      l.campaign_id, l.contact_id, 'lease', l.id, true, '', a.address, a.device, a.ref, 'agent', '{"stage": 2}');
  end if;
  return jsonb_build_object('ok', true, 'match', hit, 'tries_left', 3 - l.tries,
    'matched', bit_count(l.matched::bit(64)), 'needed', needed, 'verified', l.stage = 2);
end $$;

create function dialer_suppress_contact(p_lease dialer_lease, p_agent record) returns void
language plpgsql volatile as $$
declare n integer;
begin
  insert into campaigns_suppression (id, firm_id, campaign_id, number_index, source, created_at)
  select tenants_new_id(), x.firm_id, null, x.number_index, 'objection', now()
  from campaigns_contactnumber x where x.contact_id = p_lease.contact_id and x.firm_id = p_lease.firm_id
  on conflict do nothing;
  get diagnostics n = row_count;
  perform tenants_write_entry(p_lease.firm_id, 'campaigns:suppression:added', 'person', p_agent.agent_id,
    p_agent.outsourcer_id, p_lease.campaign_id, p_lease.contact_id, 'lease', p_lease.id, true, 'objection',
    p_agent.address, p_agent.device, p_agent.ref, 'agent', jsonb_build_object('numbers', n));
end $$;

-- What an outcome does to the contact. Returns '' or why it cannot be. Internal.
create function dialer_apply_outcome(
  p_lease dialer_lease, p_agent record, p_kind text, p_retry_s bigint, p_position smallint, p_due timestamptz,
  p_own boolean
) returns text language plpgsql volatile as $$
declare s dialer_contactstanding; most integer; zone text;
begin
  select * into s from dialer_contactstanding where contact_id = p_lease.contact_id for update;
  select max_attempts into most from campaigns_campaign where id = p_lease.campaign_id;
  select c.zone into zone from campaigns_contact c where c.id = p_lease.contact_id;
  if p_kind = 'callback' then
    if p_due is null or p_due < now() or p_due > now() + interval '90 days'
       or not campaigns_zone_open(p_lease.campaign_id, zone, p_due) then
      return 'callback_time';
    end if;
    perform dialer_wait_contact(p_lease, 'callback', p_due, case when p_own then p_agent.agent_id end);
    return '';
  end if;
  if p_kind = 'wrong' then
    update dialer_contactstanding set closed_positions = closed_positions | (1::bigint << p_position)
    where contact_id = p_lease.contact_id;
    if dialer_choose_number(p_lease.firm_id, p_lease.contact_id) is null then
      perform dialer_set_standing(p_lease.firm_id, p_lease.campaign_id, p_lease.contact_id, 'finished', 'wrong');
      return '';
    end if;
  end if;
  if p_kind = 'objection' then
    perform dialer_suppress_contact(p_lease, p_agent);
  end if;
  if p_kind in ('reached', 'refused', 'objection') then
    perform dialer_set_standing(p_lease.firm_id, p_lease.campaign_id, p_lease.contact_id, 'finished', p_kind);
  elsif p_retry_s is null or s.attempts >= most then
    perform dialer_set_standing(p_lease.firm_id, p_lease.campaign_id, p_lease.contact_id, 'finished', 'exhausted');
  else
    perform dialer_wait_contact(p_lease, 'retry', now() + make_interval(secs => p_retry_s), null);
  end if;
  return '';
end $$;

create function dialer_record_outcome_v1(
  p_token text, p_disposition uuid, p_callback_at timestamptz, p_callback_own boolean, p_note bytea,
  p_note_key_version smallint
) returns jsonb language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; t dialer_attempt; o campaigns_disposition; kind text; retry bigint;
        code text;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  select * into t from dialer_attempt where id = d.attempt_id and lease_id = l.id and state = 'ended';
  if t.id is null or d.state <> 'wrapup' then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  select * into o from campaigns_disposition
  where id = p_disposition and campaign_id = l.campaign_id and firm_id = l.firm_id and not archived;
  if o.id is not null then
    kind := o.kind;
    retry := o.retry_s;
  elsif p_disposition is null and t.result in ('no_answer', 'busy', 'machine', 'unreachable', 'invalid', 'cancelled')
  then
    kind := case when t.result = 'invalid' then 'wrong' else 'again' end;
    select r.retry_s into retry from campaigns_retryrule r
    where r.campaign_id = l.campaign_id and r.firm_id = l.firm_id
      and r.result = case when t.result = 'cancelled' then 'no_answer' else t.result end;
    if kind = 'wrong' then
      retry := coalesce(retry, 60);
    end if;
  else
    return jsonb_build_object('ok', false, 'code', 'no_outcome');
  end if;
  code := dialer_apply_outcome(l, a, kind, retry, t.number_position, p_callback_at, p_callback_own);
  if code <> '' then
    return jsonb_build_object('ok', false, 'code', code);
  end if;
  if p_note is not null then
    insert into dialer_note (lease_id, firm_id, contact_id, key_version, sealed)
    values (l.id, l.firm_id, l.contact_id, p_note_key_version, p_note);
  end if;
  perform dialer_close_lease(l.id, 'outcome', kind, o.id);
  perform tenants_write_entry(l.firm_id, 'dialer:outcome:recorded', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'lease', l.id, true, case when o.id is null then t.result else kind end, a.address,
    a.device, a.ref, 'agent', jsonb_build_object('disposition', o.id, 'note', p_note is not null));
  perform dialer_leave_lease(d);
  return jsonb_build_object('ok', true);
end $$;

-- The firm stops a lease: at once while nobody talks, else when the call is over. Resolves the firm from the token.
create function dialer_stop_lease_v1(p_lease uuid, p_reason text) returns jsonb
language plpgsql volatile security definer as $$
declare me record; l dialer_lease; d dialer_desk; now_closed boolean := false;
begin
  select * into me from tenants_current_access() limit 1;
  select * into l from dialer_lease where id = p_lease and firm_id = me.firm_id and closed_at is null;
  if not found or me.kind <> 'person' or me.role not in ('manager', 'data_officer') then
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  select * into d from dialer_desk where agent_id = l.agent_id and lease_id = l.id for update;
  if d.state in ('preview', 'paused') then
    perform dialer_close_lease(l.id, 'stopped', p_reason, null);
    perform dialer_wait_contact(l, 'retry', now() + interval '1 hour', null);
    update dialer_desk set lease_id = null, attempt_id = null, pause_after = '' where agent_id = l.agent_id;
    perform dialer_set_desk(l.agent_id, 'paused', 'stopped_by_firm');
    now_closed := true;
  else
    update dialer_desk set pause_after = 'stopped_by_firm' where agent_id = l.agent_id;
  end if;
  perform tenants_write_entry(l.firm_id, 'dialer:contact:stopped', me.kind, me.person_id, null, l.campaign_id,
    l.contact_id, 'lease', l.id, true, p_reason, null, '', me.session_ref, 'firm',
    jsonb_build_object('at_once', now_closed));
  return jsonb_build_object('ok', true, 'at_once', now_closed, 'agent_id', l.agent_id);
end $$;

-- Every second: previews that ran out, dials the exchange never took, agents who are gone. Never frees for nothing.
create function dialer_sweep_desks_v1() returns jsonb language plpgsql volatile security definer as $$
declare d dialer_desk; t dialer_attempt; l dialer_lease; woken jsonb := '[]';
begin
  for t in
    select * from dialer_attempt
    where state = 'requested' and token_used_at is null and requested_at < now() - interval '15 seconds'
    for update skip locked
  loop
    update dialer_attempt set token_expires_at = now() where id = t.id;
    perform dialer_apply_event(t, 'ended_failed', null);
    woken := woken || to_jsonb(t.agent_id);
  end loop;
  for d in
    select k.* from dialer_desk k left join campaigns_campaign c on c.id = k.campaign_id
    where (k.state = 'preview' and k.since + make_interval(secs => c.preview_s) < now())
       or (k.state = 'ready' and k.seen_at < now() - interval '90 seconds')
       or (k.lease_id is not null and k.state in ('preview', 'paused') and k.seen_at < now() - interval '10 minutes')
    for update of k skip locked
  loop
    select * into l from dialer_lease where id = d.lease_id and closed_at is null;
    if d.lease_id is not null and d.seen_at < now() - interval '10 minutes' then
      perform dialer_close_lease(l.id, 'lapsed', 'gone', null);
      perform dialer_wait_contact(l, 'retry', now() + interval '5 minutes', null);
      update dialer_desk set lease_id = null, attempt_id = null where agent_id = d.agent_id;
      perform dialer_set_desk(d.agent_id, 'paused', 'gone');
      perform tenants_write_entry(l.firm_id, 'dialer:contact:lapsed', 'system', d.agent_id, d.outsourcer_id,
        l.campaign_id, l.contact_id, 'lease', l.id, true, 'gone', null, '', '', 'worker', null);
    elsif d.state = 'preview' then
      perform dialer_set_desk(d.agent_id, 'paused', 'preview_over');
    else
      perform dialer_set_desk(d.agent_id, 'paused', 'gone');
    end if;
    woken := woken || to_jsonb(d.agent_id);
  end loop;
  return jsonb_build_object('campaigns', '[]'::jsonb, 'agents', woken);
end $$;

call keyhole_adopt_functions();
grant execute on function dialer_check_answer_v1(text, text, bytea),
  dialer_record_outcome_v1(text, uuid, timestamptz, boolean, bytea, smallint) to keyhole_agent;
grant execute on function dialer_stop_lease_v1(uuid, text) to keyhole_firm;
grant execute on function dialer_sweep_desks_v1() to keyhole_worker;
