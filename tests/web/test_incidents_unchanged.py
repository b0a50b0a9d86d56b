"""A database administrator who rewrites the register is found on the next look, whatever he changes."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.database.register import add, now, open_one
from tests.web.browser import Browser, words
from tests.world import Member, World

Surface = Callable[[str], None]
OTHER = "Nothing happened."
OTHER_DIGEST = hashlib.sha256(OTHER.encode()).digest()
FINE = "Unchanged, compared just now"
FOUND = "Something here is not as it was written"


@pytest.fixture
def manager(world: World, surface: Surface) -> Member:
    surface("firm")
    return world.alder.people["manager"]


@pytest.fixture
def incident(world: World, manager: Member) -> Any:
    made = open_one(world, manager, text="A list lay on a desk.")["incident_id"]
    assert add(world, manager, made, "authority", text="Told by letter.", told=now())["ok"]
    return made


def page(world: World, incident: Any) -> str:
    return words(Browser().become(world.alder.people["auditor"]).get("incident", incident))


CHANGES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "the text": ("update tenants_incidententry set text = %s where kind = 'note'", (OTHER,)),
    "the text with its digest": (
        "update tenants_incidententry set text = %s, digest = %s where kind = 'note'",
        (OTHER, OTHER_DIGEST),
    ),
    "the digest alone": ("update tenants_incidententry set digest = %s where kind = 'note'", (OTHER_DIGEST,)),
    "the kind": ("update tenants_incidententry set kind = 'measures' where kind = 'note'", ()),
    "who added it": ("update tenants_incidententry set added_by = null where kind = 'note'", ()),
    "when it was added": (
        "update tenants_incidententry set added_at = added_at - interval '1 s' where kind = 'note'",
        (),
    ),
    "when they were told": (
        "update tenants_incidententry set told_at = told_at - interval '1 day' where kind = 'authority'",
        (),
    ),
    "the title": ("update tenants_incident set title = 'Another'", ()),
    "the discovery": ("update tenants_incident set discovered_at = discovered_at + interval '1 day'", ()),
    "the end of the clock": ("update tenants_incident set due_at = due_at + interval '1 day'", ()),
    "who opened it": ("update tenants_incident set opened_by = null", ()),
    "one that is gone": ("delete from tenants_incidententry where kind = 'note'", ()),
    "one that was put in": (
        "insert into tenants_incidententry (id, firm_id, incident_id, kind, text, digest, added_at)"
        " select gen_random_uuid(), firm_id, id, 'note', %s, %s, now() from tenants_incident",
        (OTHER, OTHER_DIGEST),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_by_an_administrator_is_found(world: World, incident: Any, what: str) -> None:
    assert FINE in page(world, incident)
    statement, args = CHANGES[what]
    with world.database.connect_superuser() as conn:
        assert conn.execute(statement, args).rowcount == 1
    shown = page(world, incident)
    assert FOUND in shown
    assert FINE not in shown


def test_a_second_opening_in_the_record_is_found(world: World, incident: Any) -> None:
    with world.database.connect_superuser() as conn:
        conn.execute(
            "insert into tenants_entry (id, firm_id, event, actor_kind, actor_id, subject_kind, subject_id, allowed,"
            " reason, device, session_ref, process, details) select %s, firm_id, event, actor_kind, actor_id,"
            ' subject_kind, subject_id, allowed, reason, device, session_ref, process, \'{"digest": "00"}\''
            " from tenants_entry where event = 'incidents:incident:opened'",
            [uuid4()],
        )
    assert FOUND in page(world, incident)


def test_entries_let_go_after_their_time_are_no_finding(world: World, incident: Any) -> None:
    with world.database.connect_superuser() as conn:
        conn.execute("delete from tenants_entry where event like 'incidents:%'")
        assert FOUND in page(world, incident)
        conn.execute("update tenants_incident set opened_at = opened_at - interval '3 years'")
        conn.execute("update tenants_incidententry set added_at = added_at - interval '3 years'")
    shown = page(world, incident)
    assert FOUND not in shown
    assert "Its entry was let go after its time" in shown
    assert FINE not in shown
