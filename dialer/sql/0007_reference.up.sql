-- Keeps: a contact is found by the reference a person reads out, among every hand-out there ever was, and not by trying all.

-- The last 40 bits of the contact's id, as C-7K4Q-92XD spells them.
create index dialer_lease_reference on dialer_lease (firm_id, "right"(contact_id::text, 10));
