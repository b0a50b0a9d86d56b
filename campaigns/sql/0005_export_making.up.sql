-- Keeps P4 and P9: each holder of a list's key is given that key alone, for exports that two people of the firm approved and
-- that are not over; the worker writes rows it cannot open; when the time is up, nothing of an export is left but its record.

-- Exports whose approval holds now: two different people, in time, of a list that can be exported.
create function campaigns_approved_exports() returns setof campaigns_export language sql stable as $$
  select e.* from campaigns_export e
  where e.state = 'approved' and e.approved_by is not null and e.approved_by <> e.requested_by
    and e.expires_at > clock_timestamp() and e.approved_at > clock_timestamp() - interval '73 hours'
    and campaigns_why_not_exported(e.firm_id, e.list_id, e.what) is null
$$;

-- The keys that the asking login holds and that wait to be re-sealed. A login gets those of its own alone.
create function campaigns_take_reseals_v1() returns table (export_id uuid, firm_id uuid, list_id uuid, purpose text,
  key_version integer, sealed bytea, recipient_version integer, public_key bytea, warrant bytea, holder_version integer,
  firm_version integer) language sql stable security definer as $$
  select e.id, e.firm_id, e.list_id, x.purpose::text, l.key_version::integer, k.sealed, k.recipient_version::integer,
    e.public_key, x.warrant, x.holder_version::integer, x.firm_version::integer
  from campaigns_approved_exports() e
  join campaigns_exportkey x on x.firm_id = e.firm_id and x.export_id = e.id and x.sealed is null
  join campaigns_contactlist l on l.firm_id = e.firm_id and l.id = e.list_id
  join campaigns_listkey k on k.firm_id = e.firm_id and k.list_id = e.list_id and k.purpose = x.purpose
    and k.recipient = x.holder
  where session_user::text = 'keyhole_' || x.holder
  order by e.approved_at limit 100
$$;

-- Keeps a re-sealed key, once: of two that come with it one is told false. The last one sends the export to the worker.
create function campaigns_store_reseal_v1(p_export uuid, p_purpose text, p_sealed bytea) returns boolean
language plpgsql volatile security definer as $$
begin
  perform from campaigns_export where id = p_export for update;
  if octet_length(p_sealed) is distinct from 80 or not exists (
    select from campaigns_approved_exports() e where e.id = p_export) then
    return false;
  end if;
  update campaigns_exportkey set sealed = p_sealed
  where export_id = p_export and purpose = p_purpose and sealed is null and session_user::text = 'keyhole_' || holder;
  if not found then
    return false;
  end if;
  if not exists (select from campaigns_exportkey where export_id = p_export and sealed is null) then
    update campaigns_export set state = 'sealed' where id = p_export;
  end if;
  return true;
end $$;

-- Ends an export that cannot be made. Internal.
create function campaigns_fail_export(p_export uuid, p_process text, p_code text) returns boolean
language plpgsql volatile as $$
declare e campaigns_export;
begin
  update campaigns_export set state = 'failed', failure = left(p_code, 40), ended_at = now()
  where id = p_export and state in ('approved', 'sealed', 'making') returning * into e;
  if not found then
    return false;
  end if;
  delete from campaigns_exportkey where firm_id = e.firm_id and export_id = e.id;
  perform campaigns_write_export_entry(e, 'campaigns:export:failed', 'system', null, false, left(p_code, 40), null, '', '',
    p_process, '{}');
  return true;
end $$;

-- A holder's no: what the database says is not what the firm surface vouched for, or the key does not open.
create function campaigns_refuse_reseal_v1(p_export uuid, p_purpose text, p_code text) returns boolean
language plpgsql volatile security definer as $$
declare v_firm uuid;
begin
  if p_code not in ('warrant', 'key') or not exists (
    select from campaigns_exportkey where export_id = p_export and purpose = p_purpose and sealed is null
      and session_user::text = 'keyhole_' || holder) then
    return false;
  end if;
  if not campaigns_fail_export(p_export, replace(session_user::text, 'keyhole_', ''), p_code) then
    return false;
  end if;
  if p_code = 'warrant' then
    -- Rows that nobody approved, or a key that was exchanged: somebody writes in the database by hand.
    select firm_id into v_firm from campaigns_export where id = p_export;
    perform tenants_open_alarm(v_firm, 'export_warrant', 'tampering', 'An export does not fit what was approved', p_export);
  end if;
  return true;
end $$;

