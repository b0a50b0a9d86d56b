-- Keeps P8: a log that does not fit what was signed of it is told to its firm, by an incident that nobody can take back.

create function tenants_report_log_v1(p_firm uuid, p_cause text) returns uuid
language plpgsql volatile security definer as $$
begin
  if p_cause not in ('entry_missing', 'place_missing', 'tile_missing', 'rolled_back', 'forked', 'checkpoint_not_ours',
                     'root_differs', 'key_missing', 'memory_unreadable') then
    raise exception 'not a cause' using errcode = 'KH001';
  end if;
  return tenants_open_alarm(p_firm, 'log_' || p_cause, 'tampering', 'The record of access does not fit what was signed',
                            null);
end $$;

call keyhole_adopt_functions();
grant execute on function tenants_report_log_v1(uuid, text) to keyhole_ledger;
