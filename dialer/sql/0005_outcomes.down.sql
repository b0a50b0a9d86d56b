drop function dialer_sweep_desks_v1();
drop function dialer_stop_lease_v1(uuid, text);
drop function dialer_record_outcome_v1(text, uuid, timestamptz, boolean, bytea, smallint);
drop function dialer_apply_outcome(dialer_lease, record, text, bigint, smallint, timestamptz, boolean);
drop function dialer_suppress_contact(dialer_lease, record);
drop function dialer_check_answer_v1(text, text, bytea);
