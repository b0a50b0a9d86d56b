"""What of a person is sent at each stage of a call: no more than the plan says, and never what it says never."""

import psycopg
import pytest

from tests.attacks.hostile import Desk, ask, open_desk, set_rows
from tests.world import World, call_as


@pytest.fixture
def desk(world: World) -> Desk:
    return open_desk(world, people=4)


def test_columns_show_at_their_stage_and_never_means_never(desk: Desk) -> None:
    desk.reserve()
    shown = [{name for name, value in desk.shown().items() if value}]
    desk.answer()
    shown.append({name for name, value in desk.shown().items() if value})
    digest = ask(desk.world, "select digests[3] from campaigns_contact where id = %s", desk.contacts[0])
    said = desk.check("postcode", digest)
    assert said["verified"]
    shown.append({name for name, value in desk.shown().items() if value})
    assert shown == [{"first_name"}, {"first_name", "town"}, {"first_name", "town", "postcode"}]
    assert "secret" not in desk.shown()
    sealed = ask(
        desk.world, "select encode(fields[4], 'hex') from campaigns_contact where id = %s", desk.contacts[0]
    )
    assert sealed
    assert sealed not in str(desk.act("dialer_reveal_contact_v1"))
    assert sealed not in str(desk.act("dialer_load_desk_v1"))


def test_a_column_nobody_decided_on_is_never_shown(desk: Desk) -> None:
    set_rows(desk.world, "delete from campaigns_column where name = 'town'")
    desk.reserve()
    desk.answer()
    assert "town" not in desk.shown()


def test_wrong_answers_run_out_and_show_nothing(desk: Desk) -> None:
    desk.reserve()
    assert desk.check("postcode", b"x" * 32)["code"] == "state"
    desk.answer()
    left = [desk.check("postcode", bytes([n]) * 32)["tries_left"] for n in range(3)]
    assert left == [2, 1, 0]
    digest = ask(desk.world, "select digests[3] from campaigns_contact where id = %s", desk.contacts[0])
    assert desk.check("postcode", digest) == {"ok": False, "code": "no_tries"}
    assert desk.check("town", digest)["code"] == "not_found"
    assert desk.shown()["postcode"] is None


def test_another_session_sees_the_person_only_with_a_new_entry(desk: Desk) -> None:
    desk.reserve()
    second = Desk(desk.world, desk.world.tern.people["agent"].sign_in(), desk.campaign, desk.contacts)
    assert second.act("dialer_reveal_contact_v1") is None
    assert second.act("dialer_request_dial_v1", b"h" * 32)["code"] == "state"
    with desk.world.database.connect("agent", autocommit=False) as conn:
        assert call_as(conn, "dialer_resume_lease_v1", second.token)["ok"]
        with pytest.raises(psycopg.Error) as refused:
            call_as(conn, "dialer_reveal_contact_v1", second.token)
        assert refused.value.sqlstate == "KH003"
    assert second.act("dialer_resume_lease_v1")["ok"]
    assert second.act("dialer_reveal_contact_v1")["contact_id"] == str(desk.contacts[0])
    assert desk.act("dialer_reveal_contact_v1") is None
    entries = "select count(*) from tenants_entry where event = 'dialer:contact:revealed' and reason = 'new_session'"
    assert ask(desk.world, entries) == 1
