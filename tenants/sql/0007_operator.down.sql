drop function tenants_renew_head_v1(text, text, bytea);
drop function tenants_create_outsourcer_v1(text, text, text, text, bytea);
drop function tenants_create_firm_v1(text, text, text, text, text, text, bytea);
drop function tenants_create_house(uuid, uuid, text, text, text, bytea);
