-- Keeps P1 and P10: sessions are found by the hash of their key, live at most twelve hours, and only the sign-in
-- functions of the next file raise their stage. No login has a grant on the table.

-- A login acts on its own surface alone, whatever surface it names. Internal.
create function tenants_own_surface(p_surface text) returns boolean language sql stable as $$
  select session_user::text = 'keyhole_' || p_surface
$$;

create function tenants_load_session_v1(p_token text, p_surface text)
returns table (data text, expires_at timestamptz, stage smallint, person_id uuid)
language sql stable security definer as $$
  select s.data, s.expires_at, s.stage, s.person_id
  from tenants_session s
  where s.token_hash = tenants_token_hash(p_token) and s.surface = p_surface and s.expires_at > now()
    and tenants_own_surface(p_surface)
$$;

create function tenants_save_session_v1(
  p_token text, p_surface text, p_data text, p_expires_at timestamptz, p_address text, p_device text,
  p_must_create boolean
) returns boolean language plpgsql volatile security definer as $$
declare h bytea := tenants_token_hash(p_token);
begin
  if length(p_token) < 32 or length(p_data) > 65536 or tenants_own_surface(p_surface) is not true then
    return false;
  end if;
  if p_must_create then
    insert into tenants_session (token_hash, ref, surface, stage, data, address, device, created_at, expires_at)
    values (h, upper(encode(substring(h from 1 for 2), 'hex')), p_surface, 0, p_data, p_address::inet,
            left(p_device, 120), now(), least(p_expires_at, now() + interval '12 hours'))
    on conflict do nothing;
    return found;
  end if;
  update tenants_session s
  set data = p_data,
      -- Saving must not lengthen the few minutes between password and second factor.
      expires_at = case when s.stage = 1 then s.expires_at
                        else least(p_expires_at, s.created_at + interval '12 hours') end
  where s.token_hash = h and s.surface = p_surface and s.expires_at > now();
  return found;
end $$;

create function tenants_delete_session_v1(p_token text, p_surface text) returns void
language plpgsql volatile security definer as $$
declare s tenants_session;
begin
  delete from tenants_session
  where token_hash = tenants_token_hash(p_token) and surface = p_surface and tenants_own_surface(p_surface)
  returning * into s;
  if s.person_id is not null and s.stage = 2 then
    perform tenants_write_person_entry(s.person_id, 'identity:session:closed', true, '', host(s.address), s.device,
                                       s.ref);
  end if;
end $$;

-- The session and its active person, at least at this stage. Nobody in an old transaction: a caller could keep one
-- open, or take an old snapshot, to go on as a person who was disabled or in hours and leave that are over. Internal.
create function tenants_find_session(p_token text, p_surface text, p_stage integer)
returns table (token_hash bytea, ref text, stage smallint, address inet, device text, stepped_up_at timestamptz,
               person_id uuid, firm_id uuid, outsourcer_id uuid, role text, name text)
language sql stable as $$
  select s.token_hash, s.ref::text, s.stage, s.address, s.device::text, s.stepped_up_at, p.id, p.firm_id,
         p.outsourcer_id, p.role::text, p.name::text
  from tenants_session s join tenants_person p on p.id = s.person_id
  where s.token_hash = tenants_token_hash(p_token) and s.surface = p_surface and s.stage >= p_stage
    and s.expires_at > now() and p.state = 'active'
    and (p_surface = 'firm') = (p.firm_id is not null) and tenants_own_surface(p_surface)
    and current_setting('transaction_isolation') = 'read committed'
    and clock_timestamp() < now() + interval '1 minute'
$$;

create function tenants_load_person_v1(p_token text, p_surface text) returns jsonb
language sql stable security definer as $$
  select jsonb_build_object(
    'id', p.id, 'name', p.name, 'email', p.email, 'role', p.role, 'firm_id', p.firm_id,
    'outsourcer_id', p.outsourcer_id, 'house_name', coalesce(f.name, o.name), 'language', p.language,
    'stage', s.stage, 'stepped_up_at', s.stepped_up_at, 'session_ref', s.ref, 'address', host(s.address))
  from tenants_find_session(p_token, p_surface, 1) s
  join tenants_person p on p.id = s.person_id
  left join tenants_firm f on f.id = p.firm_id
  left join tenants_outsourcer o on o.id = p.outsourcer_id
$$;

create function tenants_end_sessions_v1(p_token text, p_surface text) returns integer
language plpgsql volatile security definer as $$
declare me record; ended integer;
begin
  select * into me from tenants_find_session(p_token, p_surface, 2);
  if not found then
    raise exception 'no session' using errcode = 'KH001';
  end if;
  delete from tenants_session where person_id = me.person_id;
  get diagnostics ended = row_count;
  perform tenants_write_person_entry(me.person_id, 'identity:session:all_ended', true, '', host(me.address),
                                     me.device, me.ref);
  return ended;
end $$;

-- Which of these sessions (by hash) still belong to an active person. For the sockets' watch.
create function tenants_check_sessions_v1(p_hashes bytea[]) returns setof bytea
language sql stable security definer as $$
  select s.token_hash from tenants_session s join tenants_person p on p.id = s.person_id
  where s.token_hash = any (p_hashes) and s.stage = 2 and s.expires_at > now() and p.state = 'active'
$$;

-- A refused attempt of a person who is signed in, recorded apart from the work that was rolled back.
create function tenants_deny_access_v1(
  p_token text, p_surface text, p_action text, p_address text, p_device text
) returns void language plpgsql volatile security definer as $$
declare me record;
begin
  select * into me from tenants_find_session(p_token, p_surface, 2);
  if found then
    perform tenants_write_person_entry(me.person_id, 'identity:access:denied', false, left(p_action, 40), p_address,
                                       p_device, me.ref);
  end if;
end $$;

call keyhole_adopt_functions();
grant execute on function
  tenants_load_session_v1(text, text), tenants_delete_session_v1(text, text), tenants_load_person_v1(text, text),
  tenants_save_session_v1(text, text, text, timestamptz, text, text, boolean), tenants_end_sessions_v1(text, text),
  tenants_deny_access_v1(text, text, text, text, text)
  to keyhole_firm, keyhole_agent;
grant execute on function tenants_check_sessions_v1(bytea[]) to keyhole_agent, keyhole_firm;
