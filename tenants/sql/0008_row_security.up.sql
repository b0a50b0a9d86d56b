-- Keeps P7: every table of a firm is under FORCE row-level security. What a firm may read of others' rows is spelt
-- out: its outsourcers, and the names of their people (who contacted whom). The agent and gateway logins get nothing.

call keyhole_secure_tables('tenants');
-- The record grows and never changes, not even by a function of ours.
revoke update, delete on tenants_entry from keyhole_definer;

create policy firm_itself on tenants_firm to keyhole_firm, keyhole_worker
  using (id = (select tenants_current_firm()));
create policy firm_outsourcers on tenants_outsourcer to keyhole_firm, keyhole_worker
  using (id in (select e.outsourcer_id from tenants_engagement e));
create policy firm_people on tenants_person to keyhole_firm, keyhole_worker
  using (firm_id = (select tenants_current_firm())
         or outsourcer_id in (select e.outsourcer_id from tenants_engagement e));

grant select on tenants_firm, tenants_outsourcer, tenants_person, tenants_engagement to keyhole_firm, keyhole_worker;
grant insert, update on tenants_engagement to keyhole_firm;
grant select, insert on tenants_apitoken to keyhole_firm;
grant update (revoked_at) on tenants_apitoken to keyhole_firm;