-- Exports to be written that no process works on and no job waits for: new ones, and those whose process was killed.
create function campaigns_find_sealed_exports_v1() returns setof uuid language sql stable security definer as $$
  select e.id from campaigns_export e
  where e.state in ('sealed', 'making') and e.expires_at > now()
    and not exists (
      select 1 from pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 1
        and ((l.classid::bigint << 32) | l.objid::bigint)
          = ('x' || encode(substring(uuid_send(e.id) from 9 for 8), 'hex'))::bit(64)::bigint)
    and not exists (
      select 1 from procrastinate_jobs j
      where j.task_name = 'campaigns:write_export' and j.status in ('todo', 'doing')
        and j.args ->> 'export_id' = e.id::text)
$$;

-- The worker's leave to read one list for one export, for an hour. False when the export does not wait for it.
create function campaigns_start_export_v1(p_export uuid, p_token_hash bytea) returns boolean
language plpgsql volatile security definer as $$
declare e campaigns_export; v_code text;
begin
  select * into e from campaigns_export where id = p_export and state in ('sealed', 'making')
    and expires_at > clock_timestamp() for update;
  if not found then
    return false;
  end if;
  v_code := campaigns_why_not_exported(e.firm_id, e.list_id, e.what);
  if v_code is not null then
    perform campaigns_fail_export(e.id, 'worker', v_code);
    return false;
  end if;
  update campaigns_export set state = 'making' where id = e.id;
  insert into tenants_worktoken (token_hash, firm_id, person_id, purpose, expires_at)
  values (p_token_hash, e.firm_id, e.requested_by, 'export', now() + interval '1 hour');
  return true;
end $$;

-- The file lies there, whole. Its digest is in the entry, so whoever opens it can tell that it is this one.
create function campaigns_finish_export_v1(p_export uuid, p_rows integer, p_bytes bigint, p_digest bytea) returns boolean
language plpgsql volatile security definer as $$
declare e campaigns_export;
begin
  update campaigns_export set state = 'ready', made_at = now(), made_rows = p_rows, size_bytes = p_bytes, digest = p_digest
  where id = p_export and state = 'making' and expires_at > clock_timestamp()
    and campaigns_why_not_exported(firm_id, list_id, what) is null returning * into e;
  if not found then
    return false;
  end if;
  delete from campaigns_exportkey where firm_id = e.firm_id and export_id = e.id;
  perform campaigns_write_export_entry(e, 'campaigns:export:made', 'system', null, true, '', null, '', '', 'worker',
    jsonb_build_object('file_sha256', encode(p_digest, 'hex'), 'bytes', p_bytes, 'made_rows', p_rows));
  return true;
end $$;

create function campaigns_fail_export_v1(p_export uuid, p_code text) returns boolean
language sql volatile security definer as $$ select campaigns_fail_export(p_export, 'worker', p_code) $$;

-- Ends what is over: seven days without an approval, seventy-two hours with one, or a list that is destroyed.
create function campaigns_expire_exports_v1() returns integer language plpgsql volatile security definer as $$
declare e campaigns_export; n integer := 0; v_code text;
begin
  for e in
    select x.* from campaigns_export x
    where x.state in ('requested', 'approved', 'sealed', 'making', 'ready')
      and (x.expires_at <= clock_timestamp()
        or x.state = 'requested' and x.requested_at <= clock_timestamp() - interval '7 days'
        or campaigns_why_not_exported(x.firm_id, x.list_id, x.what) = 'list_destroyed')
    for update skip locked
  loop
    v_code := case when e.expires_at <= clock_timestamp() then ''
                   when e.state = 'requested' and e.requested_at <= clock_timestamp() - interval '7 days' then 'too_late'
                   else 'list_destroyed' end;
    update campaigns_export set state = 'expired', ended_at = now(), failure = v_code where id = e.id;
    delete from campaigns_exportkey where firm_id = e.firm_id and export_id = e.id;
    perform campaigns_write_export_entry(e, 'campaigns:export:expired', 'system', null, true, v_code, null, '', '', 'worker',
      jsonb_build_object('downloads', e.downloads));
    n := n + 1;
  end loop;
  return n;
end $$;

-- Which of these exports still need their file. The worker removes every other one.
create function campaigns_keep_exports_v1(p_exports uuid[]) returns setof uuid language sql stable security definer as $$
  select id from campaigns_export where id = any (p_exports) and state in ('making', 'ready')
$$;

call keyhole_adopt_functions();
grant execute on function campaigns_take_reseals_v1(), campaigns_store_reseal_v1(uuid, text, bytea),
  campaigns_refuse_reseal_v1(uuid, text, text) to keyhole_gateway, keyhole_agent;
grant execute on function campaigns_find_sealed_exports_v1(), campaigns_start_export_v1(uuid, bytea),
  campaigns_finish_export_v1(uuid, integer, bigint, bytea), campaigns_fail_export_v1(uuid, text),
  campaigns_expire_exports_v1(), campaigns_keep_exports_v1(uuid[]) to keyhole_worker;
