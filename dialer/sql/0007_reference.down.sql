drop function dialer_find_reference_v1(text);
drop index dialer_lease_reference;
