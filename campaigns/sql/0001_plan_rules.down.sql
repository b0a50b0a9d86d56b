drop function campaigns_create_import_v1(uuid, uuid, uuid, text, bigint);
drop function campaigns_find_campaign_v1(text, text);
drop function campaigns_end_import_v1(bytea);
drop function campaigns_extend_import_v1(uuid, bytea);
drop function campaigns_start_import_v1(uuid, bytea);
drop function campaigns_contact_suppressed(uuid, uuid, uuid);
drop function campaigns_zone_known(text);
drop function campaigns_zone_opens(uuid, text, timestamptz);
drop function campaigns_zone_open(uuid, text, timestamptz);
