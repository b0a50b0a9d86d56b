drop function tenants_load_api_token_v1(text);
drop function tenants_current_firm();
drop function tenants_current_access();
