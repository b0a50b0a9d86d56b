-- Promise: nobody but the owner and the definer makes anything in the schema public, and a new function can be called by
-- nobody until it is granted by name. Run in each database by whoever prepares it; running it again changes nothing.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO keyhole_owner, keyhole_definer, keyhole_firm, keyhole_agent, keyhole_gateway, keyhole_worker,
    keyhole_ledger, keyhole_pruner;
-- A function can only be given to a role that may create in its schema.
GRANT CREATE ON SCHEMA public TO keyhole_owner, keyhole_definer, keyhole_pruner;

-- A function that is new can be called by nobody until it is granted by name.
ALTER DEFAULT PRIVILEGES FOR ROLE keyhole_owner, keyhole_definer REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
