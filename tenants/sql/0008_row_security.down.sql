drop policy firm_people on tenants_person;
drop policy firm_outsourcers on tenants_outsourcer;
drop policy firm_itself on tenants_firm;
