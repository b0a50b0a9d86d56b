drop function tenants_deny_access_v1(text, text, text, text, text);
drop function tenants_check_sessions_v1(bytea[]);
drop function tenants_end_sessions_v1(text, text);
drop function tenants_load_person_v1(text, text);
drop function tenants_find_session(text, text, integer);
drop function tenants_delete_session_v1(text, text);
drop function tenants_save_session_v1(text, text, text, timestamptz, text, text, boolean);
drop function tenants_load_session_v1(text, text);
drop function tenants_own_surface(text);
