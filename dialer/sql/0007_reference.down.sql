drop index dialer_lease_reference;
