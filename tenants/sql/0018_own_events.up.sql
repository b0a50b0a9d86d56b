-- Keeps P8: a surface that was taken over writes no entry that explains away what is missing or makes a key known. What
-- functions write themselves (pruning, keys, restores, witnesses, incidents, reviews, exports, people) only they write.

-- What a surface may say for a person, and the worker for the person who asked for an import. A name that is not here is no.
create function tenants_own_event(p_event text, p_kind text) returns boolean language sql immutable as $$
  select case p_kind
    when 'worker' then p_event like 'campaigns:list:%'
    -- As beginnings: one pattern over all of them takes forty times as long. What is on the closed list fits none by chance.
    else p_event like any (array['identity:token:%', 'tenants:engagement:%', 'campaigns:campaign:%', 'campaigns:plan:%',
        'campaigns:list:%', 'campaigns:suppression:%', 'oversight:%'])
      or p_event in ('identity:access:denied', 'ledger:checkpoint:downloaded', 'ledger:evidence:exported',
                     'reports:report:made')
  end
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

call keyhole_adopt_functions();
