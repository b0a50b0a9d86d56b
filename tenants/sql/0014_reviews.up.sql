-- Keeps P8 for the firm's monthly access reviews: who signed what, over which bytes, is written once with its entry and
-- never changed. The entry holds digests, never a remark. Who signs is resolved here from the transaction's token.

alter table tenants_review
  add constraint tenants_review_words check (
    verdict in ('clean', 'findings') and (verdict = 'clean' or length(btrim(remark)) > 0) and length(remark) <= 4000),
  add constraint tenants_review_bytes check (
    length(digest) = 32 and size >= 0 and month = date_trunc('month', month::timestamp)::date);

-- What is not about a contact is little: sign-ins, people, engagements, keys, exports. Reports read two years of it.
create index tenants_entry_house on tenants_entry (firm_id, event, at) where contact_id is null;

-- The person of the firm who acts, in a session of full standing, with one of these roles. Internal.
create function tenants_review_author(p_roles text[]) returns table (firm_id uuid, person_id uuid, session_ref text)
language sql stable as $$
  select a.firm_id, a.person_id, a.session_ref from tenants_current_access() a
  where a.kind = 'person' and a.firm_id is not null and a.role = any (p_roles)
$$;

-- Signs a month that has ended in the firm's own time. `p_digest` is the SHA-256 of the CSV that was read, `p_figures`
-- that of its figures alone, which no translation and no later name changes. The size is that of the newest checkpoint.
create function tenants_sign_review_v1(
  p_month date, p_verdict text, p_remark text, p_digest bytea, p_figures bytea, p_address text, p_device text
) returns jsonb language plpgsql volatile security definer as $$
declare me record; f tenants_firm; v_id uuid := tenants_new_id(); v_code text; v_size bigint;
begin
  select * into me from tenants_review_author(array['auditor', 'data_officer']) limit 1;
  if not found then
    raise exception 'nobody who may sign a review' using errcode = 'KH001';
  end if;
  select * into f from tenants_firm where id = me.firm_id;
  v_code := case
    when not tenants_is_fresh() then 'step_up'
    when p_month is null or p_month <> date_trunc('month', p_month::timestamp)::date then 'month'
    when (clock_timestamp() at time zone f.time_zone)::date < (p_month + interval '1 month')::date then 'month_open'
    when p_month < date_trunc('month', f.created_at at time zone f.time_zone)::date then 'month'
    when p_verdict is null or p_verdict not in ('clean', 'findings') then 'verdict'
    when length(coalesce(p_remark, '')) > 4000 then 'remark'
    when p_verdict = 'findings' and length(btrim(coalesce(p_remark, ''))) = 0 then 'remark'
    when coalesce(length(p_digest), 0) <> 32 or coalesce(length(p_figures), 0) <> 32 then 'digest' end;
  if v_code is not null then
    perform tenants_write_entry(me.firm_id, 'reports:review:signed', 'person', me.person_id, null, null, null, 'review',
      null, false, v_code, p_address::inet, p_device, me.session_ref, 'firm', null);
    return jsonb_build_object('ok', false, 'code', v_code);
  end if;
  select coalesce(max(c.size), 0) into v_size from tenants_checkpoint c where c.firm_id = me.firm_id;
  insert into tenants_review (id, firm_id, month, verdict, remark, digest, size, signed_by, signed_at)
  values (v_id, me.firm_id, p_month, p_verdict, btrim(coalesce(p_remark, '')), p_digest, v_size, me.person_id,
          clock_timestamp());
  perform tenants_write_entry(me.firm_id, 'reports:review:signed', 'person', me.person_id, null, null, null, 'review',
    v_id, true, p_verdict, p_address::inet, p_device, me.session_ref, 'firm',
    jsonb_build_object('month', to_char(p_month, 'YYYY-MM'), 'verdict', p_verdict, 'digest', encode(p_digest, 'hex'),
      'figures', encode(p_figures, 'hex'), 'size', v_size,
      'remark', case when btrim(coalesce(p_remark, '')) = '' then ''
                     else encode(sha256(convert_to(btrim(p_remark), 'UTF8')), 'hex') end));
  return jsonb_build_object('ok', true, 'review_id', v_id);
end $$;

-- The language a firm's reports are made in.
create function tenants_choose_language_v1(p_language text, p_address text, p_device text) returns jsonb
language plpgsql volatile security definer as $$
declare me record; v_code text; v_old text;
begin
  select * into me from tenants_review_author(array['manager', 'data_officer']) limit 1;
  if not found then
    raise exception 'nobody who may set the rules' using errcode = 'KH001';
  end if;
  v_code := case when p_language is null or p_language not in ('en', 'pl', 'es') then 'language' else '' end;
  select f.language into v_old from tenants_firm f where f.id = me.firm_id for update;
  if v_code = '' and v_old <> p_language then
    update tenants_firm set language = p_language where id = me.firm_id;
  end if;
  if v_code <> '' or v_old <> p_language then
    perform tenants_write_entry(me.firm_id, 'tenants:rules:changed', 'person', me.person_id, null, null, null, 'firm',
      me.firm_id, v_code = '', v_code, p_address::inet, p_device, me.session_ref, 'firm',
      case when v_code = '' then jsonb_build_object('language', p_language, 'language_before', v_old) end);
  end if;
  return jsonb_build_object('ok', v_code = '', 'code', v_code);
end $$;

call keyhole_adopt_functions();
grant execute on function
  tenants_sign_review_v1(date, text, text, bytea, bytea, text, text), tenants_choose_language_v1(text, text, text)
  to keyhole_firm;
