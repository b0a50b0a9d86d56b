drop function tenants_use_recovery_v1(text, text, text, bytea, text, text);
drop function tenants_use_totp_v1(text, text, text, bigint, text, text);
drop function tenants_refuse_factor(tenants_session, text);
drop function tenants_lock_factor(text, text);
drop function tenants_raise_session(tenants_session, text, text);
drop function tenants_load_totp_v1(text, text);
drop function tenants_check_password_v1(text, text, text, text, bytea, text, text);
drop function tenants_count_failure(uuid);
drop function tenants_address_blocked(text, boolean);
drop function tenants_begin_signin_v1(text, text);
drop function tenants_count_try(uuid);
drop function tenants_forget_tries(uuid);
drop function tenants_tries_name(uuid);
do $$
declare s record;
begin
  for s in select oid::regclass as name from pg_class where relkind = 'S' and starts_with(relname, 'tenants_tries_') loop
    execute format('drop sequence %s', s.name);
  end loop;
end $$;
drop table tenants_address_failure;
drop table tenants_pepper;
