-- Keeps P8: a log that does not fit what was signed of it is told to its firm, by an incident that nobody can take back.

create function tenants_report_log_v1(p_firm uuid, p_cause text) returns uuid
language plpgsql volatile security definer as $$
begin
  if p_cause not in ('entry_missing', 'place_missing', 'tile_missing', 'rolled_back', 'forked', 'checkpoint_not_ours',
                     'root_differs', 'key_missing', 'memory_unreadable', 'foreign_key', 'entry_unreadable') then
    raise exception 'not a cause' using errcode = 'KH001';
  end if;
  return tenants_open_alarm(p_firm, 'log_' || p_cause, 'tampering', 'The record of access does not fit what was signed',
                            null);
end $$;

-- Checkpoints by size, for checks of what was signed: the `p_most` newest up to `p_until`, newest first.
create function tenants_read_checkpoints_v1(p_firm uuid, p_until bigint, p_most integer)
returns table (size bigint, root bytea, note text) language sql stable security definer as $$
  select c.size, c.root, c.note from tenants_checkpoint c
  where c.firm_id = p_firm and c.size <= p_until order by c.size desc limit p_most
$$;

-- The checkpoints in which an old key vouches for a new one: the first that covers the new key's entry.
create function tenants_read_rotations_v1(p_firm uuid)
returns table (size bigint, note text) language sql stable security definer as $$
  select c.size, c.note
  from tenants_logkey k
  join tenants_position p on p.firm_id = k.firm_id and p.entry_id = k.entry_id
  cross join lateral (
    select x.size, x.note from tenants_checkpoint x
    where x.firm_id = k.firm_id and x.size > p.position order by x.size limit 1) c
  where k.firm_id = p_firm and k.version > (select min(version) from tenants_logkey where firm_id = p_firm)
  order by c.size
$$;

call keyhole_adopt_functions();
grant execute on function tenants_report_log_v1(uuid, text), tenants_read_checkpoints_v1(uuid, bigint, integer),
  tenants_read_rotations_v1(uuid) to keyhole_ledger;
