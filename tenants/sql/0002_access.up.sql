-- Keeps P7: whose rows a transaction sees follows from a token it carries (session, API token or the worker's leave),
-- looked up by hash here. A bare setting names nothing: forging one needs the token.

create function tenants_current_access() returns table (
  kind text, firm_id uuid, person_id uuid, outsourcer_id uuid, role text, session_ref text
) language sql stable security definer as $$
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

create function tenants_current_firm() returns uuid language sql stable security definer as $$
  select firm_id from tenants_current_access() limit 1
$$;

create function tenants_load_api_token_v1(token text) returns jsonb language sql stable security definer as $$
  select jsonb_build_object(
    'id', p.id, 'name', p.name, 'role', p.role, 'firm_id', p.firm_id, 'outsourcer_id', null,
    'house_name', f.name, 'language', p.language, 'session_ref', 'api', 'scopes', to_jsonb(t.scopes))
  from tenants_apitoken t
  join tenants_person p on p.id = t.person_id and p.firm_id = t.firm_id
  join tenants_firm f on f.id = t.firm_id
  where t.token_hash = tenants_token_hash(token) and t.revoked_at is null and t.expires_at > now()
    and p.state = 'active'
$$;

call keyhole_adopt_functions();
grant execute on function tenants_current_firm(), tenants_current_access() to keyhole_firm, keyhole_worker;
grant execute on function tenants_load_api_token_v1(text) to keyhole_firm;
