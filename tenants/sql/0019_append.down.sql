create or replace function tenants_new_id() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

create or replace function tenants_current_access() returns table (
  kind text, firm_id uuid, person_id uuid, outsourcer_id uuid, role text, session_ref text
) language sql stable security definer rows 1000 set search_path = pg_catalog, public, pg_temp as $$
  with carried as (
    select tenants_token_hash(coalesce(current_setting('keyhole.token', true), '')) as hash
  )
  select 'person', p.firm_id, p.id, p.outsourcer_id, p.role::text, s.ref::text
  from carried c join tenants_session s on s.token_hash = c.hash join tenants_person p on p.id = s.person_id
  where s.surface = 'firm' and s.stage = 2 and s.expires_at > now() and p.state = 'active'
  union all
  select 'token', t.firm_id, p.id, null, p.role::text, 'api'
  from carried c join tenants_apitoken t on t.token_hash = c.hash join tenants_person p on p.id = t.person_id
  where t.revoked_at is null and t.expires_at > now() and p.state = 'active' and p.firm_id = t.firm_id
  union all
  select 'worker', w.firm_id, w.person_id, null, '', ''
  from carried c join tenants_worktoken w on w.token_hash = c.hash
  where w.expires_at > now()
$$;

create or replace function tenants_current_firm() returns uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select firm_id from tenants_current_access() limit 1
$$;

create or replace function tenants_append_entry_v1(
  p_event text, p_subject_kind text, p_subject uuid, p_campaign uuid, p_contact uuid, p_allowed boolean,
  p_reason text, p_details text, p_address text, p_device text, p_process text
) returns void language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare a record;
begin
  select * into a from tenants_current_access() limit 1;
  if not found then
    raise exception 'no token is bound' using errcode = 'KH001';
  end if;
  if tenants_own_event(p_event, a.kind) is not true then
    raise exception 'this event is written by its own function' using errcode = 'KH001';
  end if;
  perform tenants_write_entry(a.firm_id, p_event, a.kind, a.person_id, a.outsourcer_id, p_campaign, p_contact,
    p_subject_kind, p_subject, p_allowed, p_reason, p_address::inet, p_device, a.session_ref,
    case a.kind when 'worker' then 'worker' else 'firm' end, p_details::jsonb);
end $$;

drop function tenants_find_access();
drop function tenants_plain_details(jsonb);
drop function tenants_plain_members(jsonb);
