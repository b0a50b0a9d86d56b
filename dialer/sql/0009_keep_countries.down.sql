create or replace function tenants_find_countries(p_firm uuid) returns setof text language sql stable as $$
  select f.country::text from tenants_firm f where f.id = p_firm
$$;
