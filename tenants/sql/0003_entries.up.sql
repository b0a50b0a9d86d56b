-- Keeps P3 and P8: an entry is written in the transaction of its act; no login updates, deletes, truncates or inserts
-- entries by itself; the actor is resolved here from the token, so attribution cannot be forged.

alter table tenants_entry add column xid xid8 not null default pg_current_xact_id();
alter table tenants_entry alter column at set default clock_timestamp();

-- The closed list of events. In plpgsql for speed: a check constraint is read and prepared anew by every insert, and
-- this much text costs more than the insert itself; a call is small, and the function's expression is kept.
create function tenants_known_event(p_event text) returns boolean language plpgsql immutable as $$
begin
  return p_event in (
  'identity:session:opened', 'identity:session:refused', 'identity:session:closed', 'identity:session:all_ended',
  'identity:step_up:confirmed', 'identity:step_up:refused', 'identity:person:invited', 'identity:person:joined',
  'identity:person:disabled', 'identity:person:enabled', 'identity:token:created', 'identity:token:revoked',
  'identity:access:denied', 'tenants:firm:created', 'tenants:engagement:created', 'tenants:engagement:changed',
  'tenants:engagement:suspended', 'tenants:engagement:resumed', 'tenants:engagement:ended',
  'campaigns:campaign:created', 'campaigns:campaign:started', 'campaigns:campaign:paused',
  'campaigns:campaign:resumed', 'campaigns:campaign:finished', 'campaigns:campaign:engaged',
  'campaigns:campaign:disengaged', 'campaigns:plan:changed', 'campaigns:list:uploaded', 'campaigns:list:previewed',
  'campaigns:list:cancelled', 'campaigns:list:imported', 'campaigns:list:failed', 'campaigns:suppression:added',
  'dialer:contact:reserved', 'dialer:contact:refused', 'dialer:contact:revealed', 'dialer:contact:skipped',
  'dialer:contact:lapsed', 'dialer:contact:stopped', 'dialer:dial:requested', 'dialer:dial:refused',
  'dialer:call:dialled', 'dialer:call:answered', 'dialer:call:ended', 'dialer:answer:checked',
  'dialer:outcome:recorded', 'oversight:contacts:viewed', 'oversight:entry:viewed', 'oversight:number:searched',
  'oversight:live:viewed');
end $$;
alter table tenants_entry add constraint tenants_entry_event check (tenants_known_event(event));

-- The one insert of the record. Internal: granted to nobody but the definer's own functions. The setting is local, not
-- the function's: it must still hold at the commit, and a function's own ends with the function.
create function tenants_write_entry(
  p_firm uuid, p_event text, p_actor_kind text, p_actor uuid, p_outsourcer uuid, p_campaign uuid, p_contact uuid,
  p_subject_kind text, p_subject uuid, p_allowed boolean, p_reason text, p_address inet, p_device text,
  p_session_ref text, p_process text, p_details jsonb
) returns void language plpgsql volatile as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, outsourcer_id, campaign_id, contact_id,
    subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
  values (tenants_new_id(), p_firm, p_event, p_actor_kind, p_actor, p_outsourcer, p_campaign, p_contact,
    coalesce(p_subject_kind, ''), p_subject, p_allowed, coalesce(p_reason, ''), p_address,
    left(coalesce(p_device, ''), 120), coalesce(p_session_ref, ''), p_process, coalesce(p_details, '{}'));
end $$;

create function tenants_append_entry_v1(
  p_event text, p_subject_kind text, p_subject uuid, p_campaign uuid, p_contact uuid, p_allowed boolean,
  p_reason text, p_details text, p_address text, p_device text, p_process text
) returns void language plpgsql volatile security definer as $$
declare a record;
begin
  select * into a from tenants_current_access() limit 1;
  if not found then
    raise exception 'no token is bound' using errcode = 'KH001';
  end if;
  if p_event like 'dialer:%' or p_event like 'identity:session:%' or p_event like 'identity:step_up:%' then
    raise exception 'this event is written by its own function' using errcode = 'KH001';
  end if;
  perform tenants_write_entry(a.firm_id, p_event, a.kind, a.person_id, a.outsourcer_id, p_campaign, p_contact,
    p_subject_kind, p_subject, p_allowed, p_reason, p_address::inet, p_device, a.session_ref,
    case a.kind when 'worker' then 'worker' else 'firm' end, p_details::jsonb);
end $$;

-- An act of a person that concerns every firm they work for (sign-in, sign-out): one entry a firm.
create function tenants_write_person_entry(
  p_person uuid, p_event text, p_allowed boolean, p_reason text, p_address text, p_device text, p_session_ref text
) returns void language plpgsql volatile as $$
declare p tenants_person; f uuid;
begin
  select * into p from tenants_person where id = p_person;
  for f in
    select p.firm_id where p.firm_id is not null
    union all
    select e.firm_id from tenants_engagement e where e.outsourcer_id = p.outsourcer_id and e.state <> 'ended'
  loop
    perform tenants_write_entry(f, p_event, 'person', p.id, p.outsourcer_id, null, null, 'person', p.id, p_allowed,
      p_reason, p_address::inet, p_device, p_session_ref,
      case when p.firm_id is null then 'agent' else 'firm' end, null);
  end loop;
end $$;

call keyhole_adopt_functions();
grant select on tenants_entry to keyhole_firm;
grant execute on function tenants_append_entry_v1(text, text, uuid, uuid, uuid, boolean, text, text, text, text, text)
  to keyhole_firm, keyhole_worker;
