"""What was refused is on record: every role at every door that is not theirs, and every wrong secret."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from channels.testing import WebsocketCommunicator
from django.core.cache import cache
from django.test import Client

from tests.attacks.hostile import carrying, open_desk
from tests.isolation.matrix import MATRIX, NOT_SENT, OPEN, POST_OTHERWISE, SENT_ELSEWHERE
from tests.isolation.test_matrix import ask, url_of
from tests.isolation.walk import Address, addresses
from tests.web.browser import Browser, wrong_code
from tests.web.evidence import entries_of
from tests.world import House, World, call_as

Surface = Callable[[str], None]
ROLES = {"firm": ("manager", "auditor", "data_officer"), "agent": ("agent", "supervisor")}


@pytest.fixture(autouse=True)
def counts_from_nothing() -> None:
    cache.clear()


def is_closed(address: Address, role: str, method: str) -> bool:
    """Whether the matrix says that this role is refused here with this method."""
    allowed, get, post = MATRIX[address.surface][address.name]
    if method == "post" and address.name in POST_OTHERWISE:
        allowed = POST_OTHERWISE[address.name]
    said = get if method == "get" else post
    served = said not in (405, NOT_SENT) and (address.name, role) not in SENT_ELSEWHERE
    return served and allowed != OPEN and role not in allowed


def denials(world: World) -> list[Any]:
    """Who was denied what, of the firm alder."""
    return [
        (entry["actor_id"], entry["reason"], entry["allowed"])
        for entry in entries_of(world, world.alder, "identity:access:denied")
    ]


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_every_door_that_is_closed_to_a_role_tells_who_tried_it(
    world: World, surface: Surface, surface_name: str
) -> None:
    house: House = world.alder if surface_name == "firm" else world.tern
    tokens = {role: house.people[role].id for role in ROLES[surface_name]}
    surface(surface_name)
    silent, tried = [], 0
    for address in addresses(surface_name):
        for role, person in tokens.items():
            for method in ("get", "post"):
                if not is_closed(address, role, method):
                    continue
                cache.clear()
                before = len(denials(world))
                assert ask(address, world, (house, role), method, url_of(address)).status_code == 403
                new = denials(world)[before:]
                tried += 1
                if [(who, allowed) for who, _, allowed in new] != [(person, False)] or not new[0][1]:
                    silent.append((str(address), role, method, new))
    assert silent == []
    assert tried >= 8


def test_an_open_door_leaves_no_denial(world: World, surface: Surface) -> None:
    """The control: the check above counts denials, not requests."""
    surface("firm")
    lists = next(address for address in addresses("firm") if address.name == "lists")
    assert ask(lists, world, (world.alder, "auditor"), "get", url_of(lists)).status_code == 200
    assert denials(world) == []


async def test_a_supervisor_at_the_consoles_socket_is_on_record(world: World, agent_surface: None) -> None:
    from dialer.console.consumers import ConsoleConsumer
    from tenants.db.pool import close_pool

    supervisor = world.tern.people["supervisor"]
    headers = [
        (b"cookie", f"keyhole_agent={world.token(supervisor)}".encode()),
        (b"user-agent", b"Browser 7"),
    ]
    wire = WebsocketCommunicator(ConsoleConsumer.as_asgi(), "/ws/console", headers=headers)
    await wire.connect(timeout=30)
    assert (await wire.receive_output(timeout=30))["code"] == 4403
    await wire.disconnect()
    await close_pool()
    assert denials(world) == [(supervisor.id, "console.use", False)]


def refused(world: World, event: str) -> list[tuple[str, bool]]:
    return [(entry["reason"], entry["allowed"]) for entry in entries_of(world, world.alder, event)]


def test_every_wrong_secret_is_on_record(world: World, surface: Surface) -> None:
    member = world.alder.people["auditor"]
    surface("firm")
    browser = Browser()
    browser.give_password(member, "not it at all, I fear")
    assert refused(world, "identity:session:refused") == [("password", False)]
    browser.give_password(member)
    browser.give_code(wrong_code(member, time.time()))
    browser.post("sign-in-recovery", code="AAAAA-BBBBB")
    assert refused(world, "identity:session:refused")[1:] == [("code", False), ("recovery", False)]
    inside = Browser().become(member)
    inside.give_code(wrong_code(member, time.time()), "confirm")
    assert refused(world, "identity:step_up:refused") == [("code", False)]


def test_a_wrong_answer_and_one_too_many_are_on_record(world: World) -> None:
    desk = open_desk(world)
    desk.reserve()
    desk.answer()
    said = [desk.check("postcode", bytes([n]) * 32) for n in range(4)]
    assert said[-1] == {"ok": False, "code": "no_tries"}
    assert refused(world, "dialer:answer:checked") == [("no_match", False)] * 3 + [("no_tries", False)]


def test_a_stop_by_somebody_who_may_not_is_on_record_below_the_pages_too(world: World) -> None:
    desk = open_desk(world)
    lease = desk.reserve()["lease_id"]
    auditor = world.alder.people["auditor"]
    with carrying(world, world.token(auditor)) as conn:
        said = call_as(conn, "dialer_stop_lease_v2", lease, "x", "203.0.113.7", "Browser 7")
        conn.commit()
    assert said == {"ok": False, "code": "not_found"}
    assert denials(world) == [(auditor.id, "lease.stop", False)]


def test_a_stop_says_from_where(world: World, surface: Surface) -> None:
    desk = open_desk(world)
    lease = desk.reserve()["lease_id"]
    surface("firm")
    manager = Browser().become(world.alder.people["manager"])
    assert isinstance(manager.client, Client)
    manager.client.post(
        "/live/stop", {"lease": lease, "reason": "doubt"}, headers={"User-Agent": "Browser 7"}
    )
    with world.definer() as conn:
        rows = conn.execute(
            "select host(address), device from tenants_entry where event = 'dialer:contact:stopped'"
        ).fetchall()
    assert rows == [("127.0.0.1", "Browser 7")]


@pytest.mark.parametrize(
    "event",
    [
        "ledger:entries:pruned",
        "ledger:key:rotated",
        "ledger:restore:noticed",
        "ledger:witness:retired",
        "incidents:incident:closed",
        "reports:review:signed",
        "campaigns:export:approved",
        "identity:person:joined",
        "dialer:contact:revealed",
    ],
)
def test_a_surface_that_was_taken_over_writes_no_entry_of_another(world: World, event: str) -> None:
    append = "select tenants_append_entry_v1(%s, '', null, null, null, true, '', %s, null, '', 'firm')"
    details = '{"from": 0, "until": 9}'
    with carrying(world, world.token(world.alder.people["manager"])) as conn:
        conn.execute(append, ["oversight:contacts:viewed", details])
        with pytest.raises(psycopg.Error) as said, conn.transaction():
            conn.execute(append, [event, details])
        assert said.value.sqlstate == "KH001"
