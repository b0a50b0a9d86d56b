drop function tenants_find_outsourcer_v1(text);
drop function tenants_list_team_v1(text);
drop function tenants_set_person_state_v1(text, text, uuid, text);
drop function tenants_renew_invitation_v1(text, text, uuid, bytea);
drop function tenants_manage_person(record, uuid);
drop function tenants_invite_person_v1(text, text, text, text, text, bytea);
drop function tenants_write_people_entry(record, tenants_person, text, text);
drop function tenants_accept_invitation_v1(text, text, bytea, bytea, bigint, bytea[], text, text);
drop function tenants_open_invitation_v1(text, text);
