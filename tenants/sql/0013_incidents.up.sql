-- Keeps P8 for the incident register and the firm's rules: what was written is only added to, each with its entry in the
-- same transaction. Entries hold digests, never the text. Who acts is resolved here from the transaction's token.

alter table tenants_incident
  add constraint tenants_incident_words check (
    kind in ('access', 'disclosure', 'loss', 'tampering', 'device', 'other')
    and length(btrim(title)) between 1 and 120 and title !~ '[[:cntrl:]]');
alter table tenants_incidententry
  add constraint tenants_incidententry_words check (
    kind in ('note', 'effects', 'measures', 'authority', 'persons', 'reminder', 'closed', 'reopened')
    and length(btrim(text)) between 1 and 10000);
-- Two workers that remind at once cannot both be right.
create unique index tenants_incidententry_reminder on tenants_incidententry (firm_id, incident_id, text)
  where kind = 'reminder';
-- All entries of one incident, for comparing what is shown with what was recorded.
create index tenants_entry_incident on tenants_entry (firm_id, subject_id) where subject_kind = 'incident';

-- Internal functions: granted to nobody but the definer's own.

create function tenants_utc_text(p_at timestamptz) returns text language sql stable as $$
  select coalesce(to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
$$;

-- One writer a firm at a time: numbers have no gaps, and the state cannot change between the look and the act.
create function tenants_lock_register(p_firm uuid) returns void language plpgsql volatile as $$
begin
  perform 1 from tenants_firm where id = p_firm for no key update;
end $$;

-- The head of an incident as one text, a field a line, the title last: its SHA-256 is what the entry of the opening holds.
create function tenants_incident_head(i tenants_incident) returns text language sql stable as $$
  select concat_ws(E'\n', i.number, i.kind, i.cause, coalesce(i.subject_id::text, ''), tenants_utc_text(i.happened_at),
    tenants_utc_text(i.discovered_at), tenants_utc_text(i.due_at), coalesce(i.opened_by::text, ''),
    tenants_utc_text(i.opened_at), i.title)
$$;

create function tenants_incident_open(p_firm uuid, p_incident uuid) returns boolean language sql stable as $$
  select coalesce((
    select e.kind = 'reopened' from tenants_incidententry e
    where e.firm_id = p_firm and e.incident_id = p_incident and e.kind in ('closed', 'reopened')
    order by e.added_at desc, e.id desc limit 1), true)
$$;

-- The person of the firm who acts, in a session of full standing. API tokens and workers write nothing here.
create function tenants_register_author() returns table (firm_id uuid, person_id uuid, role text, session_ref text)
language sql stable as $$
  select a.firm_id, a.person_id, a.role, a.session_ref from tenants_current_access() a
  where a.kind = 'person' and a.firm_id is not null and a.role in ('manager', 'auditor', 'data_officer')
$$;

-- One entry about an incident; without an author it is Keyhole's own.
create function tenants_write_incident_entry(
  i tenants_incident, p_event text, p_by uuid, p_ref text, p_address text, p_device text, p_allowed boolean,
  p_reason text, p_details jsonb
) returns void language plpgsql volatile as $$
begin
  perform tenants_write_entry(i.firm_id, p_event, case when p_by is null then 'system' else 'person' end, p_by, null,
    null, null, 'incident', i.id, p_allowed, p_reason, p_address::inet, p_device, p_ref,
    case when session_user::text like 'keyhole\_%' then substr(session_user::text, 9, 12) else 'owner' end, p_details);
end $$;

create function tenants_insert_incident(
  p_firm uuid, p_kind text, p_title text, p_cause text, p_subject uuid, p_happened timestamptz,
  p_discovered timestamptz, p_by uuid, p_ref text, p_address text, p_device text
) returns tenants_incident language plpgsql volatile as $$
declare i tenants_incident; v_clock_h integer;
begin
  select r.incident_clock_h into v_clock_h from tenants_rules r where r.firm_id = p_firm;
  insert into tenants_incident (id, firm_id, number, kind, title, cause, subject_id, happened_at, discovered_at, due_at,
    opened_by, opened_at)
  values (tenants_new_id(), p_firm,
    (select coalesce(max(x.number), 0) + 1 from tenants_incident x where x.firm_id = p_firm), p_kind, btrim(p_title),
    p_cause, p_subject, p_happened, p_discovered, p_discovered + make_interval(hours => coalesce(v_clock_h, 72)), p_by,
    clock_timestamp())
  returning * into i;
  perform tenants_write_incident_entry(i, 'incidents:incident:opened', p_by, p_ref, p_address, p_device, true, p_cause,
    jsonb_build_object('number', i.number, 'kind', i.kind,
                       'digest', encode(sha256(convert_to(tenants_incident_head(i), 'UTF8')), 'hex')));
  return i;
end $$;

create function tenants_insert_incident_item(
  i tenants_incident, p_kind text, p_text text, p_told timestamptz, p_by uuid, p_ref text, p_address text, p_device text
) returns uuid language plpgsql volatile as $$
declare
  v_id uuid := tenants_new_id();
  v_at timestamptz := clock_timestamp();
  v_digest bytea := sha256(convert_to(p_text, 'UTF8'));
begin
  insert into tenants_incidententry (id, firm_id, incident_id, kind, text, digest, told_at, added_by, added_at)
  values (v_id, i.firm_id, i.id, p_kind, p_text, v_digest, p_told, p_by, v_at);
  perform tenants_write_incident_entry(i,
    'incidents:incident:' || case when p_kind in ('closed', 'reopened') then p_kind
                                  when p_kind = 'reminder' then 'reminded' else 'added' end,
    p_by, p_ref, p_address, p_device, true, '',
    jsonb_build_object('number', i.number, 'kind', p_kind, 'digest', encode(v_digest, 'hex'), 'item', v_id,
                       'added_at', tenants_utc_text(v_at), 'told_at', tenants_utc_text(p_told)));
  return v_id;
end $$;

-- Opens an incident for an alarm; null when one of the same cause and subject is open already. The title is a fixed
-- text of ours, never one that was typed.
create function tenants_open_alarm(p_firm uuid, p_cause text, p_kind text, p_title text, p_subject uuid) returns uuid
language plpgsql volatile as $$
begin
  perform tenants_lock_register(p_firm);
  if exists (select 1 from tenants_incident i
             where i.firm_id = p_firm and i.cause = p_cause and i.subject_id is not distinct from p_subject
               and tenants_incident_open(i.firm_id, i.id)) then
    return null;
  end if;
  return (tenants_insert_incident(p_firm, p_kind, p_title, p_cause, p_subject, null, clock_timestamp(), null, '', null,
                                  '')).id;
end $$;

-- What a login may call.

create function tenants_open_incident_v1(
  p_kind text, p_title text, p_text text, p_effects text, p_happened timestamptz, p_discovered timestamptz,
  p_address text, p_device text
) returns jsonb language plpgsql volatile security definer as $$
declare me record; i tenants_incident; v_code text;
begin
  select * into me from tenants_register_author() limit 1;
  if not found then
    raise exception 'nobody who may write in the register' using errcode = 'KH001';
  end if;
  v_code := case
    when p_kind is null or p_kind not in ('access', 'disclosure', 'loss', 'tampering', 'device', 'other') then 'kind'
    when length(btrim(coalesce(p_title, ''))) not between 1 and 120 or p_title ~ '[[:cntrl:]]' then 'title'
    when length(btrim(coalesce(p_text, ''))) < 1 or length(p_text) > 10000
      or length(coalesce(p_effects, '')) > 10000 then 'text'
    when p_discovered is null or p_discovered > clock_timestamp() then 'discovered'
    when p_happened > p_discovered then 'happened' end;
  if v_code is not null then
    perform tenants_write_entry(me.firm_id, 'incidents:incident:opened', 'person', me.person_id, null, null, null,
      'incident', null, false, v_code, p_address::inet, p_device, me.session_ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', v_code);
  end if;
  perform tenants_lock_register(me.firm_id);
  i := tenants_insert_incident(me.firm_id, p_kind, p_title, '', null, p_happened, p_discovered, me.person_id,
                               me.session_ref, p_address, p_device);
  perform tenants_insert_incident_item(i, 'note', p_text, null, me.person_id, me.session_ref, p_address, p_device);
  if length(btrim(coalesce(p_effects, ''))) > 0 then
    perform tenants_insert_incident_item(i, 'effects', p_effects, null, me.person_id, me.session_ref, p_address, p_device);
  end if;
  return jsonb_build_object('ok', true, 'incident_id', i.id, 'number', i.number);
end $$;

-- Adds one item. Closing needs effects, measures, and the authority told or `p_why_not`, which is then kept as an item
-- of its own: "authority" without a time says why it was not told.
create function tenants_add_to_incident_v1(
  p_incident uuid, p_kind text, p_text text, p_told timestamptz, p_why_not text, p_address text, p_device text
) returns jsonb language plpgsql volatile security definer as $$
declare me record; i tenants_incident; v_kinds text[]; v_open boolean; v_told boolean; v_why boolean; v_code text;
begin
  select * into me from tenants_register_author() limit 1;
  if not found then
    raise exception 'nobody who may write in the register' using errcode = 'KH001';
  end if;
  perform tenants_lock_register(me.firm_id);
  select * into i from tenants_incident x where x.firm_id = me.firm_id and x.id = p_incident;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  v_open := tenants_incident_open(i.firm_id, i.id);
  select coalesce(array_agg(distinct e.kind), '{}'), coalesce(bool_or(e.kind = 'authority' and e.told_at is not null), false)
  into v_kinds, v_told from tenants_incidententry e where e.firm_id = i.firm_id and e.incident_id = i.id;
  v_why := length(btrim(coalesce(p_why_not, ''))) > 0;
  v_code := case
    when p_kind is null
      or p_kind not in ('note', 'effects', 'measures', 'authority', 'persons', 'closed', 'reopened') then 'kind'
    when p_kind = 'reopened' and v_open then 'open'
    when p_kind <> 'reopened' and not v_open then 'closed'
    when length(btrim(coalesce(p_text, ''))) < 1 or length(p_text) > 10000 then 'text'
    when p_kind in ('authority', 'persons') and (p_told is null or p_told > clock_timestamp()
         or p_told < date_trunc('minute', i.discovered_at)) then 'told'
    when p_kind = 'closed' and not 'effects' = any (v_kinds) then 'no_effects'
    when p_kind = 'closed' and not 'measures' = any (v_kinds) then 'no_measures'
    when p_kind = 'closed' and not v_told and not v_why then 'no_authority'
    when p_kind = 'closed' and length(p_why_not) > 10000 then 'text' end;
  if v_code is not null then
    perform tenants_write_incident_entry(i,
      'incidents:incident:' || case when p_kind in ('closed', 'reopened') then p_kind else 'added' end,
      me.person_id, me.session_ref, p_address, p_device, false, v_code, jsonb_build_object('number', i.number));
    return jsonb_build_object('ok', false, 'code', v_code);
  end if;
  if p_kind = 'closed' and not v_told then
    perform tenants_insert_incident_item(i, 'authority', p_why_not, null, me.person_id, me.session_ref, p_address, p_device);
  end if;
  perform tenants_insert_incident_item(i, p_kind, p_text,
    case when p_kind in ('authority', 'persons') then p_told end, me.person_id, me.session_ref, p_address, p_device);
  return jsonb_build_object('ok', true);
end $$;

-- The reminder that is due and was not given: whole hours from the end of the clock, a step each 24 h from 24 h before.
-- None for steps of the time before it was opened (again), after it is closed or the authority was told.
create function tenants_due_reminder(i tenants_incident, p_now timestamptz) returns integer language sql stable as $$
  select s.hours from (select 24 * floor(extract(epoch from p_now - i.due_at) / 86400)::integer as hours) s
  where s.hours >= -24
    and i.due_at + make_interval(hours => s.hours) > greatest(i.opened_at, (
      select max(e.added_at) from tenants_incidententry e
      where e.firm_id = i.firm_id and e.incident_id = i.id and e.kind = 'reopened'))
    and tenants_incident_open(i.firm_id, i.id)
    and not exists (
      select 1 from tenants_incidententry e
      where e.firm_id = i.firm_id and e.incident_id = i.id
        and (e.kind = 'authority' and e.told_at is not null or e.kind = 'reminder' and e.text = s.hours::text))
$$;

-- Gives every reminder that is due, once, whatever runs beside it. A firm somebody else writes in has its turn next time.
create function tenants_remind_incidents_v1() returns jsonb language plpgsql volatile security definer as $$
declare i tenants_incident; v_hours integer; v_given integer := 0;
begin
  for i in
    select * from tenants_incident x
    where x.due_at <= clock_timestamp() + interval '24 hours' and tenants_due_reminder(x, clock_timestamp()) is not null
    order by x.firm_id, x.number
  loop
    perform 1 from tenants_firm where id = i.firm_id for no key update skip locked;
    continue when not found;
    -- Asked anew under the lock: the row above may be from before another's reminder.
    v_hours := tenants_due_reminder(i, clock_timestamp());
    if v_hours is not null then
      perform tenants_insert_incident_item(i, 'reminder', v_hours::text, null, null, '', null, '');
      v_given := v_given + 1;
    end if;
  end loop;
  return jsonb_build_object('reminded', v_given);
end $$;

-- The rules.

-- How many months entries of a firm are kept at least. Only a name for the retention's own floor, looked up at the call:
-- that file comes after this one.
create function tenants_rules_floor(p_firm uuid) returns integer language plpgsql stable as $$
begin
  return tenants_find_floor(p_firm);
end $$;

create function tenants_load_rules_v1() returns jsonb language sql stable security definer as $$
  select jsonb_build_object('clock_h', coalesce(r.incident_clock_h, 72),
    'keep_months', greatest(coalesce(r.keep_months, 24), tenants_rules_floor(f.id)),
    'floor_months', tenants_rules_floor(f.id), 'changed_at', r.changed_at)
  from tenants_firm f left join tenants_rules r on r.firm_id = f.id
  where f.id = (select tenants_current_firm())
$$;

-- Changes both rules, or none. What runs already keeps the clock it began with.
create function tenants_change_rules_v1(p_clock_h integer, p_keep_months integer, p_address text, p_device text)
returns jsonb language plpgsql volatile security definer as $$
declare me record; v_old jsonb; v_code text;
begin
  select * into me from tenants_register_author() a where a.role in ('manager', 'data_officer') limit 1;
  if not found then
    raise exception 'nobody who may change the rules' using errcode = 'KH001';
  end if;
  perform tenants_lock_register(me.firm_id);
  v_old := tenants_load_rules_v1();
  v_code := case
    when not tenants_is_fresh() then 'step_up'
    when p_clock_h is null or p_clock_h not between 1 and 720 then 'clock'
    when p_keep_months is null or p_keep_months < (v_old->>'floor_months')::integer or p_keep_months > 600 then 'keep' end;
  if v_code is null then
    insert into tenants_rules (firm_id, incident_clock_h, keep_months, changed_at)
    values (me.firm_id, p_clock_h, p_keep_months, clock_timestamp())
    on conflict (firm_id) do update
      set incident_clock_h = excluded.incident_clock_h, keep_months = excluded.keep_months,
          changed_at = excluded.changed_at;
  end if;
  perform tenants_write_entry(me.firm_id, 'tenants:rules:changed', 'person', me.person_id, null, null, null, 'firm',
    me.firm_id, v_code is null, v_code, p_address::inet, p_device, me.session_ref, 'firm',
    jsonb_build_object('clock_h', p_clock_h, 'clock_h_before', v_old->'clock_h', 'keep_months', p_keep_months,
                       'keep_months_before', v_old->'keep_months'));
  return case when v_code is null then jsonb_build_object('ok', true)
              else jsonb_build_object('ok', false, 'code', v_code, 'floor_months', v_old->'floor_months') end;
end $$;

call keyhole_adopt_functions();
grant execute on function
  tenants_open_incident_v1(text, text, text, text, timestamptz, timestamptz, text, text),
  tenants_add_to_incident_v1(uuid, text, text, timestamptz, text, text, text),
  tenants_load_rules_v1(), tenants_change_rules_v1(integer, integer, text, text)
  to keyhole_firm;
grant execute on function tenants_remind_incidents_v1() to keyhole_worker;
