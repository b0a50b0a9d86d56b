-- Keeps P7: a row that names its firm and a thing names a thing of that firm. Row-level security looks at the row's own
-- firm alone, and a foreign key to an id alone would take another firm's: its hours, outcomes and lists could be added to.

alter table tenants_engagement add constraint tenants_engagement_of_firm unique (firm_id, id);
alter table campaigns_campaign add constraint campaigns_campaign_of_firm unique (firm_id, id);
alter table campaigns_contactlist add constraint campaigns_contactlist_of_firm unique (firm_id, id);

do $$
declare t text;
begin
  foreach t in array array['engaged', 'openhours', 'closedday', 'disposition', 'retryrule', 'column', 'contactlist',
                           'importbatch', 'suppression'] loop
    execute format('alter table campaigns_%1$s add constraint campaigns_%1$s_campaign_of_firm
      foreign key (firm_id, campaign_id) references campaigns_campaign (firm_id, id)', t);
  end loop;
end $$;
alter table campaigns_engaged add constraint campaigns_engaged_engagement_of_firm
  foreign key (firm_id, engagement_id) references tenants_engagement (firm_id, id);
alter table campaigns_importbatch add constraint campaigns_importbatch_list_of_firm
  foreign key (firm_id, list_id) references campaigns_contactlist (firm_id, id);
alter table campaigns_listkey add constraint campaigns_listkey_list_of_firm
  foreign key (firm_id, list_id) references campaigns_contactlist (firm_id, id);
