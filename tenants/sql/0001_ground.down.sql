drop function tenants_token_hash(text);
drop function tenants_new_id();
drop procedure keyhole_release_tables(text);
drop procedure keyhole_secure_tables(text);
drop procedure keyhole_adopt_functions();
