"""Rules of the house on the database as it is after every migration: whose rows, whose functions, one list of events."""

import re
from typing import Any

import pytest

from dialer.calls.states import Event as CallEvent
from dialer.calls.states import State, transition_rows
from tenants.ledger.events import Event
from tests.conftest import Database

# Unique constraints that do not begin with firm_id, each with the reason why it tells nobody of another firm.
UNSCOPED = {
    "tenants_apitoken_token_hash_key": "the hash of 256 random bits",
    "tenants_person_outsourcer_email": "people of an outsourcer, written by functions alone",
    "dialer_attempt_token_hash_key": "the hash of 128 random bits and more, written by functions alone",
    "dialer_attempt_one_live_per_lease": "written by functions alone",
    "dialer_lease_one_per_agent": "written by functions alone",
    "dialer_lease_one_per_contact": "written by functions alone",
    "dialer_hopper_contact_id_key": "written by functions alone",
}

# The functions that let go of what is old belong to a role of their own.
PRUNING = {"tenants_prune_entries_v1", "tenants_thin_checkpoints_v1"}


@pytest.fixture
def catalog(database: Database) -> Any:
    with database.connect("owner") as conn:
        yield lambda statement: conn.execute(statement).fetchall()


def test_events_are_one_closed_list(catalog: Any) -> None:
    ((text,),) = catalog("select prosrc from pg_proc where proname = 'tenants_known_event'")
    assert set(re.findall(r"'([a-z_]+:[a-z_:]+)'", text)) == {str(event) for event in Event}
    ((check,),) = catalog(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'tenants_entry_event'"
    )
    assert "tenants_known_event" in check


def test_the_database_and_the_code_have_one_table_of_call_states(catalog: Any, database: Database) -> None:
    with database.connect("owner") as conn:
        conn.execute("set role keyhole_definer")
        rows = []
        for state in State:
            for event in CallEvent:
                (after,) = conn.execute("select dialer_next_state(%s, %s)", [state, event]).fetchone()  # type: ignore[misc]
                if after is not None:
                    rows.append((str(state), str(event), str(after)))
    assert sorted(rows) == transition_rows()


OURS = "p.pronamespace = 'public'::regnamespace and p.proname ~ '^(tenants|campaigns|dialer)_'"


def test_every_function_that_acts_for_its_owner_is_pinned_and_closed(catalog: Any) -> None:
    rows = catalog(
        "select p.proname, pg_get_userbyid(p.proowner), p.proconfig, exists (select from aclexplode("
        f"coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) from pg_proc p where p.prosecdef and {OURS}"
    )
    assert len(rows) > 40
    for name, owner, config, is_open in rows:
        assert owner == ("keyhole_pruner" if name in PRUNING else "keyhole_definer"), name
        assert not is_open, name
        paths = [setting for setting in config if setting.startswith("search_path=")]
        assert len(paths) == 1, name
        assert paths[0].endswith("pg_temp"), name
        assert paths[0].startswith("search_path=pg_catalog"), name


def test_no_function_of_ours_is_open_to_everyone(catalog: Any) -> None:
    rows = catalog(
        "select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and exists (select from aclexplode("
        "coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)"
    )
    assert rows == []


def test_what_a_login_may_call_carries_a_version(catalog: Any) -> None:
    rows = catalog(
        "select distinct p.proname from pg_proc p, aclexplode(p.proacl) a join pg_roles r on r.oid = a.grantee"
        f" where {OURS} and r.rolname in ('keyhole_agent', 'keyhole_firm', 'keyhole_gateway', 'keyhole_worker')"
    )
    # Row-level security calls these two in every statement of the firm's and the worker's login.
    unnamed = {name for (name,) in rows if not re.fullmatch(r"[a-z]+_[a-z]+(_[a-z]+)*_v[0-9]+", name)}
    assert unnamed == {"tenants_current_firm", "tenants_current_access"}


def test_every_table_of_a_firm_is_behind_forced_row_security(catalog: Any) -> None:
    rows = catalog(
        "select c.relname, c.relrowsecurity, c.relforcerowsecurity, (select count(*) from pg_policy p where"
        " p.polrelid = c.oid) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'firm_id'"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped"
    )
    assert len(rows) > 20
    assert [name for name, on, forced, policies in rows if not (on and forced and policies >= 2)] == []


def test_every_table_of_ours_is_behind_row_security(catalog: Any) -> None:
    rows = catalog(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and relname ~ '^(tenants|campaigns|dialer)_' and not (relrowsecurity and relforcerowsecurity)"
    )
    assert rows == []


def test_unique_constraints_of_a_firms_tables_begin_with_the_firm(catalog: Any) -> None:
    rows = catalog(
        "select i.relname, (select attname from pg_attribute where attrelid = c.oid and attnum = x.indkey[0])"
        " from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid"
        " join pg_attribute f on f.attrelid = c.oid and f.attname = 'firm_id' and not f.attisdropped"
        " where x.indisunique and not x.indisprimary and c.relnamespace = 'public'::regnamespace"
    )
    loose = {
        re.sub(r"_[0-9a-f]{8}_uniq$|_[0-9a-f]{8}$", "_key", name)
        for name, first in rows
        if first != "firm_id"
    }
    assert loose - set(UNSCOPED) == set()
    assert any(first == "firm_id" for _, first in rows)


def test_no_view_looks_past_the_callers_rights(catalog: Any) -> None:
    rows = catalog(
        "select relname, reloptions from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"
    )
    assert [name for name, options in rows if "security_invoker=true" not in (options or [])] == []
