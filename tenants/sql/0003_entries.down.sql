drop function tenants_write_person_entry(uuid, text, boolean, text, text, text, text);
drop function tenants_append_entry_v1(text, text, uuid, uuid, uuid, boolean, text, text, text, text, text);
drop function tenants_write_entry(uuid, text, text, uuid, uuid, uuid, uuid, text, uuid, boolean, text, inet, text,
  text, text, jsonb);
alter table tenants_entry drop constraint tenants_entry_event;
drop function tenants_known_event(text);
alter table tenants_entry drop column xid;
