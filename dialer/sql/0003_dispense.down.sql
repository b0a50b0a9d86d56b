drop function dialer_resume_lease_v1(text);
drop function dialer_reveal_contact_v1(text);
drop function dialer_reserve_contact_v1(text);
drop function dialer_open_lease(record, dialer_desk, uuid);
drop function dialer_take_contact(uuid, uuid);
drop function dialer_refusal(uuid, inet, dialer_desk);
drop function dialer_skips_left(uuid, uuid);
drop function dialer_day_start(uuid);
