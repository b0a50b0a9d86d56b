drop function dialer_count_zones_v1(uuid);
drop function dialer_count_engagements_v1();
drop function dialer_count_progress_v1(uuid);
drop function dialer_load_floor_v1(text);
drop function dialer_load_desk_v1(text);
drop function dialer_describe_zones(uuid);
drop function dialer_describe_lease(dialer_lease);
