drop function tenants_thin_checkpoints_v1();
drop function tenants_prune_entries_v1();
drop policy pruner_deletes on tenants_checkpoint;
drop policy pruner_deletes on tenants_entry;
do $$
declare t text;
begin
  foreach t in array array['entry', 'position', 'checkpoint', 'cosignature', 'logkey', 'review', 'firm'] loop
    execute format('drop policy pruner_reads on tenants_%s', t);
    execute format('revoke all on tenants_%s from keyhole_pruner', t);
  end loop;
end $$;
drop index tenants_entry_log;
drop function tenants_note_pruning(uuid, bigint, bigint, integer);
drop function tenants_begin_pruning(text);
drop function tenants_load_keeping_v1();
drop function tenants_find_pruned(uuid);
drop function tenants_keep_months(uuid);
drop function tenants_find_floor(uuid);
drop function tenants_find_countries(uuid);
drop function tenants_keep_floor(text);
