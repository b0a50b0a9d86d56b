-- Keeps P10: a person joins by a one-time link and sets password and second factor alone; who invites never learns
-- them. A manager invites people of the own firm, a supervisor people of the own outsourcer; nobody else anybody.

create function tenants_open_invitation_v1(p_invite text, p_surface text) returns jsonb
language sql stable security definer as $$
  select jsonb_build_object('person_id', p.id, 'name', p.name, 'email', p.email, 'role', p.role, 'house_name',
                            coalesce(f.name, o.name))
  from tenants_invitation i
  join tenants_person p on p.id = i.person_id
  left join tenants_firm f on f.id = p.firm_id
  left join tenants_outsourcer o on o.id = p.outsourcer_id
  where i.token_hash = tenants_token_hash(p_invite) and i.used_at is null and i.expires_at > now()
    and p.state <> 'disabled' and (p_surface = 'firm') = (p.firm_id is not null) and tenants_own_surface(p_surface)
$$;

create function tenants_accept_invitation_v1(
  p_invite text, p_surface text, p_raw bytea, p_totp_sealed bytea, p_totp_step bigint, p_recovery bytea[],
  p_address text, p_device text
) returns boolean language plpgsql volatile security definer as $$
declare who uuid;
begin
  if octet_length(p_raw) <> 32 or p_totp_sealed is null or p_totp_step is null then
    return false;
  end if;
  update tenants_invitation i set used_at = now()
  from tenants_person p
  where i.token_hash = tenants_token_hash(p_invite) and i.used_at is null and i.expires_at > now()
    and p.id = i.person_id and p.state <> 'disabled' and (p_surface = 'firm') = (p.firm_id is not null)
    and tenants_own_surface(p_surface)
  returning p.id into who;
  if who is null then
    return false;
  end if;
  insert into tenants_credential (person_id, verifier, totp_sealed, totp_last_step, failures, changed_at)
  values (who, sha256(p_raw), p_totp_sealed, p_totp_step, 0, now())
  on conflict (person_id) do update
    set verifier = excluded.verifier, totp_sealed = excluded.totp_sealed, totp_last_step = excluded.totp_last_step,
        failures = 0, locked_until = null, changed_at = now();
  perform tenants_forget_tries(who);
  delete from tenants_recoverycode where person_id = who;
  insert into tenants_recoverycode (person_id, code_hash) select who, code from unnest(p_recovery) code;
  delete from tenants_session where person_id = who;
  update tenants_person set state = 'active' where id = who;
  perform tenants_write_person_entry(who, 'identity:person:joined', true, '', p_address, p_device, '');
  return true;
end $$;

-- Writes an entry about a person into the firms that see them. Internal.
create function tenants_write_people_entry(p_me record, p_person tenants_person, p_event text, p_surface text)
returns void language plpgsql volatile as $$
declare f uuid;
begin
  for f in
    select p_person.firm_id where p_person.firm_id is not null
    union all
    select e.firm_id from tenants_engagement e
    where e.outsourcer_id = p_person.outsourcer_id and e.state <> 'ended'
  loop
    perform tenants_write_entry(f, p_event, 'person', p_me.person_id, p_me.outsourcer_id, null, null, 'person',
      p_person.id, true, '', p_me.address, p_me.device, p_me.ref, p_surface,
      jsonb_build_object('role', p_person.role));
  end loop;
end $$;

create function tenants_invite_person_v1(
  p_token text, p_surface text, p_email text, p_name text, p_role text, p_invite_hash bytea
) returns jsonb language plpgsql volatile security definer as $$
declare me record; p tenants_person;
begin
  select * into me from tenants_find_session(p_token, p_surface, 2);
  if not found or me.role not in ('manager', 'supervisor')
     or (me.role = 'manager' and p_role not in ('manager', 'auditor', 'data_officer'))
     or (me.role = 'supervisor' and p_role not in ('agent', 'supervisor')) then
    return jsonb_build_object('ok', false, 'code', 'not_allowed');
  end if;
  if exists (select 1 from tenants_person x where x.email = lower(btrim(p_email))
             and x.firm_id is not distinct from me.firm_id
             and x.outsourcer_id is not distinct from me.outsourcer_id) then
    return jsonb_build_object('ok', false, 'code', 'exists');
  end if;
  insert into tenants_person (id, firm_id, outsourcer_id, email, name, role, state, language, created_at)
  values (tenants_new_id(), me.firm_id, me.outsourcer_id, lower(btrim(p_email)), btrim(p_name), p_role, 'invited',
          'en', now())
  returning * into p;
  insert into tenants_invitation (id, person_id, token_hash, expires_at, created_at)
  values (tenants_new_id(), p.id, p_invite_hash, now() + interval '7 days', now());
  perform tenants_write_people_entry(me, p, 'identity:person:invited', p_surface);
  return jsonb_build_object('ok', true, 'person_id', p.id);
