drop function tenants_report_log_v1(uuid, text);
