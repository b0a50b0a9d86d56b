drop function tenants_check_login_v2();
grant execute on function tenants_check_login_v1() to keyhole_firm, keyhole_agent, keyhole_gateway, keyhole_worker;
