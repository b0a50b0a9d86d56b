-- Keeps: the firm login can put a job in and nothing else; the worker runs them. A job's arguments name a batch and
-- hold no secret: what the worker may do in a firm follows from the batch, not from the job.

do $$
declare f record;
begin
  for f in
    select p.oid::regprocedure as signature from pg_proc p
    where p.pronamespace = 'public'::regnamespace and starts_with(p.proname, 'procrastinate_')
  loop
    execute format('revoke all on function %s from public', f.signature);
    execute format('grant execute on function %s to keyhole_worker', f.signature);
  end loop;
end $$;

grant select, insert, update, delete on procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
  procrastinate_workers to keyhole_worker, keyhole_definer;
grant usage, select on all sequences in schema public to keyhole_worker, keyhole_definer;

alter function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) security definer;
alter function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) set search_path = pg_catalog, public, pg_temp;
alter function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) owner to keyhole_definer;
grant execute on function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) to keyhole_firm, keyhole_worker;

-- Imports that run according to their row, while no process holds their lock and no job is to do them: their process was
-- killed. The worker asks for them again; the job clears the half list first.
create function campaigns_find_lost_imports_v1() returns setof uuid language sql stable security definer as $$
  select b.id from campaigns_importbatch b
  where b.state in ('queued', 'running') and b.created_at < now() - interval '30 seconds'
    and not exists (
      select 1 from pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 1
        and ((l.classid::bigint << 32) | l.objid::bigint)
          = ('x' || encode(substring(uuid_send(b.id) from 9 for 8), 'hex'))::bit(64)::bigint)
    and not exists (
      select 1 from procrastinate_jobs j
      where j.task_name = 'campaigns:import_list' and j.status in ('todo', 'doing')
        and j.args ->> 'batch_id' = b.id::text)
$$;

call keyhole_adopt_functions();
grant execute on function campaigns_find_lost_imports_v1() to keyhole_worker;