end $$;

-- A person of the caller's own house, if the caller may manage people and confirmed it lately. Internal.
create function tenants_manage_person(p_me record, p_person uuid) returns text language plpgsql stable as $$
begin
  if p_me.role is null or p_me.role not in ('manager', 'supervisor') then
    return 'not_allowed';
  end if;
  if not exists (select 1 from tenants_person p where p.id = p_person
                 and p.firm_id is not distinct from p_me.firm_id
                 and p.outsourcer_id is not distinct from p_me.outsourcer_id) then
    return 'not_found';
  end if;
  if coalesce(p_me.stepped_up_at, '-infinity') < now() - interval '10 minutes' then
    return 'step_up';
  end if;
  return '';
end $$;

create function tenants_renew_invitation_v1(p_token text, p_surface text, p_person uuid, p_invite_hash bytea)
returns jsonb language plpgsql volatile security definer as $$
declare me record; p tenants_person; refusal text;
begin
  select * into me from tenants_find_session(p_token, p_surface, 2);
  refusal := tenants_manage_person(me, p_person);
  if refusal <> '' then
    return jsonb_build_object('ok', false, 'code', refusal);
  end if;
  select * into p from tenants_person where id = p_person;
  if p.state = 'disabled' then
    return jsonb_build_object('ok', false, 'code', 'disabled');
  end if;
  update tenants_invitation set used_at = now() where person_id = p.id and used_at is null;
  insert into tenants_invitation (id, person_id, token_hash, expires_at, created_at)
  values (tenants_new_id(), p.id, p_invite_hash, now() + interval '7 days', now());
  perform tenants_write_people_entry(me, p, 'identity:person:invited', p_surface);
  return jsonb_build_object('ok', true);
end $$;

create function tenants_set_person_state_v1(p_token text, p_surface text, p_person uuid, p_state text)
returns jsonb language plpgsql volatile security definer as $$
declare me record; p tenants_person; refusal text;
begin
  select * into me from tenants_find_session(p_token, p_surface, 2);
  refusal := tenants_manage_person(me, p_person);
  if refusal = '' and (p_state not in ('active', 'disabled') or me.person_id = p_person) then
    refusal := 'not_allowed';
  end if;
  if refusal <> '' then
    return jsonb_build_object('ok', false, 'code', refusal);
  end if;
  update tenants_person
  set state = case when p_state = 'active'
                        and not exists (select 1 from tenants_credential k where k.person_id = p_person)
                   then 'invited' else p_state end
  where id = p_person
  returning * into p;
  if p_state = 'disabled' then
    delete from tenants_session where person_id = p_person;
    update tenants_invitation set used_at = now() where person_id = p_person and used_at is null;
  end if;
  perform tenants_write_people_entry(me, p,
    case p_state when 'disabled' then 'identity:person:disabled' else 'identity:person:enabled' end, p_surface);
  return jsonb_build_object('ok', true);
end $$;

-- A supervisor's own people: names, roles and states, never credentials.
create function tenants_list_team_v1(p_token text) returns jsonb language sql stable security definer as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email, 'role', p.role,
                                               'state', p.state) order by p.name, p.id), '[]')
  from tenants_find_session(p_token, 'agent', 2) me
  join tenants_person p on p.outsourcer_id = me.outsourcer_id
  where me.role = 'supervisor'
$$;

-- The one outsourcer with exactly this handle, for a firm that engages it. No list, no search.
create function tenants_find_outsourcer_v1(p_handle text) returns jsonb language sql stable security definer as $$
  select jsonb_build_object('id', o.id, 'name', o.name)
  from tenants_outsourcer o
  where o.handle = lower(btrim(p_handle)) and tenants_current_firm() is not null
$$;

call keyhole_adopt_functions();
grant execute on function
  tenants_open_invitation_v1(text, text), tenants_invite_person_v1(text, text, text, text, text, bytea),
  tenants_accept_invitation_v1(text, text, bytea, bytea, bigint, bytea[], text, text),
  tenants_renew_invitation_v1(text, text, uuid, bytea), tenants_set_person_state_v1(text, text, uuid, text)
  to keyhole_firm, keyhole_agent;
grant execute on function tenants_list_team_v1(text) to keyhole_agent;
grant execute on function tenants_find_outsourcer_v1(text) to keyhole_firm;
