create or replace function dialer_take_contact(p_agent uuid, p_campaign uuid, out contact_id uuid, out zone text, out closed boolean)
language plpgsql volatile as $$
declare h record; bound bigint := dialer_read_bound(p_campaign, '');
begin
  closed := false;
  select w.contact_id, w.zone into h from dialer_waiting w
  where w.campaign_id = p_campaign and w.kind = 'callback' and w.due_at <= now()
    and (w.agent_id = p_agent or w.agent_id is null or w.due_at <= now() - interval '30 minutes')
    and campaigns_zone_open(p_campaign, w.zone, now())
    and not campaigns_contact_suppressed(w.firm_id, p_campaign, w.contact_id)
  order by w.due_at limit 1 for update skip locked;
  if found then
    delete from dialer_waiting w where w.contact_id = h.contact_id;
    contact_id := h.contact_id;
    zone := h.zone;
    return;
  end if;
  for i in 1..50 loop
    delete from dialer_hopper p where p.position = (
      select x.position from dialer_hopper x
      where x.campaign_id = p_campaign and x.position >= bound order by x.position limit 1 for update skip locked)
    returning p.position, p.contact_id, p.zone, p.firm_id into h;
    exit when not found;
    if h.position % 32 = 0 then
      perform dialer_raise_hopper_bound(p_campaign);
    end if;
    if not campaigns_zone_open(p_campaign, h.zone, now()) then
      perform dialer_queue_contact(h.firm_id, p_campaign, h.contact_id, h.zone, dialer_rank(2, 0));
      closed := true;
    elsif campaigns_contact_suppressed(h.firm_id, p_campaign, h.contact_id) then
      perform dialer_set_standing(h.firm_id, p_campaign, h.contact_id, 'finished', 'suppressed');
    else
      contact_id := h.contact_id;
      zone := h.zone;
      return;
    end if;
  end loop;
end $$;

create or replace function dialer_enqueue_lists_v1() returns jsonb language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp as $$
declare l campaigns_contactlist; z record;
begin
  select * into l from campaigns_contactlist where state = 'ready' and queued_at is null
  order by created_at limit 1 for update skip locked;
  if not found then
    return jsonb_build_object('campaigns', '[]'::jsonb, 'agents', '[]'::jsonb);
  end if;
  perform dialer_create_bound(l.campaign_id, '');
  for z in
    select x.zone, campaigns_zone_known(x.zone) as known
    from (select distinct zone from campaigns_contact where list_id = l.id) x
  loop
    if z.known then
      perform dialer_create_bound(l.campaign_id, z.zone);
      insert into dialer_zone values (l.firm_id, l.campaign_id, z.zone) on conflict do nothing;
    else
      insert into dialer_contactstanding (contact_id, firm_id, campaign_id, state, attempts, result,
                                          closed_positions, changed_at)
      select c.id, c.firm_id, l.campaign_id, 'finished', 0, 'no_zone', 0, now()
      from campaigns_contact c where c.list_id = l.id and c.zone = z.zone;
    end if;
  end loop;
  insert into dialer_queue (contact_id, firm_id, campaign_id, zone, rank)
  select c.id, c.firm_id, l.campaign_id, c.zone, dialer_rank(4, 0)
  from (select * from campaigns_contact where list_id = l.id order by line_no) c
  join dialer_zone k on k.campaign_id = l.campaign_id and k.zone = c.zone;
  update campaigns_contactlist set queued_at = now() where id = l.id;
  return jsonb_build_object('campaigns', jsonb_build_array(l.campaign_id), 'agents', '[]'::jsonb);
end $$;

drop function dialer_raise_hopper_bound_to(uuid, bigint);
