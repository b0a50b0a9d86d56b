drop function campaigns_find_lost_imports_v1();
alter function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) owner to current_user;
alter function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) security invoker;
revoke all on function procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[]) from keyhole_firm;
