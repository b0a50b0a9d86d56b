-- Keeps P7 and P8 as before, in less time: every entry and every read of the firm asks whose token the transaction
-- carries. One kind after the other, each by its key, and as one value: most carry a person's session.

-- The server's own UUIDv7 where it has one (PostgreSQL 18): made of parts in SQL an id costs a tenth of an entry.
do $do$
begin
  if to_regprocedure('pg_catalog.uuidv7()') is not null then
    create or replace function tenants_new_id() returns uuid language sql volatile parallel safe as $$
      select pg_catalog.uuidv7()
    $$;
  end if;
end $do$;

-- All null when the token is nobody's. The hash is one of 256 random bits: it is of one kind only.
create function tenants_find_access(
  out kind text, out firm_id uuid, out person_id uuid, out outsourcer_id uuid, out role text, out session_ref text
) language plpgsql stable as $$
declare v_hash bytea := tenants_token_hash(coalesce(current_setting('keyhole.token', true), ''));
begin
  select 'person', p.firm_id, p.id, p.outsourcer_id, p.role, s.ref
  into kind, firm_id, person_id, outsourcer_id, role, session_ref
  from tenants_session s join tenants_person p on p.id = s.person_id
  where s.token_hash = v_hash and s.surface = 'firm' and s.stage = 2 and s.expires_at > now() and p.state = 'active';
  if found then
    return;
  end if;
  select 'token', t.firm_id, p.id, p.role, 'api' into kind, firm_id, person_id, role, session_ref
  from tenants_apitoken t join tenants_person p on p.id = t.person_id
  where t.token_hash = v_hash and t.revoked_at is null and t.expires_at > now() and p.state = 'active'
    and p.firm_id = t.firm_id;
  if found then
    return;
  end if;
  select 'worker', w.firm_id, w.person_id, '', '' into kind, firm_id, person_id, role, session_ref
  from tenants_worktoken w where w.token_hash = v_hash and w.expires_at > now();
end $$;

-- The three that follow are replaced in place: owner and grants stay, the pinned path is named again.
create or replace function tenants_current_access() returns table (
  kind text, firm_id uuid, person_id uuid, outsourcer_id uuid, role text, session_ref text
) language plpgsql stable security definer rows 1 set search_path = pg_catalog, public, pg_temp as $$
declare a record;
begin
  a := tenants_find_access();
  if a.kind is not null then
    return query select a.kind, a.firm_id, a.person_id, a.outsourcer_id, a.role, a.session_ref;
  end if;
end $$;

create or replace function tenants_current_firm() returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare a record;
begin
  a := tenants_find_access();
  return a.firm_id;
end $$;

-- Whether details are what the ledger's form can hold: plain keys, texts, whole numbers, yes, no, null, and lists of them.
-- As they will be stored: a fraction would stop the firm's log when it is put into the tree. Member by member.
create function tenants_plain_members(p_details jsonb) returns boolean language plpgsql immutable as $$
declare k text; v jsonb;
begin
  if jsonb_typeof(p_details) <> 'object' or length(p_details::text) > 8192 then
    return false;
  end if;
  for k, v in select * from jsonb_each(p_details) loop
    if length(k) not between 1 and 64 or k ~ '[^A-Za-z0-9_.:-]' then
      return false;
    elsif jsonb_typeof(v) in ('object', 'number') and v::text !~ '^-?[0-9]{1,15}$' then
      return false;
    elsif jsonb_typeof(v) = 'array' and exists (
      select from jsonb_array_elements(v) e
      where jsonb_typeof(e) in ('object', 'array', 'number') and e::text !~ '^-?[0-9]{1,15}$') then
      return false;
    end if;
  end loop;
  return p_details is not null;
end $$;

-- The same, told at once for nearly all: a loop or one pattern over the whole text takes as long as half an entry. Only
-- what could hide a fraction, a long number or a long key is looked at member by member.
create function tenants_plain_details(p_details jsonb) returns boolean language sql immutable as $$
  select jsonb_typeof(p_details) = 'object' and length(p_details::text) <= 8192
    and not p_details @? 'strict $.**{1 to last} ? (@.type() == "object")'
    and not p_details @? 'strict $.**{2 to last} ? (@.type() == "array")'
    and not p_details @? 'strict $.keyvalue() ? (@.key == "" || @.key like_regex "[^A-Za-z0-9_.:-]")'
    and (p_details::text !~ '[0-9]\.[0-9]|[0-9]{16}|[^" ]{65}' or tenants_plain_members(p_details))
$$;

-- For a person's session who acts is found, the entry judged and written in one statement: each more is planned and
-- started anew by every transaction. What it does not write is looked at step by step, and refused with its reason.
create or replace function tenants_append_entry_v1(
  p_event text, p_subject_kind text, p_subject uuid, p_campaign uuid, p_contact uuid, p_allowed boolean,
  p_reason text, p_details text, p_address text, p_device text, p_process text
) returns void language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare a record; v_durable text;
begin
  v_durable := set_config('synchronous_commit', 'on', true);
  insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, outsourcer_id, campaign_id, contact_id,
    subject_kind, subject_id, allowed, reason, address, device, session_ref, process, details)
  select tenants_new_id(), p.firm_id, p_event, 'person', p.id, p.outsourcer_id, p_campaign, p_contact,
    coalesce(p_subject_kind, ''), p_subject, p_allowed, coalesce(p_reason, ''), p_address::inet,
    left(coalesce(p_device, ''), 120), s.ref, 'firm', p_details::jsonb
  from tenants_session s join tenants_person p on p.id = s.person_id
  where s.token_hash = tenants_token_hash(coalesce(current_setting('keyhole.token', true), ''))
    and s.surface = 'firm' and s.stage = 2 and s.expires_at > now() and p.state = 'active'
    and p.firm_id is not null and tenants_own_event(p_event, 'person') and tenants_plain_details(p_details::jsonb);
  if found then
    return;
  end if;
  a := tenants_find_access();
  if a.kind is null then
    raise exception 'no token is bound' using errcode = 'KH001';
  end if;
  if tenants_own_event(p_event, a.kind) is not true then
    raise exception 'this event is written by its own function' using errcode = 'KH001';
  end if;
  if tenants_plain_details(p_details::jsonb) is not true then
    raise exception 'these details have no place in the ledger' using errcode = 'KH001';
  end if;
  perform tenants_write_entry(a.firm_id, p_event, a.kind, a.person_id, a.outsourcer_id, p_campaign, p_contact,
    p_subject_kind, p_subject, p_allowed, p_reason, p_address::inet, p_device, a.session_ref,
    case a.kind when 'worker' then 'worker' else 'firm' end, p_details::jsonb);
end $$;

call keyhole_adopt_functions();
