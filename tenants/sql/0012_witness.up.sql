-- Keeps P8: a firm's own people choose who watches its log; what a witness signs is only added to, what it refuses or
-- misses is told and stays told, and raises an alarm once.

revoke delete on tenants_witness from keyhole_definer;
-- When a witness last countersigned, by the server's own clock, and when its silence was told.
alter table tenants_witness add column heard_at timestamptz, add column missed_at timestamptz;

-- Who asks, if it is a person or a token of a firm. Internal.
create function tenants_require_access(p_persons_only boolean) returns record language plpgsql stable as $$
declare a record;
begin
  select * into a from tenants_current_access() limit 1;
  if not found or a.kind = 'worker' or (p_persons_only and a.kind <> 'person') then
    raise exception 'no token of a person is bound' using errcode = 'KH001';
  end if;
  return a;
end $$;

-- Whether the session that acts gave its second factor within ten minutes. The page asks first; this is what holds. Internal.
create function tenants_is_fresh() returns boolean language sql stable as $$
  select coalesce((
    select s.stepped_up_at > clock_timestamp() - interval '10 minutes'
    from tenants_find_session(coalesce(current_setting('keyhole.token', true), ''), 'firm', 2) s), false)
$$;

create function tenants_add_witness_v1(
  p_name text, p_vkey text, p_due_h integer, p_address text, p_device text
) returns jsonb language plpgsql volatile security definer as $$
declare a record; v_id uuid := tenants_new_id();
begin
  a := tenants_require_access(true);
  if not tenants_is_fresh() then
    perform tenants_write_entry(a.firm_id, 'ledger:witness:added', a.kind, a.person_id, a.outsourcer_id, null, null,
      'witness', null, false, 'step_up', p_address::inet, p_device, a.session_ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', 'step_up');
  end if;
  insert into tenants_witness (id, firm_id, name, vkey, due_h, added_by, added_at)
  values (v_id, a.firm_id, p_name, p_vkey, p_due_h, a.person_id, clock_timestamp())
  on conflict (firm_id, vkey) do nothing;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'known');
  end if;
  perform tenants_write_entry(a.firm_id, 'ledger:witness:added', a.kind, a.person_id, a.outsourcer_id, null, null,
    'witness', v_id, true, '', p_address::inet, p_device, a.session_ref, 'firm',
    jsonb_build_object('key', p_vkey, 'due_h', p_due_h));
  return jsonb_build_object('ok', true, 'id', v_id);
end $$;

create function tenants_retire_witness_v1(p_witness uuid, p_address text, p_device text) returns jsonb
language plpgsql volatile security definer as $$
declare a record; v_vkey text;
begin
  a := tenants_require_access(true);
  if not tenants_is_fresh() then
    perform tenants_write_entry(a.firm_id, 'ledger:witness:retired', a.kind, a.person_id, a.outsourcer_id, null, null,
      'witness', p_witness, false, 'step_up', p_address::inet, p_device, a.session_ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', 'step_up');
  end if;
  update tenants_witness set retired_at = clock_timestamp()
  where firm_id = a.firm_id and id = p_witness and retired_at is null
  returning vkey into v_vkey;
  if not found then
    return jsonb_build_object('ok', false, 'code', 'not_found');
  end if;
  perform tenants_write_entry(a.firm_id, 'ledger:witness:retired', a.kind, a.person_id, a.outsourcer_id, null, null,
    'witness', p_witness, true, '', p_address::inet, p_device, a.session_ref, 'firm',
    jsonb_build_object('key', v_vkey));
  return jsonb_build_object('ok', true);
end $$;

-- Keeps a countersignature that the caller has verified (whoever shows it verifies it again). False for one that is not
-- newer than the last: sending an old one again does not make a silent witness seem awake.
create function tenants_keep_cosignature_v1(p_witness uuid, p_size bigint, p_line text, p_signed_at timestamptz)
returns boolean language plpgsql volatile security definer as $$
declare a record;
begin
  a := tenants_require_access(false);
  perform set_config('synchronous_commit', 'on', true);
  perform 1 from tenants_witness where firm_id = a.firm_id and id = p_witness and retired_at is null for update;
  if not found
     or not exists (select from tenants_checkpoint where firm_id = a.firm_id and size = p_size)
     or exists (select from tenants_cosignature c
                where c.firm_id = a.firm_id and c.witness_id = p_witness and c.signed_at >= p_signed_at) then
    return false;
  end if;
  insert into tenants_cosignature (id, firm_id, witness_id, size, line, signed_at, at)
  values (tenants_new_id(), a.firm_id, p_witness, p_size, p_line, p_signed_at, clock_timestamp());
  update tenants_witness set heard_at = clock_timestamp(), missed_at = null where firm_id = a.firm_id and id = p_witness;
  return true;
end $$;

-- A witness would not countersign. `p_reason` is a code; 'forked' and 'cut' are what the caller has proven.
create function tenants_refuse_log_v1(
  p_witness uuid, p_reason text, p_size bigint, p_address text, p_device text
) returns void language plpgsql volatile security definer as $$
declare a record;
begin
  a := tenants_require_access(false);
  perform tenants_write_entry(a.firm_id, 'ledger:witness:refused', a.kind, a.person_id, a.outsourcer_id, null, null,
    case when p_witness is null then '' else 'witness' end, p_witness, true, p_reason, p_address::inet, p_device,
    a.session_ref, 'firm', jsonb_build_object('size', p_size));
  perform tenants_open_alarm(a.firm_id, 'witness_refused', 'tampering', 'A witness refused the record',
    coalesce(p_witness, a.firm_id));
end $$;

-- An entry failed its check while somebody of the firm looked at it.
create function tenants_report_entry_v1(p_entry uuid) returns void
language plpgsql volatile security definer as $$
declare a record;
begin
  a := tenants_require_access(false);
  perform tenants_open_alarm(a.firm_id, 'entry_changed', 'tampering', 'An entry does not fit the signed tree', p_entry);
end $$;

-- The worker's sweep: a witness that is not heard of in its time is told of once, until it is heard of again.
create function tenants_check_witnesses_v1() returns jsonb language plpgsql volatile security definer as $$
declare w record;
begin
  for w in
    select id, firm_id, due_h from tenants_witness
    where retired_at is null and missed_at is null
      and coalesce(heard_at, added_at) < clock_timestamp() - make_interval(hours => due_h)
    for update skip locked
  loop
    update tenants_witness set missed_at = clock_timestamp() where firm_id = w.firm_id and id = w.id;
    perform tenants_write_entry(w.firm_id, 'ledger:witness:missed', 'system', null, null, null, null, 'witness', w.id,
      true, '', null, '', '', 'worker', jsonb_build_object('due_h', w.due_h));
    perform tenants_open_alarm(w.firm_id, 'witness_missed', 'tampering', 'A witness was not heard of', w.id);
  end loop;
  return '{}';
end $$;

call keyhole_adopt_functions();
grant execute on function
  tenants_add_witness_v1(text, text, integer, text, text), tenants_retire_witness_v1(uuid, text, text),
  tenants_keep_cosignature_v1(uuid, bigint, text, timestamptz),
  tenants_refuse_log_v1(uuid, text, bigint, text, text), tenants_report_entry_v1(uuid)
  to keyhole_firm;
grant execute on function tenants_check_witnesses_v1() to keyhole_worker;
