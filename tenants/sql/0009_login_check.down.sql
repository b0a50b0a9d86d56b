drop function tenants_check_login_v2();
