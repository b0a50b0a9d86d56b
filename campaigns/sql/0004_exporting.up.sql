-- Keeps P11: a list leaves as ciphertext alone, for a key that its firm gave, after two of its people agreed with a fresh
-- second factor each; every step is an entry. And P4: what is re-sealed is a list's key, by the process that holds it.

alter table campaigns_export add constraint campaigns_export_list_of_firm
  foreign key (firm_id, list_id) references campaigns_contactlist (firm_id, id);
alter table campaigns_exportkey add constraint campaigns_exportkey_export_of_firm
  foreign key (firm_id, export_id) references campaigns_export (firm_id, id);
call keyhole_secure_tables('campaigns');
-- What was asked for is what is approved and what is made, by our own functions too.
revoke update, delete on campaigns_export from keyhole_definer;
grant update (state, approved_by, approved_at, expires_at, made_at, made_rows, size_bytes, digest, downloads, ended_by,
  ended_at, end_reason, failure) on campaigns_export to keyhole_definer;

-- The person of the firm whose session the transaction carries. An API token and an outsourcer's person are nobody here.
create function campaigns_find_exporter() returns table (person_id uuid, firm_id uuid, ref text, address inet, device text,
  may boolean, fresh boolean) language sql stable as $$
  select s.person_id, s.firm_id, s.ref, s.address, s.device, s.role in ('manager', 'data_officer'),
    coalesce(s.stepped_up_at > clock_timestamp() - interval '10 minutes', false)
  from tenants_find_session(coalesce(current_setting('keyhole.token', true), ''), 'firm', 2) s
$$;

create function campaigns_export_purposes(p_what text[]) returns text[] language sql immutable as $$
  select array_remove(array[case when 'numbers' = any (p_what) then 'number' end,
                            case when 'fields' = any (p_what) then 'fields' end], null)
$$;

-- Null when the list can be exported now, else why not.
create function campaigns_why_not_exported(p_firm uuid, p_list uuid, p_what text[]) returns text language sql stable as $$
  select case
    when l.state = 'destroyed' then 'list_destroyed'
    when l.state <> 'ready' then 'list_not_ready'
    when exists (select from unnest(campaigns_export_purposes(p_what)) p where not exists (
      select from campaigns_listkey k where k.firm_id = l.firm_id and k.list_id = l.id and k.purpose = p))
      then 'list_destroyed'
  end
  from campaigns_contactlist l where l.firm_id = p_firm and l.id = p_list
$$;

-- An entry about an export: which list, what of it, how many rows, and digests of the words and of the firm's key.
create function campaigns_write_export_entry(e campaigns_export, p_event text, p_kind text, p_person uuid,
  p_allowed boolean, p_reason text, p_address inet, p_device text, p_ref text, p_process text, p_details jsonb
) returns void language sql volatile as $$
  select tenants_write_entry(e.firm_id, p_event, p_kind, p_person, null, l.campaign_id, null, 'export', e.id, p_allowed,
    p_reason, p_address, p_device, p_ref, p_process, p_details || jsonb_build_object(
      'list_id', e.list_id, 'what', array_to_string(e.what, ' '), 'rows', e.rows,
      'reason_sha256', encode(sha256(convert_to(e.reason, 'UTF8')), 'hex'),
      'key_sha256', encode(sha256(e.public_key), 'hex')))
  from campaigns_contactlist l where l.firm_id = e.firm_id and l.id = e.list_id
$$;

