alter table tenants_entry reset (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold);
alter table tenants_entry drop column outcome;
drop index tenants_entry_acts;
drop index tenants_entry_ledger;
