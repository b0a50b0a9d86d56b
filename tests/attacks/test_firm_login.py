"""Arbitrary SQL as the firm's login: another firm is not there, secrets are not there, and nothing takes its things."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tenants.db.ids import new_id
from tests.attacks.hostile import carrying, count_rows, firm_tables, is_refused, open_desk, set_rows
from tests.conftest import Database
from tests.world import World

SECRETS = (
    "tenants_session",
    "tenants_credential",
    "tenants_recoverycode",
    "tenants_invitation",
    "tenants_worktoken",
    "tenants_pepper",
    "tenants_address_failure",
)


@pytest.fixture
def two_firms(world: World) -> World:
    """Both firms have a campaign, people to call and an entry."""
    open_desk(world).reserve()
    campaign = world.campaign(world.birch)
    world.contacts(campaign, 2, world.birch)
    return world


def rows_of(conn: Any, table: str, firm_id: object) -> int:
    """Rows of a firm in a table, as this connection sees them; none when it may not look at all."""
    statement = sql.SQL("select count(*) from {} where firm_id = %s").format(sql.Identifier(table))
    try:
        with conn.transaction():
            return int(conn.execute(statement, [firm_id]).fetchone()[0])
    except psycopg.errors.InsufficientPrivilege:
        return 0


def test_it_reads_its_own_rows_and_none_of_another_firm(two_firms: World) -> None:
    world = two_firms
    definer = world.definer()
    planted = {table for table in firm_tables(world) if rows_of(definer, table, world.birch.id)}
    assert {"campaigns_contact", "campaigns_campaign", "tenants_engagement", "tenants_entry"} <= planted
    for login in ("firm", "worker"):
        with carrying(world, world.token(world.alder.people["manager"]), login) as conn:
            assert [t for t in firm_tables(world) if rows_of(conn, t, world.birch.id)] == []
            assert rows_of(conn, "campaigns_campaign", world.alder.id) == 1
            (firms,) = conn.execute("select array_agg(handle::text) from tenants_firm").fetchone()
            assert firms == ["alder"]
            (emails,) = conn.execute("select array_agg(email::text) from tenants_person").fetchone()
            assert not [email for email in emails if "birch" in email or "wren" in email]
            assert conn.execute("select handle from tenants_outsourcer").fetchall() == [("tern",)]


def forged(world: World) -> Iterator[str]:
    yield from ("", "x", str(world.birch.id), str(world.alder.id), "' or true --", "\\x00", "%")
    yield world.token(world.tern.people["agent"])
    yield world.token(world.wren.people["supervisor"])


def test_a_forged_setting_opens_nothing(two_firms: World) -> None:
    for text in forged(two_firms):
        with carrying(two_firms, text) as conn:
            for table in firm_tables(two_firms):
                assert rows_of(conn, table, two_firms.alder.id) == 0, table
                assert rows_of(conn, table, two_firms.birch.id) == 0, table
            assert conn.execute("select tenants_current_firm()").fetchone() == (None,)
    with carrying(two_firms, two_firms.token(two_firms.birch.people["auditor"])) as conn:
        assert conn.execute("select tenants_current_firm()").fetchone() == (two_firms.birch.id,)


def test_other_settings_and_roles_open_nothing(two_firms: World) -> None:
    with two_firms.database.connect("firm") as conn:
        for statement in (
            "set role keyhole_definer",
            "set role keyhole_owner",
            "set session authorization keyhole_owner",
            "alter table campaigns_contact disable row level security",
            "alter table campaigns_contact no force row level security",
            "create policy mine on campaigns_contact using (true)",
            "drop policy firm on campaigns_contact",
            "create view mine as select * from campaigns_contact",
            "create or replace function tenants_current_firm() returns uuid language sql as 'select null::uuid'",
        ):
            assert is_refused(conn, statement), statement
        for name in ("app.tenant", "keyhole.firm", "keyhole.firm_id"):
            conn.execute("select set_config(%s, %s, false)", [name, str(two_firms.birch.id)])
        conn.execute("set row_security = off")
        assert is_refused(conn, "select count(*) from campaigns_contact")
        conn.execute("set row_security = on")
        assert count_rows(conn, "campaigns_contact") == 0


def test_it_changes_nothing_of_another_firm(two_firms: World) -> None:
    world = two_firms
    with carrying(world, world.token(world.alder.people["manager"])) as conn:
        for table in firm_tables(world):
            for form in (
                "update {} set firm_id = firm_id where firm_id = %s",
                "delete from {} where firm_id = %s",
                "with x as (delete from {} where firm_id = %s returning 1) select count(*) from x",
            ):
                statement = sql.SQL(form).format(sql.Identifier(table))  # type: ignore[arg-type]
                try:
                    with conn.transaction():
                        done = conn.execute(statement, [world.birch.id])
                except psycopg.errors.InsufficientPrivilege:
                    continue
                row = done.fetchone() if form.startswith("with") else (done.rowcount,)
                assert row == (0,), (table, form)
        with conn.transaction():
            changed = conn.execute(
                "update campaigns_campaign set name = 'x' where firm_id = %s", [world.alder.id]
            )
        assert changed.rowcount == 1


def test_it_gives_nothing_to_another_firm(two_firms: World) -> None:
    world = two_firms
    with carrying(world, world.token(world.alder.people["manager"])) as conn:
        for table in firm_tables(world):
            with (
                pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)),
                conn.transaction(),
            ):
                conn.execute(
                    sql.SQL("insert into {} (firm_id) values (%s)").format(sql.Identifier(table)),
                    [world.birch.id],
                )
            if rows_of(conn, table, world.alder.id):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                    conn.execute(
                        sql.SQL("update {} set firm_id = %s").format(sql.Identifier(table)), [world.birch.id]
                    )


PLANTED = {
    "campaigns_openhours": "weekday, opens, closes) values (%s, %s, 1, '00:01', '00:02')",
    "campaigns_closedday": "day, name) values (%s, %s, '2030-01-01', 'x')",
    "campaigns_disposition": "id, position, label, kind, retry_s, archived)"
    " values (%s, %s, gen_random_uuid(), 9, 'x', 'reached', 0, false)",
    "campaigns_retryrule": "result, retry_s) values (%s, %s, 'invalid', 1)",
    "campaigns_column": "name, label, role, position, visible, question) values (%s, %s, 'x', 'x', '', 9, 0, '')",
    "campaigns_contactlist": "id, name, state, columns, key_version, created_at)"
    " values (%s, %s, gen_random_uuid(), 'x', 'ready', '{}', 1, now())",
    "campaigns_suppression": "id, number_index, source, created_at)"
    " values (%s, %s, gen_random_uuid(), 'x', 'manual', now())",
}


@pytest.mark.parametrize("table", list(PLANTED))
def test_nothing_of_its_own_hangs_on_another_firms_campaign(two_firms: World, table: str) -> None:
    world = two_firms
    statement = sql.SQL("insert into {} (firm_id, campaign_id, ").format(sql.Identifier(table)) + sql.SQL(
        PLANTED[table]
    )
    (theirs,) = (
        world.definer()
        .execute("select id from campaigns_campaign where firm_id = %s", [world.birch.id])
        .fetchone()
    )
    with carrying(world, world.token(world.alder.people["manager"])) as conn:
        (own,) = conn.execute("select id from campaigns_campaign").fetchone()
        with conn.transaction():
            conn.execute(statement, [world.alder.id, own])
        with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
            conn.execute(statement, [world.alder.id, theirs])


def test_a_list_cannot_be_moved_into_another_firms_campaign(two_firms: World) -> None:
    world = two_firms
    (theirs,) = (
        world.definer()
        .execute("select id from campaigns_campaign where firm_id = %s", [world.birch.id])
        .fetchone()
    )
    with carrying(world, world.token(world.alder.people["manager"])) as conn, conn.transaction():
        conn.execute("update campaigns_contactlist set queued_at = null")
        with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
            conn.execute("update campaigns_contactlist set campaign_id = %s", [theirs])


def test_a_firms_engagement_works_on_no_other_firms_campaign(two_firms: World) -> None:
    world = two_firms
    (theirs,) = (
        world.definer()
        .execute("select id from campaigns_campaign where firm_id = %s", [world.birch.id])
        .fetchone()
    )
    statement = "insert into campaigns_engaged (firm_id, campaign_id, engagement_id) values (%s, %s, %s)"
    with carrying(world, world.token(world.alder.people["manager"])) as conn:
        (own,) = conn.execute("select id from campaigns_campaign").fetchone()
        for row in (
            [world.alder.id, theirs, world.engagement],
            [world.alder.id, own, world.engagement_birch],
            [world.alder.id, own, new_id()],
        ):
            with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
                conn.execute(statement, row)


def test_what_proves_who_people_are_is_read_by_no_login(database: Database) -> None:
    done = []
    for login in ("firm", "worker", "agent", "gateway"):
        with database.connect(login) as conn:
            for table in SECRETS:
                for form in (
                    "select 1 from {}",
                    "update {} set ctid = ctid",
                    "delete from {}",
                    "copy {} to stdout",
                ):
                    if not is_refused(conn, sql.SQL(form).format(sql.Identifier(table))):
                        done.append((login, table, form))
            for table in ("tenants_person", "tenants_firm", "tenants_outsourcer"):
                for form in ("insert into {} default values", "update {} set name = 'x'", "delete from {}"):
                    if not is_refused(conn, sql.SQL(form).format(sql.Identifier(table))):
                        done.append((login, table, form))
    assert done == []


def test_no_setting_of_a_session_outlives_its_transaction(two_firms: World) -> None:
    from django.db import connection

    from tenants.db.firm import firm_transaction

    with firm_transaction(two_firms.token(two_firms.alder.people["manager"])), connection.cursor() as cursor:
        cursor.execute("select count(*) from campaigns_campaign")
        assert cursor.fetchone() == (1,)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from campaigns_campaign")
        assert cursor.fetchone() == (0,)


def test_an_api_token_of_one_firm_for_another_firms_person_is_worth_nothing(two_firms: World) -> None:
    world = two_firms
    manager = world.birch.people["manager"].id
    set_rows(
        world,
        "insert into tenants_apitoken (id, firm_id, person_id, name, token_hash, scopes, expires_at, created_at)"
        " values (gen_random_uuid(), %s, %s, 'x', sha256('stolen'), '{}', now() + interval '1 day', now())",
        world.alder.id,
        manager,
    )
    with carrying(world, "stolen") as conn:
        assert count_rows(conn, "campaigns_campaign") == 0
        assert conn.execute("select tenants_load_api_token_v1('stolen')").fetchone() == (None,)
