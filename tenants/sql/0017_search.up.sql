-- Keeps P8's use: an auditor finds an answer among millions of entries at once, or learns at once that there is none.
-- Each index here slows every entry, so each is partial and stands for one question that was slow without it.

-- The log about itself and what was taken home: few entries among very many.
create index tenants_entry_ledger on tenants_entry (firm_id, at desc) where event in (
  'ledger:key:added', 'ledger:key:rotated', 'ledger:restore:noticed', 'ledger:rollback:accepted', 'ledger:entries:pruned',
  'ledger:checkpoint:downloaded', 'ledger:evidence:exported', 'ledger:witness:added', 'ledger:witness:retired',
  'ledger:witness:refused', 'ledger:witness:missed');

-- Totals by agent, counted from the index alone.
create index tenants_entry_acts on tenants_entry (firm_id, at desc) include (actor_id, outsourcer_id, event, allowed)
where event in ('dialer:contact:reserved', 'dialer:dial:requested', 'dialer:outcome:recorded', 'dialer:contact:skipped')
   or not allowed;

-- What a call or a conversation ended with: an outcome's id, or a result of the network. A column, because row-level
-- security lets no index be used through an expression that might tell what it was given.
alter table tenants_entry add column outcome text generated always as (
  coalesce(details ->> 'disposition', case when event = 'dialer:call:ended' then reason end)) stored;
create index tenants_entry_outcome on tenants_entry (firm_id, outcome, at desc) where outcome is not null;

-- Pages are read from an index alone where the table's pages are known to be settled; nothing else ever vacuums a table
-- that is only added to.
alter table tenants_entry set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000);
