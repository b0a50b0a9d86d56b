"""Rules on what may end: one role deletes entries, by functions known by name; the database and the code have one table."""

from typing import Any

import phonenumbers
import pytest

from tenants.retention.floors import FLOORS, LEAST_MONTHS, floor_months
from tests.conftest import Database
from tests.house.test_schema import PRUNING

# The owner of the tables signs in for migrations alone; what it deletes is found by whoever kept a checkpoint.
OWNER = "keyhole_owner"


@pytest.fixture
def catalog(database: Database) -> Any:
    with database.connect("owner") as conn:
        yield lambda statement: conn.execute(statement).fetchall()


def holders(catalog: Any, table: str, rights: str) -> set[tuple[str, str]]:
    """Who holds one of these rights on a table, as (role, right), the owner of the table apart."""
    rows = catalog(
        "select pg_get_userbyid(a.grantee), a.privilege_type from pg_class c, aclexplode(c.relacl) a"
        f" where c.oid = '{table}'::regclass and a.privilege_type = any ('{{{rights}}}')"
    )
    return {(role, right) for role, right in rows if role != OWNER}


def test_entries_are_deleted_by_one_role_and_changed_by_none(catalog: Any) -> None:
    assert holders(catalog, "tenants_entry", "DELETE,TRUNCATE,UPDATE") == {("keyhole_pruner", "DELETE")}
    assert holders(catalog, "tenants_checkpoint", "DELETE,TRUNCATE,UPDATE") == {("keyhole_pruner", "DELETE")}
    for table in ("tenants_position", "tenants_tile", "tenants_logkey", "tenants_cosignature"):
        assert holders(catalog, table, "DELETE,TRUNCATE,UPDATE") == set(), table
    assert ("keyhole_definer", "DELETE") in holders(catalog, "tenants_session", "DELETE")


def test_no_column_of_an_entry_can_be_changed(catalog: Any) -> None:
    rows = catalog(
        "select pg_get_userbyid(x.grantee) from pg_attribute a, aclexplode(a.attacl) x"
        " where a.attrelid in ('tenants_entry'::regclass, 'tenants_position'::regclass)"
        " and x.privilege_type <> 'SELECT'"
    )
    assert rows == []


def test_the_role_that_prunes_owns_two_functions_and_holds_no_other_right_to_write(catalog: Any) -> None:
    owned = catalog("select proname from pg_proc where proowner = 'keyhole_pruner'::regrole")
    assert {name for (name,) in owned} == PRUNING
    rows = catalog(
        "select c.relname, a.privilege_type from pg_class c, aclexplode(c.relacl) a"
        " where a.grantee = 'keyhole_pruner'::regrole and a.privilege_type <> 'SELECT'"
    )
    assert set(rows) == {("tenants_entry", "DELETE"), ("tenants_checkpoint", "DELETE")}
    assert catalog(
        "select rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname = 'keyhole_pruner'"
    ) == [(False, False, False)]
    members = catalog(
        "select pg_get_userbyid(member) from pg_auth_members where roleid = 'keyhole_pruner'::regrole"
    )
    assert {name for (name,) in members} == {OWNER}


def test_the_guard_on_deletion_says_two_years_in_utc(catalog: Any) -> None:
    ((guard,),) = catalog(
        "select pg_get_expr(polqual, polrelid) from pg_policy"
        " where polrelid = 'tenants_entry'::regclass and polname = 'pruner_deletes'"
    )
    assert "2 years" in guard
    assert guard.count("'UTC'") == 2
    ((deleting,),) = catalog(
        "select array_agg(polname::text order by 1) from pg_policy where polrelid = 'tenants_entry'::regclass"
        " and polcmd in ('d', '*') and 'keyhole_pruner'::regrole = any (polroles)"
    )
    assert deleting == ["pruner_deletes"]


def test_only_the_worker_may_have_entries_pruned(catalog: Any) -> None:
    rows = catalog(
        "select p.proname, pg_get_userbyid(a.grantee) from pg_proc p, aclexplode(p.proacl) a"
        " where p.proowner = 'keyhole_pruner'::regrole and a.grantee <> p.proowner"
    )
    assert set(rows) == {(name, "keyhole_worker") for name in PRUNING}


def test_the_database_and_the_code_have_one_table_of_floors(catalog: Any) -> None:
    countries = sorted({*phonenumbers.SUPPORTED_REGIONS, *FLOORS, "ZZ", ""})
    listed = ", ".join(f"'{country}'" for country in countries)
    rows = catalog(f"select c, tenants_keep_floor(c) from unnest(array[{listed}]) c")
    assert dict(rows) == {country: floor_months(country) for country in countries}
    assert catalog("select tenants_keep_floor(null)") == [(LEAST_MONTHS,)]