create function campaigns_request_export_v1(p_list uuid, p_what text[], p_reason text, p_public bytea) returns jsonb
language plpgsql volatile security definer as $$
declare me record; l record; e campaigns_export; v_code text;
begin
  select * into me from campaigns_find_exporter();
  if not found then
    raise exception 'no session' using errcode = 'KH001';
  end if;
  select * into l from campaigns_contactlist where firm_id = me.firm_id and id = p_list;
  v_code := case
    when not me.may then 'not_allowed'
    when not me.fresh then 'step_up'
    when l.id is null then 'list_unknown'
    when coalesce(cardinality(p_what), 0) = 0 or not p_what <@ array['numbers', 'fields'] then 'what'
    when coalesce(length(btrim(p_reason)), 0) not between 10 and 300 then 'reason'
    when octet_length(p_public) is distinct from 32 then 'public_key'
    else campaigns_why_not_exported(me.firm_id, p_list, p_what)
  end;
  if v_code is not null then
    perform tenants_write_entry(me.firm_id, 'campaigns:export:requested', 'person', me.person_id, null, l.campaign_id, null,
      'list', l.id, false, v_code, me.address, me.device, me.ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', v_code);
  end if;
  insert into campaigns_export (id, firm_id, list_id, what, reason, public_key, state, requested_by, requested_at, rows,
    downloads, end_reason, failure)
  values (tenants_new_id(), me.firm_id, p_list, array(select distinct w from unnest(p_what) w order by w desc),
    btrim(p_reason), p_public, 'requested', me.person_id, now(),
    (select count(*) from campaigns_contact c where c.firm_id = me.firm_id and c.list_id = p_list), 0, '', '')
  returning * into e;
  perform campaigns_write_export_entry(e, 'campaigns:export:requested', 'person', me.person_id, true, '', me.address,
    me.device, me.ref, 'firm', '{}');
  return jsonb_build_object('ok', true, 'id', e.id);
end $$;

-- `p_key_sha256` is of the key that the approver was shown; the warrants (one a purpose) are the firm surface's word to
-- the holders of the list's keys.
create function campaigns_approve_export_v1(p_export uuid, p_key_sha256 bytea, p_expires_at timestamptz, p_purposes text[],
  p_warrants bytea[], p_holder_versions integer[], p_firm_version integer) returns jsonb
language plpgsql volatile security definer as $$
declare me record; e campaigns_export; v_code text;
begin
  select * into me from campaigns_find_exporter();
  if not found then
    raise exception 'no session' using errcode = 'KH001';
  end if;
  select * into e from campaigns_export where firm_id = me.firm_id and id = p_export for update;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'unknown');
  end if;
  v_code := case
    when not me.may then 'not_allowed'
    when not me.fresh then 'step_up'
    when e.requested_by = me.person_id then 'same_person'
    when e.state <> 'requested' then 'moved_on'
    when e.requested_at <= now() - interval '7 days' then 'too_late'
    when not exists (select from tenants_person p where p.id = e.requested_by and p.firm_id = e.firm_id
      and p.state = 'active' and p.role in ('manager', 'data_officer')) then 'requester_gone'
    when sha256(e.public_key) is distinct from p_key_sha256 then 'key_changed'
    when array(select unnest(p_purposes) order by 1)
      is distinct from array(select unnest(campaigns_export_purposes(e.what)) order by 1)
      or (p_expires_at between now() + interval '71 hours' and now() + interval '73 hours') is not true then 'warrant'
    else campaigns_why_not_exported(e.firm_id, e.list_id, e.what)
  end;
  if v_code is null then
    update campaigns_export set state = 'approved', approved_by = me.person_id, approved_at = now(),
      expires_at = p_expires_at where id = e.id;
    insert into campaigns_exportkey (firm_id, export_id, purpose, holder, holder_version, firm_version, warrant)
    select e.firm_id, e.id, w.purpose, case w.purpose when 'number' then 'gateway' else 'agent' end, w.version,
      p_firm_version, w.warrant
    from unnest(p_purposes, p_warrants, p_holder_versions) as w (purpose, warrant, version);
  end if;
  perform campaigns_write_export_entry(e, 'campaigns:export:approved', 'person', me.person_id, v_code is null,
    coalesce(v_code, ''), me.address, me.device, me.ref, 'firm', jsonb_build_object('requested_by', e.requested_by));
  return jsonb_strip_nulls(jsonb_build_object('ok', v_code is null, 'code', v_code));
