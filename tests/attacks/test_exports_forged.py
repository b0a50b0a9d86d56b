"""A database administrator against exports: rows they write or change make no key be sealed, and the record says so."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from campaigns.exporting.warrant import Warrant, seal_warrant
from tenants.db.ids import new_id
from tenants.vault.hpke import generate_key_pair
from tenants.vault.keyring import load_keyring
from tests.database.exporting import Exporting, Surface, administrator, start_exporting
from tests.world import World


@pytest.fixture
def exporting(world: World, surface: Surface, tmp_path: Path, settings: Any) -> Exporting:
    return start_exporting(world, surface, tmp_path, settings)


def test_a_key_swapped_before_the_approval_is_not_the_one_that_was_compared(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    thief = generate_key_pair()
    with pytest.raises(psycopg.errors.InsufficientPrivilege), exporting.world.definer() as conn:
        conn.execute("update campaigns_export set public_key = %s", [thief.public])
    with administrator(exporting) as conn:
        conn.execute("update campaigns_export set public_key = %s", [thief.public])
    page = exporting.browser(exporting.officer).get("export-approve", export_id).content.decode()
    assert hashlib.sha256(thief.public).hexdigest()[:4] in page
    assert exporting.approve(export_id).status_code == 422
    assert exporting.entries("approved") == [("campaigns:export:approved", False, "key_changed")]
    assert exporting.state(export_id) == "requested"


def test_a_key_swapped_after_the_approval_is_refused_by_who_holds_the_lists_key(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    exporting.approve(export_id)
    thief = generate_key_pair()
    with administrator(exporting) as conn:
        conn.execute("update campaigns_export set public_key = %s", [thief.public])
    exporting.reseal("gateway")
    assert exporting.state(export_id) == "failed"
    assert exporting.one("select count(*) from campaigns_exportkey") == 0
    (last,) = exporting.entries("failed")
    assert last == ("campaigns:export:failed", False, "warrant")
    assert (
        exporting.one("select cause from tenants_incident where subject_id = %s", export_id)
        == "export_warrant"
    )
    # And the record still says which key two people approved.
    approved = exporting.one(
        "select details ->> 'key_sha256' from tenants_entry where event = 'campaigns:export:approved'"
    )
    assert approved == hashlib.sha256(exporting.key.public).hexdigest()
    assert approved != exporting.one("select encode(sha256(public_key), 'hex') from campaigns_export")


def forged_export(exporting: Exporting, list_id: UUID, thief: Any) -> UUID:
    """Write an approved export into the tables, as an administrator would who holds no key of ours."""
    keyring = load_keyring(exporting.world.database.keys, "firm")
    forged, now = new_id(), datetime.now(UTC)
    with administrator(exporting) as conn:
        conn.execute(
            "insert into campaigns_export (id, firm_id, list_id, what, reason, public_key, state, requested_by,"
            " requested_at, rows, approved_by, approved_at, expires_at, downloads, end_reason, failure) values"
            " (%s, %s, %s, '{numbers}', 'x', %s, 'approved', %s, now(), 3, %s, now(), %s, 0, '', '')",
            [
                forged,
                exporting.world.alder.id,
                list_id,
                thief.public,
                exporting.manager.id,
                exporting.officer.id,
                now + timedelta(hours=72),
            ],
        )
        version, gateway = keyring.public_key("gateway")
        warrant = seal_warrant(
            Warrant(
                export_id=str(forged),
                firm_id=str(exporting.world.alder.id),
                list_id=str(list_id),
                purpose="number",
                key_version=1,
                public_key=thief.public.hex(),
                requested_by=str(exporting.manager.id),
                approved_by=str(exporting.officer.id),
                expires=int(now.timestamp()) + 3600,
            ),
            firm_private=thief.private,
            holder_public=gateway,
        )
        conn.execute(
            "insert into campaigns_exportkey (firm_id, export_id, purpose, holder, holder_version, firm_version, warrant)"
            " values (%s, %s, 'number', 'gateway', %s, 1, %s)",
            [exporting.world.alder.id, forged, version, warrant],
        )
    return forged


def test_rows_written_by_an_administrator_make_no_key_be_sealed(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    thief = generate_key_pair()
    forged = forged_export(exporting, list_id, thief)
    with exporting.world.database.connect("gateway") as conn:
        # The control: to the database alone it looks approved.
        assert len(conn.execute("select * from campaigns_take_reseals_v1()").fetchall()) == 1
    exporting.reseal("gateway")
    assert exporting.state(forged) == "failed"
    assert exporting.one("select count(*) from campaigns_exportkey") == 0


def test_a_warrant_of_one_export_is_worth_nothing_for_another(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    first, second = exporting.request(list_id), exporting.request(list_id)
    exporting.approve(first)
    exporting.approve(second)
    with administrator(exporting) as conn:
        conn.execute(
            "update campaigns_exportkey x set warrant = y.warrant from campaigns_exportkey y"
            " where x.export_id = %s and y.export_id = %s and x.purpose = y.purpose",
            [second, first],
        )
    exporting.reseal("gateway")
    assert exporting.state(second) == "failed"
    exporting.reseal("agent")
    assert exporting.state(first) == "sealed"
