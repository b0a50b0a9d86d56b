-- Keeps: nothing here is callable by PUBLIC; every function runs as keyhole_definer, who is no superuser, with a
-- pinned search path. Ids are UUIDv7 (RFC 9562) and say nothing but when.

grant create, usage on schema public to keyhole_definer;

-- Hands every SECURITY DEFINER function of the migrating login to keyhole_definer and takes it from PUBLIC.
create procedure keyhole_adopt_functions() language plpgsql as $$
declare f record;
begin
  for f in
    select p.oid::regprocedure as signature, p.prosecdef
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.prokind = 'f' and p.proowner = current_user::regrole
      and p.proname ~ '^(tenants|campaigns|dialer)_'
  loop
    execute format('revoke all on function %s from public', f.signature);
    if f.prosecdef then
      execute format('alter function %s set search_path = pg_catalog, public, pg_temp', f.signature);
      execute format('alter function %s owner to keyhole_definer', f.signature);
    else
      execute format('grant execute on function %s to keyhole_definer', f.signature);
    end if;
  end loop;
end $$;
revoke all on procedure keyhole_adopt_functions() from public;

-- Puts FORCE row-level security on every table of an app that has firm_id: the firm and worker logins see the rows of
-- the firm whose token their transaction carries; the definer's functions, which take a token themselves, see all.
create procedure keyhole_secure_tables(app text) language plpgsql as $$
declare t record; rule text;
begin
  for t in
    select c.oid::regclass as name,
           exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'firm_id'
                   and not a.attisdropped) as firm_owned
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and starts_with(c.relname, app || '_')
      and not c.relrowsecurity
  loop
    execute format('alter table %s enable row level security', t.name);
    execute format('alter table %s force row level security', t.name);
    execute format('create policy definer on %s to keyhole_definer using (true) with check (true)', t.name);
    execute format('grant select, insert, update, delete on %s to keyhole_definer', t.name);
    if t.firm_owned and t.name::text <> 'tenants_person' then
      rule := 'firm_id = (select tenants_current_firm())';
      execute format('create policy firm on %s to keyhole_firm, keyhole_worker using (%s) with check (%s)',
                     t.name, rule, rule);
    end if;
  end loop;
end $$;
revoke all on procedure keyhole_secure_tables(text) from public;

-- Takes back what keyhole_secure_tables did: for the down files alone, which drop what the policies call.
create procedure keyhole_release_tables(app text) language plpgsql as $$
declare p record; t record;
begin
  for p in
    select pol.polname as name, pol.polrelid::regclass as tab from pg_policy pol join pg_class c on c.oid = pol.polrelid
    where c.relnamespace = 'public'::regnamespace and starts_with(c.relname, app || '_')
  loop
    execute format('drop policy %I on %s', p.name, p.tab);
  end loop;
  for t in
    select c.oid::regclass as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and starts_with(c.relname, app || '_')
  loop
    execute format('alter table %s no force row level security', t.name);
    execute format('alter table %s disable row level security', t.name);
    execute format('revoke all on %s from keyhole_definer, keyhole_firm, keyhole_worker', t.name);
  end loop;
end $$;
revoke all on procedure keyhole_release_tables(text) from public;

create function tenants_new_id() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$;

create function tenants_token_hash(token text) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(token, 'UTF8'))
$$;

call keyhole_adopt_functions();