end $$;

-- Ends an export that is not over: its requester takes it back, anyone else who may approve refuses it, with a reason. No
-- second factor: stopping is safe.
create function campaigns_stop_export_v1(p_export uuid, p_reason text) returns jsonb
language plpgsql volatile security definer as $$
declare me record; e campaigns_export; v_code text; v_own boolean; v_reason text := btrim(coalesce(p_reason, ''));
begin
  select * into me from campaigns_find_exporter();
  if not found then
    raise exception 'no session' using errcode = 'KH001';
  end if;
  select * into e from campaigns_export where firm_id = me.firm_id and id = p_export for update;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'unknown');
  end if;
  v_own := e.requested_by = me.person_id;
  v_code := case
    when not me.may then 'not_allowed'
    when e.state not in ('requested', 'approved', 'sealed', 'making', 'ready') then 'moved_on'
    when not v_own and length(v_reason) not between 10 and 300 then 'reason'
  end;
  if v_code is null then
    update campaigns_export set state = case when v_own then 'cancelled' else 'refused' end, ended_by = me.person_id,
      ended_at = now(), end_reason = left(v_reason, 300) where id = e.id;
    delete from campaigns_exportkey where firm_id = e.firm_id and export_id = e.id;
  end if;
  perform campaigns_write_export_entry(e, case when v_own then 'campaigns:export:cancelled'
    else 'campaigns:export:refused' end, 'person', me.person_id, v_code is null, coalesce(v_code, ''), me.address,
    me.device, me.ref, 'firm', jsonb_build_object('end_reason_sha256', encode(sha256(convert_to(v_reason, 'UTF8')), 'hex')));
  return jsonb_strip_nulls(jsonb_build_object('ok', v_code is null, 'code', v_code));
end $$;

-- Counts a download and says which file it is; asked for before the first byte is given out.
create function campaigns_download_export_v1(p_export uuid) returns jsonb
language plpgsql volatile security definer as $$
declare me record; e campaigns_export; v_code text;
begin
  select * into me from campaigns_find_exporter();
  if not found then
    raise exception 'no session' using errcode = 'KH001';
  end if;
  select * into e from campaigns_export where firm_id = me.firm_id and id = p_export for update;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'unknown');
  end if;
  v_code := case
    when not me.may or me.person_id not in (e.requested_by, coalesce(e.approved_by, e.requested_by)) then 'not_allowed'
    when not me.fresh then 'step_up'
    when e.state <> 'ready' then 'moved_on'
    when e.expires_at <= clock_timestamp() then 'expired'
    else campaigns_why_not_exported(e.firm_id, e.list_id, e.what)
  end;
  if v_code is null then
    update campaigns_export set downloads = downloads + 1 where id = e.id;
  end if;
  perform campaigns_write_export_entry(e, 'campaigns:export:downloaded', 'person', me.person_id, v_code is null,
    coalesce(v_code, ''), me.address, me.device, me.ref, 'firm', jsonb_build_object(
      'file_sha256', encode(e.digest, 'hex'), 'bytes', e.size_bytes, 'made_rows', e.made_rows,
      'download', e.downloads + case when v_code is null then 1 else 0 end));
  return jsonb_strip_nulls(jsonb_build_object('ok', v_code is null, 'code', v_code));
end $$;

call keyhole_adopt_functions();
grant select on campaigns_export to keyhole_firm, keyhole_worker;
grant select on campaigns_exportkey to keyhole_worker;
grant execute on function campaigns_request_export_v1(uuid, text[], text, bytea),
  campaigns_approve_export_v1(uuid, bytea, timestamptz, text[], bytea[], integer[], integer),
  campaigns_stop_export_v1(uuid, text), campaigns_download_export_v1(uuid) to keyhole_firm;
