drop function tenants_read_rotations_v1(uuid);
drop function tenants_read_checkpoints_v1(uuid, bigint, integer);
drop function tenants_report_log_v1(uuid, text);
