-- Keeps P8: entries are kept as the strictest of the countries asks that a firm is in or calls.

create or replace function tenants_find_countries(p_firm uuid) returns setof text language sql stable as $$
  select f.country::text from tenants_firm f where f.id = p_firm
  union select c.default_region::text from campaigns_campaign c where c.firm_id = p_firm
$$;
