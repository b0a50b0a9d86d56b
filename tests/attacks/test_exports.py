"""Against exports: one person alone, another firm, a late or replayed approval, an agent's login, a database administrator."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from campaigns.exporting.folder import export_path
from campaigns.exporting.keytext import write_public_key
from tests.attacks.hostile import carrying, is_refused
from tests.database.exporting import REASON, Exporting, Surface, administrator, start_exporting
from tests.web.api_client import make_token
from tests.world import World, call_as

PURPOSES = ["number", "fields"]


@pytest.fixture
def exporting(world: World, surface: Surface, tmp_path: Path, settings: Any) -> Exporting:
    return start_exporting(world, surface, tmp_path, settings)


def approve_by_sql(exporting: Exporting, export_id: UUID, token: str, key: bytes | None = None) -> Any:
    """Approve as whoever has the firm's login and a person's token, without any page. Warrants are rubbish."""
    with exporting.world.database.connect("firm", autocommit=False) as conn:
        conn.execute("select set_config('keyhole.token', %s, true)", [token])
        digest = hashlib.sha256(key or exporting.key.public).digest()
        ends = datetime.now(UTC) + timedelta(hours=72)
        said = call_as(
            conn,
            "campaigns_approve_export_v1",
            export_id,
            digest,
            ends,
            PURPOSES,
            [b"", b""],
            [1, 1],
            1,
        )
        conn.commit()
    return said


def test_whoever_asked_cannot_approve(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    assert exporting.approve(export_id, exporting.manager).status_code == 422
    said = approve_by_sql(exporting, export_id, exporting.world.token(exporting.manager))
    assert said == {"ok": False, "code": "same_person"}
    assert exporting.entries("approved") == [("campaigns:export:approved", False, "same_person")] * 2
    with pytest.raises(psycopg.errors.CheckViolation), exporting.world.definer() as conn:
        conn.execute("update campaigns_export set approved_by = requested_by, state = 'approved'")
    assert exporting.state(export_id) == "requested"
    # The control: somebody else can.
    assert exporting.approve(export_id).status_code == 302
    assert exporting.state(export_id) == "approved"


def test_a_disabled_person_neither_approves_nor_is_approved(exporting: Exporting) -> None:
    world = exporting.world
    export_id = exporting.request(exporting.make_list())
    token = world.token(exporting.officer)
    with world.definer() as conn:
        conn.execute("update tenants_person set state = 'disabled' where id = %s", [exporting.officer.id])
    with pytest.raises(psycopg.Error) as refused:
        approve_by_sql(exporting, export_id, token)
    assert refused.value.sqlstate == "KH001"
    with world.definer() as conn:
        conn.execute("update tenants_person set state = 'active' where id = %s", [exporting.officer.id])
        conn.execute("update tenants_person set state = 'disabled' where id = %s", [exporting.manager.id])
    assert approve_by_sql(exporting, export_id, token)["code"] == "requester_gone"
    with world.definer() as conn:
        conn.execute("update tenants_person set state = 'active' where id = %s", [exporting.manager.id])
    assert approve_by_sql(exporting, export_id, token) == {"ok": True}


def test_a_late_second_or_unconfirmed_approval_does_nothing(exporting: Exporting) -> None:
    world = exporting.world
    export_id = exporting.request(exporting.make_list())
    token = world.token(exporting.officer)
    with administrator(exporting) as conn:
        conn.execute("update campaigns_export set requested_at = now() - interval '8 days'")
    assert approve_by_sql(exporting, export_id, token)["code"] == "too_late"
    with administrator(exporting) as conn:
        conn.execute("update campaigns_export set requested_at = now()")
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert approve_by_sql(exporting, export_id, token)["code"] == "step_up"
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now()")
    assert approve_by_sql(exporting, export_id, token) == {"ok": True}
    assert approve_by_sql(exporting, export_id, token)["code"] == "moved_on"


def test_an_auditor_a_token_and_an_outsourcer_are_nobody_here(exporting: Exporting) -> None:
    world = exporting.world
    list_id = exporting.make_list()
    export_id = exporting.request(list_id)
    auditor = world.token(world.alder.people["auditor"])
    assert approve_by_sql(exporting, export_id, auditor)["code"] == "not_allowed"
    strangers = [make_token(world, world.alder, role="manager"), world.token(world.tern.people["supervisor"])]
    for token in (*strangers, world.token(world.tern.people["agent"]), "", "x" * 43):
        with pytest.raises(psycopg.Error) as refused:
            approve_by_sql(exporting, export_id, token)
        assert refused.value.sqlstate == "KH001"
        with pytest.raises(psycopg.Error) as refused, carrying(world, token) as conn:
            call_as(conn, "campaigns_request_export_v1", list_id, ["numbers"], REASON, exporting.key.public)
        assert refused.value.sqlstate == "KH001"
    assert approve_by_sql(exporting, export_id, world.token(exporting.officer)) == {"ok": True}


def test_another_firm_finds_and_does_nothing(exporting: Exporting) -> None:
    world = exporting.world
    export_id = exporting.make(exporting.make_list())
    stranger = world.birch.people["manager"]
    browser = exporting.browser(stranger)
    assert browser.get("export", export_id).status_code == 404
    for page in ("export-approve", "export-refuse", "export-cancel", "export-download"):
        assert browser.post(page, export_id, reason=REASON).status_code == 404
    token = world.token(stranger)
    with carrying(world, token) as conn:
        assert conn.execute("select count(*) from campaigns_export").fetchone() == (0,)
        for name, more in (("stop_export", [REASON]), ("download_export", [])):
            said = call_as(conn, f"campaigns_{name}_v1", export_id, *more)
            assert said == {"ok": False, "code": "unknown"}
    with carrying(world, world.token(exporting.manager)) as conn:
        assert conn.execute("select count(*) from campaigns_export").fetchone() == (1,)
    foreign = exporting.one("select list_id from campaigns_export")
    answer = exporting.browser(stranger).post(
        "export-new", list=str(foreign), what=["numbers"], key=exporting.key_text, reason=REASON
    )
    assert answer.status_code == 422
    assert exporting.one("select count(*) from campaigns_export") == 1


def test_only_the_two_people_download_and_not_without_confirming(exporting: Exporting) -> None:
    world = exporting.world
    third = world._invited(exporting.manager, "manager", "alder", role_email="third")
    export_id = exporting.make(exporting.make_list())
    assert exporting.download(export_id, third).status_code == 302
    assert exporting.entries("downloaded") == [("campaigns:export:downloaded", False, "not_allowed")]
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    asked = exporting.download(export_id)
    assert asked["Location"].startswith("/confirm")
    with carrying(world, world.token(exporting.manager)) as conn:
        assert call_as(conn, "campaigns_download_export_v1", export_id)["code"] == "step_up"
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now()")
    assert b"".join(exporting.download(export_id)).startswith(b"KEYHOLE SPOOL 1")


def test_the_logins_of_functions_reach_two_keys_and_no_row(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    export_id = exporting.request(list_id)
    token = exporting.world.token(exporting.manager)
    for login in ("agent", "gateway"):
        with exporting.world.database.connect(login) as conn:
            conn.execute("select set_config('keyhole.token', %s, false)", [token])
            for call in (
                f"campaigns_request_export_v1('{list_id}', '{{numbers}}', '{REASON}', '\\x00')",
                f"campaigns_download_export_v1('{export_id}')",
                f"campaigns_stop_export_v1('{export_id}', '{REASON}')",
                f"campaigns_start_export_v1('{export_id}', '\\x00')",
                "campaigns_find_sealed_exports_v1()",
            ):
                assert is_refused(conn, f"select {call}")
            for table in ("campaigns_export", "campaigns_exportkey", "campaigns_contact"):
                assert is_refused(conn, f"select * from {table}")
            # Asked for, not approved: there is nothing to take, to keep or to end.
            assert conn.execute("select * from campaigns_take_reseals_v1()").fetchall() == []
            keep = conn.execute(
                "select campaigns_store_reseal_v1(%s, 'number', %s)", [export_id, os.urandom(80)]
            )
            assert keep.fetchone() == (False,)
            end = conn.execute("select campaigns_refuse_reseal_v1(%s, 'number', 'key')", [export_id])
            assert end.fetchone() == (False,)
    exporting.approve(export_id)
    with exporting.world.database.connect("agent") as conn:
        (one,) = conn.execute("select * from campaigns_take_reseals_v1()").fetchall()
        assert str(exporting.one("select id from campaigns_contact limit 1")) not in str(one)
        # The gateway's part is not the agent surface's to give.
        kept = conn.execute("select campaigns_store_reseal_v1(%s, 'number', %s)", [export_id, os.urandom(80)])
        assert kept.fetchone() == (False,)


def test_a_stopped_export_gives_nothing_out_and_starts_nothing(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    refused, taken_back = exporting.make(list_id), exporting.request(list_id)
    exporting.approve(taken_back)
    token, officer = exporting.world.token(exporting.manager), exporting.world.token(exporting.officer)
    for by, export_id in ((officer, refused), (token, taken_back)):
        with exporting.world.database.connect("firm", autocommit=False) as conn:
            conn.execute("select set_config('keyhole.token', %s, true)", [by])
            assert call_as(conn, "campaigns_stop_export_v1", export_id, REASON) == {"ok": True}
            conn.commit()
    assert (exporting.state(refused), exporting.state(taken_back)) == ("refused", "cancelled")
    assert exporting.download(refused).status_code == 302
    exporting.reseal()
    exporting.write(taken_back)
    exporting.tend()
    assert exporting.state(taken_back) == "cancelled"
    assert not export_path(refused).exists()
    assert not export_path(taken_back).exists()


def test_a_key_that_seals_to_everyone_is_refused(exporting: Exporting) -> None:
    asked = {"list": str(exporting.make_list()), "what": ["numbers"], "reason": REASON}
    browser = exporting.browser(exporting.manager)
    answer = browser.post("export-new", **asked, key=write_public_key(bytes(32)))
    assert answer.status_code == 422
    assert b"no export key" in answer.content
    assert exporting.one("select count(*) from campaigns_export") == 0
    assert browser.post("export-new", **asked, key=exporting.key_text).status_code == 302
