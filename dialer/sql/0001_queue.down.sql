call keyhole_release_tables('dialer');
drop function dialer_rescue_strays_v1();
drop function dialer_promote_waiting_v1();
drop function dialer_refill_hoppers_v1(integer, integer);
drop function dialer_refill_campaign(uuid, integer);
drop function dialer_enqueue_lists_v1();
drop function dialer_set_standing(uuid, uuid, uuid, text, text);
drop function dialer_queue_contact(uuid, uuid, uuid, text, bigint);
drop function dialer_rank(integer, integer);
drop function dialer_raise_hopper_bound(uuid);
drop function dialer_create_bound(uuid, text);
drop function dialer_read_bound(uuid, text);
drop function dialer_bound_name(uuid, text);
do $$
declare s record;
begin
  for s in select oid::regclass as name from pg_class where relkind = 'S' and starts_with(relname, 'dialer_bound_') loop
    execute format('drop sequence %s', s.name);
  end loop;
end $$;
drop table dialer_zone;
drop sequence dialer_hopper_position;
drop sequence dialer_age;
alter table dialer_lease drop column checks_from;
alter table dialer_lease drop column granted_at;
alter table dialer_lease drop column grant_xid;
