drop function dialer_stop_lease_v2(uuid, text, text, text);
drop function dialer_read_answer_v1(text);
drop function dialer_check_answer_v2(text, text, bytea);
alter table dialer_lease drop column last_match;
grant execute on function dialer_check_answer_v1(text, text, bytea) to keyhole_agent;
grant execute on function dialer_stop_lease_v1(uuid, text) to keyhole_firm;
