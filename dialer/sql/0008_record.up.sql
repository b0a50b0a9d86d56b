-- Keeps P3 where it was thinner: a guess is on record before its result can be read, so rolling it back tells nothing;
-- the firm's stop of a record says from where, and a refused one is an entry too.

-- Of the last guess of the lease; read by dialer_read_answer_v1 alone.
alter table dialer_lease add column last_match boolean;

-- Takes one guess and says only that it was taken. One a transaction: the second would tell how the first went.
create function dialer_check_answer_v2(p_token text, p_column text, p_digest bytea) returns jsonb
language plpgsql volatile security definer as $$
declare a record; d dialer_desk; l dialer_lease; place integer; stored bytea; hit boolean; needed integer;
begin
  select * into a from dialer_find_agent(p_token);
  d := dialer_take_desk(a.agent_id, a.outsourcer_id);
  select * into l from dialer_lease where id = d.lease_id and closed_at is null;
  if not found or d.state not in ('talking', 'held') or l.stage < 1 or l.session_hash <> a.session_hash then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  if l.grant_xid = pg_current_xact_id_if_assigned() then
    raise exception 'granted by this same transaction' using errcode = 'KH003';
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
    perform tenants_write_entry(l.firm_id, 'dialer:answer:checked', 'person', a.agent_id, a.outsourcer_id,
      l.campaign_id, l.contact_id, 'lease', l.id, false, 'no_tries', a.address, a.device, a.ref, 'agent',
      jsonb_build_object('question', place));
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
  update dialer_lease set matched = l.matched, tries = l.tries, stage = l.stage, last_match = hit,
    grant_xid = pg_current_xact_id(), granted_at = clock_timestamp()
  where id = l.id;
  perform tenants_write_entry(l.firm_id, 'dialer:answer:checked', 'person', a.agent_id, a.outsourcer_id,
    l.campaign_id, l.contact_id, 'lease', l.id, hit, case when hit then 'match' else 'no_match' end, a.address,
    a.device, a.ref, 'agent', jsonb_build_object('question', place));
  if l.stage = 2 and hit then
    perform tenants_write_entry(l.firm_id, 'dialer:contact:revealed', 'person', a.agent_id, a.outsourcer_id,
      l.campaign_id, l.contact_id, 'lease', l.id, true, '', a.address, a.device, a.ref, 'agent', '{"stage": 2}');
  end if;
  return jsonb_build_object('ok', true);
end $$;

-- How the last guess went, once it is committed and on disk.
create function dialer_read_answer_v1(p_token text) returns jsonb language plpgsql volatile security definer as $$
declare a record; l dialer_lease; needed integer;
begin
  select * into a from dialer_find_agent(p_token);
  select * into l from dialer_lease where agent_id = a.agent_id and closed_at is null;
  if not found or l.session_hash <> a.session_hash or l.last_match is null then
    return jsonb_build_object('ok', false, 'code', 'state');
  end if;
  if l.grant_xid = pg_current_xact_id_if_assigned() then
    raise exception 'granted by this same transaction' using errcode = 'KH003';
  end if;
  if l.granted_at > clock_timestamp() - interval '5 seconds' then
    perform dialer_flush_record();
  end if;
  select verify_needed into needed from campaigns_campaign where id = l.campaign_id;
  return jsonb_build_object('ok', true, 'match', l.last_match, 'tries_left', 3 - l.tries,
    'matched', bit_count(l.matched::bit(64)), 'needed', needed, 'verified', l.stage = 2);
end $$;

-- The firm takes an open record back, at once or when the call is over. Resolves the firm from the token.
create function dialer_stop_lease_v2(p_lease uuid, p_reason text, p_address text, p_device text) returns jsonb
language plpgsql volatile security definer as $$
declare me record; l dialer_lease; d dialer_desk; now_closed boolean := false;
begin
  select * into me from tenants_current_access() limit 1;
  if not found or me.kind <> 'person' then
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  if me.role not in ('manager', 'data_officer') then
    perform tenants_write_entry(me.firm_id, 'identity:access:denied', me.kind, me.person_id, null, null, null, 'person',
      me.person_id, false, 'lease.stop', p_address::inet, p_device, me.session_ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  select * into l from dialer_lease where id = p_lease and firm_id = me.firm_id and closed_at is null;
  if not found then
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
    l.contact_id, 'lease', l.id, true, p_reason, p_address::inet, p_device, me.session_ref, 'firm',
    jsonb_build_object('at_once', now_closed));
  return jsonb_build_object('ok', true, 'at_once', now_closed, 'agent_id', l.agent_id);
end $$;

call keyhole_adopt_functions();
revoke execute on function dialer_check_answer_v1(text, text, bytea) from keyhole_agent;
revoke execute on function dialer_stop_lease_v1(uuid, text) from keyhole_firm;
grant execute on function dialer_check_answer_v2(text, text, bytea), dialer_read_answer_v1(text) to keyhole_agent;
grant execute on function dialer_stop_lease_v2(uuid, text, text, text) to keyhole_firm;
