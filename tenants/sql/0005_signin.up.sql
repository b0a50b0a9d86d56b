-- Keeps P10: the password's verifier and the last TOTP step never leave the database; failures count and lock; an
-- unknown person looks like a known one; the session's key changes at both steps.

create table tenants_pepper (only_one boolean primary key default true check (only_one), value bytea not null);
insert into tenants_pepper (value)
  values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

create table tenants_address_failure (
  address inet primary key, window_start timestamptz not null, failures integer not null
);

-- Tries are counted in sequences: a rollback takes nothing back from them, so a caller who rolls back each refusal
-- does not guess for ever. Named by a hash, so nobody is read from the name.
create function tenants_tries_name(p_person uuid) returns text language sql immutable as $$
  select 'tenants_tries_' || encode(substring(sha256(uuid_send(p_person)) from 1 for 16), 'hex')
$$;

create function tenants_forget_tries(p_person uuid) returns void language plpgsql volatile as $$
begin
  if to_regclass(tenants_tries_name(p_person)) is null then
    execute format('create sequence public.%I', tenants_tries_name(p_person));
  end if;
  perform setval(tenants_tries_name(p_person)::regclass, 1);
end $$;

-- Counts one more; false after twenty within a quarter of an hour. The caller holds the person's credential locked. The
-- number is the second in which the tries began, and how many there were: 1000 fit.
create function tenants_count_try(p_person uuid) returns boolean language plpgsql volatile as $$
declare place regclass := to_regclass(tenants_tries_name(p_person)); kept bigint;
        clock bigint := floor(extract(epoch from clock_timestamp()));
begin
  if place is null then
    -- Made here it would go with a rollback, so this try is refused.
    perform tenants_forget_tries(p_person);
    return false;
  end if;
  kept := coalesce(pg_sequence_last_value(place), 0);
  if kept / 1000 + 900 <= clock then
    kept := clock * 1000;
  end if;
  if kept % 1000 >= 20 then
    return false;
  end if;
  perform setval(place, kept + 1);
  return true;
end $$;

-- A salt for any e-mail: the same for the same e-mail, and for one that nobody has.
create function tenants_begin_signin_v1(p_email text, p_surface text) returns bytea
language sql stable security definer as $$
  select substring(sha256(value || convert_to('salt' || p_surface || lower(btrim(p_email)), 'UTF8')) from 1 for 16)
  from tenants_pepper
$$;

-- True while an address has failed fifty times within a quarter of an hour. Counts one more when told to.
create function tenants_address_blocked(p_address text, p_failed boolean) returns boolean
language plpgsql volatile as $$
declare n integer;
begin
  if p_address is null then
    return false;
  end if;
  if not p_failed then
    select failures into n from tenants_address_failure
    where address = p_address::inet and window_start > now() - interval '15 minutes';
    return coalesce(n, 0) >= 50;
  end if;
  insert into tenants_address_failure as a values (p_address::inet, now(), 1)
  on conflict (address) do update
    set failures = case when a.window_start > now() - interval '15 minutes' then a.failures + 1 else 1 end,
        window_start = case when a.window_start > now() - interval '15 minutes' then a.window_start else now() end
  returning failures into n;
  return n >= 50;
end $$;

-- Counts a failure of a person; ten lock for a quarter of an hour.
create function tenants_count_failure(p_person uuid) returns void language sql volatile as $$
  update tenants_credential
  set failures = case when failures >= 9 then 0 else failures + 1 end,
      locked_until = case when failures >= 9 then now() + interval '15 minutes' else locked_until end
  where person_id = p_person
$$;

create function tenants_check_password_v1(
  p_token text, p_new_token text, p_surface text, p_email text, p_raw bytea, p_address text, p_device text
) returns text language plpgsql volatile security definer as $$
declare c record; h bytea := tenants_token_hash(p_new_token); hit uuid;
begin
  if length(p_new_token) < 32 or tenants_own_surface(p_surface) is not true
     or tenants_address_blocked(p_address, false) then
    return 'refused';
  end if;
  for c in
    select p.id, k.verifier, k.locked_until
    from tenants_person p join tenants_credential k on k.person_id = p.id
    where p.email = lower(btrim(p_email)) and p.state = 'active' and (p_surface = 'firm') = (p.firm_id is not null)
    order by p.created_at, p.id
    for update of k
  loop
    if hit is null and coalesce(c.locked_until, '-infinity') < now() and tenants_count_try(c.id) then
      hit := case when c.verifier = sha256(p_raw) then c.id end;
    end if;
  end loop;
  if hit is null then
    perform tenants_address_blocked(p_address, true);
    for c in
      select p.id, k.locked_until from tenants_person p join tenants_credential k on k.person_id = p.id
      where p.email = lower(btrim(p_email)) and p.state = 'active' and (p_surface = 'firm') = (p.firm_id is not null)
    loop
      perform tenants_count_failure(c.id);
      perform tenants_write_person_entry(c.id, 'identity:session:refused', false,
        case when c.locked_until > now() then 'locked' else 'password' end, p_address, p_device, '');
    end loop;
    return 'refused';
  end if;
  perform tenants_forget_tries(hit);
  delete from tenants_session where token_hash = tenants_token_hash(p_token) and surface = p_surface;
  insert into tenants_session (token_hash, ref, surface, person_id, stage, data, address, device, created_at,
                               expires_at)
  values (h, upper(encode(substring(h from 1 for 2), 'hex')), p_surface, hit, 1, '', p_address::inet,
          left(p_device, 120), now(), now() + interval '10 minutes');
  return 'ok';
