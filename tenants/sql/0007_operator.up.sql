-- What the operator does as owner: found a firm or an outsourcer with its first person, invited by link, through a
-- function with an entry. The owner serves nobody; as a member of keyhole_definer it could read rows, all of it sealed.

create function tenants_create_house(
  p_firm uuid, p_outsourcer uuid, p_email text, p_name text, p_role text, p_invite_hash bytea
) returns uuid language plpgsql volatile as $$
declare p uuid := tenants_new_id();
begin
  insert into tenants_person (id, firm_id, outsourcer_id, email, name, role, state, language, created_at)
  values (p, p_firm, p_outsourcer, lower(btrim(p_email)), btrim(p_name), p_role, 'invited', 'en', now());
  insert into tenants_invitation (id, person_id, token_hash, expires_at, created_at)
  values (tenants_new_id(), p, p_invite_hash, now() + interval '7 days', now());
  return p;
end $$;

create function tenants_create_firm_v1(
  p_handle text, p_name text, p_country text, p_time_zone text, p_email text, p_person_name text,
  p_invite_hash bytea
) returns jsonb language plpgsql volatile security definer as $$
declare f uuid := tenants_new_id(); p uuid;
begin
  insert into tenants_firm (id, name, handle, country, time_zone, language, created_at)
  values (f, p_name, lower(p_handle), p_country, p_time_zone, 'en', now());
  p := tenants_create_house(f, null, p_email, p_person_name, 'manager', p_invite_hash);
  perform tenants_write_entry(f, 'tenants:firm:created', 'operator', null, null, null, null, 'firm', f, true, '',
                              null, '', '', 'owner', null);
  return jsonb_build_object('firm_id', f, 'person_id', p);
end $$;

create function tenants_create_outsourcer_v1(
  p_handle text, p_name text, p_email text, p_person_name text, p_invite_hash bytea
) returns jsonb language plpgsql volatile security definer as $$
declare o uuid := tenants_new_id(); p uuid;
begin
  insert into tenants_outsourcer (id, name, handle, created_at) values (o, p_name, lower(p_handle), now());
  p := tenants_create_house(null, o, p_email, p_person_name, 'supervisor', p_invite_hash);
  return jsonb_build_object('outsourcer_id', o, 'person_id', p);
end $$;

-- A new link for a manager or supervisor whom nobody of their own house can let in again. Its entry goes to the firm,
-- or to every firm the outsourcer works for. Says the surface it opens on, or null when there is nobody like that.
create function tenants_renew_head_v1(p_handle text, p_email text, p_invite_hash bytea) returns text
language plpgsql volatile security definer as $$
declare p tenants_person; f uuid;
begin
  select x.* into p from tenants_person x
  left join tenants_firm fm on fm.id = x.firm_id
  left join tenants_outsourcer o on o.id = x.outsourcer_id
  where coalesce(fm.handle, o.handle) = lower(p_handle) and x.email = lower(btrim(p_email))
    and x.role in ('manager', 'supervisor') and x.state <> 'disabled'
  order by x.firm_id nulls last limit 1;
  if p.id is null then
    return null;
  end if;
  update tenants_invitation set used_at = now() where person_id = p.id and used_at is null;
  insert into tenants_invitation (id, person_id, token_hash, expires_at, created_at)
  values (tenants_new_id(), p.id, p_invite_hash, now() + interval '7 days', now());
  for f in
    select p.firm_id where p.firm_id is not null
    union all
    select e.firm_id from tenants_engagement e where e.outsourcer_id = p.outsourcer_id and e.state <> 'ended'
  loop
    perform tenants_write_entry(f, 'identity:person:invited', 'operator', null, null, null, null, 'person', p.id,
                                true, 'renewed', null, '', '', 'owner', jsonb_build_object('role', p.role));
  end loop;
  return case when p.firm_id is null then 'agent' else 'firm' end;
end $$;

call keyhole_adopt_functions();
grant execute on function
  tenants_create_firm_v1(text, text, text, text, text, text, bytea),
  tenants_create_outsourcer_v1(text, text, text, text, bytea), tenants_renew_head_v1(text, text, bytea)
  to keyhole_owner;
