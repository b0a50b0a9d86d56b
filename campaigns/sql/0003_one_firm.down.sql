alter table campaigns_listkey drop constraint campaigns_listkey_list_of_firm;
alter table campaigns_importbatch drop constraint campaigns_importbatch_list_of_firm;
alter table campaigns_engaged drop constraint campaigns_engaged_engagement_of_firm;
do $$
declare t text;
begin
  foreach t in array array['engaged', 'openhours', 'closedday', 'disposition', 'retryrule', 'column', 'contactlist',
                           'importbatch', 'suppression'] loop
    execute format('alter table campaigns_%1$s drop constraint campaigns_%1$s_campaign_of_firm', t);
  end loop;
end $$;
alter table campaigns_contactlist drop constraint campaigns_contactlist_of_firm;
alter table campaigns_campaign drop constraint campaigns_campaign_of_firm;
alter table tenants_engagement drop constraint tenants_engagement_of_firm;
