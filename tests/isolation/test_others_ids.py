"""Another firm's ids look exactly like ids that are not there, over every address that takes one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from tenants.db.ids import new_id
from tests.attacks.hostile import ask as value_of
from tests.attacks.hostile import open_desk, set_rows
from tests.isolation.matrix import MATRIX
from tests.isolation.test_matrix import ROLES, ask, url_of
from tests.isolation.walk import Address, addresses
from tests.web.api_client import make_token
from tests.world import World

Surface = Callable[[str], None]
# A month of the calendar is nobody's: every firm has its own under the same name.
NO_IDS = {"month"}


@pytest.fixture(autouse=True)
def counts_from_nothing() -> None:
    cache.clear()


def insert_witness(world: World) -> Any:
    """A witness of alder's."""
    witness = new_id()
    set_rows(
        world,
        "insert into tenants_witness (id, firm_id, name, vkey, due_h, added_by, added_at)"
        " values (%s, %s, 'w', 'w', 24, %s, now())",
        witness,
        world.alder.id,
        world.alder.people["auditor"].id,
    )
    return witness


def insert_export(world: World) -> Any:
    """An export that alder's manager asked for."""
    export = new_id()
    set_rows(
        world,
        "insert into campaigns_export (id, firm_id, list_id, what, reason, public_key, state, requested_by, requested_at, rows,"
        " downloads, end_reason, failure) select %s, firm_id, id, '{numbers}', 'a reason', decode(repeat('09', 32), 'hex'),"
        " 'requested', %s, now(), 3, 0, '', '' from campaigns_contactlist",
        export,
        world.alder.people["manager"].id,
    )
    return export


@pytest.fixture
def ids(world: World) -> dict[str, Any]:
    """An id of alder's (or tern's) for every argument an address takes, by its name."""
    desk = open_desk(world)
    desk.reserve()
    batch = new_id()
    set_rows(
        world,
        "insert into campaigns_importbatch (id, firm_id, campaign_id, list_id, name, kind, encoding, delimiter, has_header,"
        " file_columns, mapping, region, possible_numbers, state, failure, size_bytes, bytes_read, rows_in, stored,"
        " duplicate, suppressed, rejected, blank, created_at) select %s, firm_id, campaign_id, id, 'a.csv', 'csv', '', ',',"
        " true, '{}', '{}', 'GB', 'reject', 'finished', '', 1, 1, 3, 3, 0, 0, 0, 0, now() from campaigns_contactlist",
        batch,
    )
    make_token(world, world.alder)
    return {
        "witness_id": insert_witness(world),
        "export_id": insert_export(world),
        "person_id": world.alder.people["auditor"].id,
        "team_person_id": world.tern.people["agent"].id,
        "engagement_id": world.engagement,
        "campaign_id": desk.campaign,
        "list_id": value_of(world, "select id from campaigns_contactlist where firm_id = %s", world.alder.id),
        "batch_id": batch,
        "import_id": batch,
        "contact_id": desk.contacts[0],
        "entry_id": value_of(
            world,
            "select id from tenants_entry where firm_id = %s and event = 'dialer:contact:reserved'",
            world.alder.id,
        ),
        "incident_id": value_of(
            world,
            "select tenants_open_alarm(%s, 'witness_missed', 'tampering', 'A witness was not heard of', null)",
            world.alder.id,
        ),
        "token_id": value_of(world, "select id from tenants_apitoken where firm_id = %s", world.alder.id),
    }


def args_of(address: Address, ids: dict[str, Any]) -> tuple[Any, ...]:
    """The ids an address takes. The contacts of an agent are asked for by the outsourcer's person."""
    prefix = "team_" if address.surface == "agent" or address.name == "contacts-agent" else ""
    return tuple(ids[f"{prefix}{name}" if name == "person_id" else name] for name in address.takes)


def plain(answer: Any, *hidden: object) -> tuple[int, str]:
    """Status and body without what differs in each answer: the ids asked for, the second and one-time tokens."""
    text = re.sub(r"\d\d:\d\d:\d\d", "NOW", answer.content.decode(errors="replace"))
    for value in hidden:
        text = text.replace(str(value), "ID")
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|"csrf-token" content="[^"]+"', "CSRF", text)
    return answer.status_code, re.sub(r'X-CSRFToken": ?"[^"]+"', "CSRF", text)


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_anothers_id_looks_like_one_that_is_not_there(
    world: World, surface: Surface, ids: dict[str, Any], surface_name: str
) -> None:
    house = world.birch if surface_name == "firm" else world.wren
    surface(surface_name)
    seen = []
    for address in addresses(surface_name):
        if not address.takes or NO_IDS & set(address.takes):
            continue
        theirs = args_of(address, ids)
        nothing = tuple(new_id() for _ in theirs)
        for role in ROLES[surface_name]:
            for method in ("get", "post"):
                one = ask(address, world, (house, role), method, url_of(address, theirs))
                two = ask(address, world, (house, role), method, url_of(address, nothing))
                if plain(one, *theirs) != plain(two, *nothing) or one.status_code not in (403, 404, 405):
                    seen.append((str(address), role, method, one.status_code, two.status_code))
    assert seen == []


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_the_owner_of_the_same_ids_finds_them(
    world: World, surface: Surface, ids: dict[str, Any], surface_name: str
) -> None:
    house, role = (world.alder, "manager") if surface_name == "firm" else (world.tern, "supervisor")
    surface(surface_name)
    lost = []
    for address in addresses(surface_name):
        allowed, get, _ = MATRIX[surface_name][address.name]
        if address.takes and not NO_IDS & set(address.takes) and role in allowed:
            method = "post" if get == 405 else "get"
            answer = ask(address, world, (house, role), method, url_of(address, args_of(address, ids)))
            if answer.status_code == 404:
                lost.append((str(address), method))
    assert lost == []
