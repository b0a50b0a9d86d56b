-- Keeps P7 on every table of a plan or a list, and the hours of the called person: a zone that is not known, or one
-- of several that is closed, means nobody calls.

create function campaigns_zone_open(p_campaign uuid, p_zone text, p_at timestamptz) returns boolean
language sql stable as $$
  select p_zone <> '' and not exists (
    select 1 from unnest(string_to_array(p_zone, '+')) z
    where not exists (
        select 1 from campaigns_openhours h
        where h.campaign_id = p_campaign and h.weekday = extract(isodow from p_at at time zone z)
          and (p_at at time zone z)::time >= h.opens and (p_at at time zone z)::time < h.closes)
      or exists (
        select 1 from campaigns_closedday d
        where d.campaign_id = p_campaign and d.day = (p_at at time zone z)::date))
$$;

-- The next whole quarter of an hour, within eight days, at which the zone is open; null when there is none.
create function campaigns_zone_opens(p_campaign uuid, p_zone text, p_at timestamptz) returns timestamptz
language sql stable as $$
  select min(t) from generate_series(
    date_bin('15 minutes', p_at, '2000-01-01') + interval '15 minutes', p_at + interval '8 days',
    interval '15 minutes') t
  where campaigns_zone_open(p_campaign, p_zone, t)
$$;

-- True when PostgreSQL knows every zone of the key.
create function campaigns_zone_known(p_zone text) returns boolean language plpgsql stable as $$
declare z text;
begin
  if coalesce(p_zone, '') = '' then
    return false;
  end if;
  foreach z in array string_to_array(p_zone, '+') loop
    perform now() at time zone z;
  end loop;
  return true;
exception when invalid_parameter_value then
  return false;
end $$;

-- True while any number of the contact is suppressed for the firm or the campaign.
create function campaigns_contact_suppressed(p_firm uuid, p_campaign uuid, p_contact uuid) returns boolean
language sql stable as $$
  select exists (
    select 1 from campaigns_contactnumber n
    join campaigns_suppression s on s.firm_id = n.firm_id and s.number_index = n.number_index
    where n.contact_id = p_contact and n.firm_id = p_firm and (s.campaign_id is null or s.campaign_id = p_campaign)
      and (s.expires_at is null or s.expires_at > now()))
$$;

-- The worker's leave for one import: for the batch's firm and the person who asked, for an hour. False when the batch
-- does not wait for it.
create function campaigns_start_import_v1(p_batch uuid, p_token_hash bytea) returns boolean
language plpgsql volatile security definer as $$
begin
  insert into tenants_worktoken (token_hash, firm_id, person_id, purpose, expires_at)
  select p_token_hash, b.firm_id, b.created_by, 'import', now() + interval '1 hour'
  from campaigns_importbatch b
  where b.id = p_batch and b.state in ('queued', 'running');
  return found;
end $$;

-- Longer leave for a long import that still runs.
create function campaigns_extend_import_v1(p_batch uuid, p_token_hash bytea) returns boolean
language plpgsql volatile security definer as $$
begin
  update tenants_worktoken w set expires_at = now() + interval '1 hour'
  from campaigns_importbatch b
  where w.token_hash = p_token_hash and b.id = p_batch and b.firm_id = w.firm_id and b.state = 'running'
    and w.expires_at > now();
  return found;
end $$;

create function campaigns_end_import_v1(p_token_hash bytea) returns void language sql volatile security definer as $$
  delete from tenants_worktoken where token_hash = p_token_hash or expires_at < now() - interval '1 day'
$$;

-- A running campaign of this firm by handle and name or id, for the import command. Internal ids only.
create function campaigns_find_campaign_v1(p_firm text, p_campaign text) returns jsonb
language sql stable security definer as $$
  select jsonb_build_object('firm_id', f.id, 'campaign_id', c.id, 'country', f.country)
  from tenants_firm f join campaigns_campaign c on c.firm_id = f.id
  where f.handle = lower(p_firm) and (c.name = p_campaign or c.id::text = lower(p_campaign))
$$;

-- An import asked for at the command line by the operator, waiting for its worker. Null when the campaign is not that firm's.
create function campaigns_create_import_v1(p_firm uuid, p_campaign uuid, p_batch uuid, p_name text, p_size bigint)
returns uuid language plpgsql volatile security definer as $$
begin
  insert into campaigns_importbatch (id, firm_id, campaign_id, name, kind, encoding, delimiter, has_header,
    file_columns, mapping, region, possible_numbers, state, failure, size_bytes, bytes_read, rows_in, stored,
    duplicate, suppressed, rejected, blank, created_at)
  select p_batch, c.firm_id, c.id, p_name, 'csv', '', '', true, '{}', '{}', c.default_region, 'reject', 'queued', '',
    p_size, 0, 0, 0, 0, 0, 0, 0, now()
  from campaigns_campaign c where c.id = p_campaign and c.firm_id = p_firm;
  if not found then
    return null;
  end if;
  return p_batch;
end $$;

call keyhole_adopt_functions();
call keyhole_secure_tables('campaigns');

grant execute on function campaigns_start_import_v1(uuid, bytea), campaigns_extend_import_v1(uuid, bytea),
  campaigns_end_import_v1(bytea), campaigns_find_campaign_v1(text, text),
  campaigns_create_import_v1(uuid, uuid, uuid, text, bigint) to keyhole_worker;

grant select, insert, update on campaigns_campaign, campaigns_column, campaigns_disposition, campaigns_contactlist,
  campaigns_importbatch to keyhole_firm;
grant select, insert, update, delete on campaigns_engaged, campaigns_openhours, campaigns_closedday,
  campaigns_retryrule to keyhole_firm;
grant select on campaigns_contact, campaigns_contactnumber, campaigns_reject to keyhole_firm;
grant select, insert on campaigns_suppression to keyhole_firm;
grant usage on all sequences in schema public to keyhole_firm, keyhole_worker, keyhole_definer;

grant select on campaigns_campaign, campaigns_suppression to keyhole_worker;
grant select, insert, update on campaigns_column, campaigns_contactlist, campaigns_importbatch to keyhole_worker;
grant select, insert, delete on campaigns_listkey, campaigns_contact, campaigns_contactnumber, campaigns_reject
  to keyhole_worker;
