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