end $$;

create function tenants_load_totp_v1(p_token text, p_surface text) returns bytea
language sql stable security definer as $$
  select k.totp_sealed
  from tenants_find_session(p_token, p_surface, 1) s join tenants_credential k on k.person_id = s.person_id
$$;

-- Puts a session of full standing in place of this one, and writes the entry. Internal.
create function tenants_raise_session(p_session tenants_session, p_new_token text, p_surface text)
returns void language plpgsql volatile as $$
declare h bytea := tenants_token_hash(p_new_token);
begin
  delete from tenants_session where token_hash = p_session.token_hash;
  insert into tenants_session (token_hash, ref, surface, person_id, stage, data, address, device, stepped_up_at,
                               created_at, expires_at)
  values (h, upper(encode(substring(h from 1 for 2), 'hex')), p_surface, p_session.person_id, 2,
          case when p_session.stage = 2 then p_session.data else '' end, p_session.address, p_session.device, now(),
          case when p_session.stage = 2 then p_session.created_at else now() end,
          case when p_session.stage = 2 then p_session.expires_at else now() + interval '12 hours' end);
  perform tenants_write_person_entry(p_session.person_id,
    case when p_session.stage = 2 then 'identity:step_up:confirmed' else 'identity:session:opened' end,
    true, '', host(p_session.address), p_session.device, upper(encode(substring(h from 1 for 2), 'hex')));
end $$;

-- The person's session and credential, locked so that parallel submissions queue here. Internal.
create function tenants_lock_factor(p_token text, p_surface text) returns tenants_session
language plpgsql volatile as $$
declare s tenants_session;
begin
  perform 1 from tenants_find_session(p_token, p_surface, 1) f
    join tenants_credential k on k.person_id = f.person_id for update of k;
  select t.* into s from tenants_session t join tenants_credential k on k.person_id = t.person_id
  where t.token_hash = tenants_token_hash(p_token) and t.surface = p_surface and t.stage >= 1
    and t.expires_at > now() and coalesce(k.locked_until, '-infinity') < now() and tenants_own_surface(p_surface)
  for update of t;
  return s;
end $$;

create function tenants_refuse_factor(p_session tenants_session, p_reason text) returns text
language plpgsql volatile as $$
begin
  perform tenants_count_failure(p_session.person_id);
  perform tenants_address_blocked(host(p_session.address), true);
  perform tenants_write_person_entry(p_session.person_id,
    case when p_session.stage = 2 then 'identity:step_up:refused' else 'identity:session:refused' end,
    false, p_reason, host(p_session.address), p_session.device, p_session.ref);
  return 'refused';
end $$;

-- Uses up a TOTP step (RFC 6238): only the current one or a neighbour, and never one again.
create function tenants_use_totp_v1(
  p_token text, p_new_token text, p_surface text, p_step bigint, p_address text, p_device text
) returns text language plpgsql volatile security definer as $$
declare s tenants_session; k tenants_credential;
begin
  s := tenants_lock_factor(p_token, p_surface);
  if s.person_id is null or length(p_new_token) < 32 or tenants_address_blocked(p_address, false) then
    return 'refused';
  end if;
  select * into k from tenants_credential where person_id = s.person_id;
  if p_step is null or k.totp_sealed is null then
    return tenants_refuse_factor(s, 'code');
  end if;
  if p_step <= k.totp_last_step or abs(p_step - floor(extract(epoch from clock_timestamp()) / 30)) > 1 then
    return tenants_refuse_factor(s, 'code_used');
  end if;
  update tenants_credential set totp_last_step = p_step, failures = 0 where person_id = s.person_id;
  perform tenants_raise_session(s, p_new_token, p_surface);
  return 'ok';
end $$;

create function tenants_use_recovery_v1(
  p_token text, p_new_token text, p_surface text, p_code_hash bytea, p_address text, p_device text
) returns text language plpgsql volatile security definer as $$
declare s tenants_session;
begin
  s := tenants_lock_factor(p_token, p_surface);
  if s.person_id is null or length(p_new_token) < 32 or tenants_address_blocked(p_address, false) then
    return 'refused';
  end if;
  if not tenants_count_try(s.person_id) then
    return tenants_refuse_factor(s, 'recovery');
  end if;
  update tenants_recoverycode set used_at = now()
  where person_id = s.person_id and code_hash = p_code_hash and used_at is null;
  if not found then
    return tenants_refuse_factor(s, 'recovery');
  end if;
  update tenants_credential set failures = 0 where person_id = s.person_id;
  perform tenants_raise_session(s, p_new_token, p_surface);
  return 'ok';
end $$;

call keyhole_adopt_functions();
grant select on tenants_pepper to keyhole_definer;
grant select, insert, update on tenants_address_failure to keyhole_definer;
grant execute on function
  tenants_begin_signin_v1(text, text), tenants_check_password_v1(text, text, text, text, bytea, text, text),
  tenants_load_totp_v1(text, text), tenants_use_totp_v1(text, text, text, bigint, text, text),
  tenants_use_recovery_v1(text, text, text, bytea, text, text)
  to keyhole_firm, keyhole_agent;
