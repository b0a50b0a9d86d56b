drop function tenants_check_witnesses_v1();
drop function tenants_report_entry_v1(uuid);
drop function tenants_refuse_log_v1(uuid, text, bigint, text, text);
drop function tenants_keep_cosignature_v1(uuid, bigint, text, timestamptz);
drop function tenants_retire_witness_v1(uuid, text, text);
drop function tenants_add_witness_v1(text, text, integer, text, text);
drop function tenants_require_access(boolean);
alter table tenants_witness drop column heard_at, drop column missed_at;
grant delete on tenants_witness to keyhole_definer;
