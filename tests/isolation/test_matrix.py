"""Every address and socket of both surfaces x everyone. Missing from the matrix fails; so does an answer it does not say."""

from collections.abc import Callable
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, path, reverse

from dialer.routing import websocket_urlpatterns
from tenants.db.ids import new_id
from tests.isolation.matrix import MATRIX, NOT_SENT, OPEN, POST_OTHERWISE, SENT_ELSEWHERE, SOCKETS, UNMARKED
from tests.isolation.walk import Address, addresses
from tests.web.api_client import make_token
from tests.world import House, World

Surface = Callable[[str], None]
ROLES = {"firm": ("manager", "auditor", "data_officer"), "agent": ("agent", "supervisor")}


@pytest.fixture(autouse=True)
def counts_from_nothing() -> None:
    cache.clear()


def missing_from_matrix(surface: str, found: list[Address]) -> set[str]:
    """Addresses nobody put into the matrix, and rows of the matrix without an address."""
    return {address.name for address in found} ^ set(MATRIX[surface])


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_every_address_is_in_the_matrix(world: World, surface: Surface, surface_name: str) -> None:
    surface(surface_name)
    assert missing_from_matrix(surface_name, addresses(surface_name)) == set()


def test_an_address_that_is_missing_is_found() -> None:
    extra = Address("agent", "export-everything", (), False, None)
    found = [*addresses("agent"), extra]
    assert missing_from_matrix("agent", found) == {"export-everything"}
    assert missing_from_matrix("agent", found[1:-1]) == {found[0].name}


def is_marked(address: Address) -> bool:
    """Whether the view says what its door asks for: an action, or None for an open one."""
    actions = getattr(getattr(address.view, "cls", None), "actions", None)
    return hasattr(address.view, "keyhole_action") or bool(actions)


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_every_view_says_what_its_door_asks_for(surface_name: str) -> None:
    unmarked = {address.name for address in addresses(surface_name) if not is_marked(address)}
    assert unmarked == set(UNMARKED) & set(MATRIX[surface_name])
    assert not is_marked(Address("firm", "x", (), False, lambda request: None))


def url_of(address: Address, ids: tuple[Any, ...] = ()) -> str:
    try:
        return reverse(address.name, args=ids or tuple(new_id() for _ in address.takes))
    except NoReverseMatch:
        return f"/{address.name}"


def ask(
    address: Address, world: World, member: tuple[House, str] | None, method: str, url: str, **cookies: str
) -> Any:
    """Send a request as a member of a house, or as somebody who is not signed in."""
    client = Client()
    headers = {}
    for name, value in cookies.items():
        client.cookies[name] = value
    if member is not None and address.is_api:
        headers["Authorization"] = f"Bearer {make_token(world, member[0], role=member[1])}"
    elif member is not None:
        client.cookies[f"keyhole_{address.surface}"] = world.token(member[0].people[member[1]])
    body = (
        {"data": '{"reason": "x"}', "content_type": "application/json"}
        if address.is_api and method != "get"
        else {}
    )
    if address.name == "api-imports":
        body = {}
    return getattr(client, method)(url, headers=headers, **body)


def expected(address: Address, role: str, method: str) -> set[int]:
    """What the matrix says a signed-in person of the surface gets."""
    allowed, get, post = MATRIX[address.surface][address.name]
    if method == "post" and address.name in POST_OTHERWISE:
        allowed = POST_OTHERWISE[address.name]
    said = get if method == "get" else post
    if (address.name, role) in SENT_ELSEWHERE and said != 405:
        return {SENT_ELSEWHERE[address.name, role]}
    if allowed == OPEN or role in allowed:
        return {said}
    return {403} if said != 405 else {403, 405}


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_everyone_gets_what_the_matrix_says(world: World, surface: Surface, surface_name: str) -> None:
    surface(surface_name)
    house = world.alder if surface_name == "firm" else world.tern
    wrong = []
    for address in addresses(surface_name):
        for role in ROLES[surface_name]:
            for place, method in enumerate(("get", "post"), start=1):
                if MATRIX[surface_name][address.name][place] == NOT_SENT:
                    continue
                got = ask(address, world, (house, role), method, url_of(address)).status_code
                if got not in expected(address, role, method):
                    wrong.append((str(address), role, method, got))
    assert wrong == []


def turned_away(answer: Any, address: Address) -> bool:
    """Whether somebody unknown got nothing: sent to sign in, refused, or a method that is not served."""
    if address.is_api:
        return bool(answer.status_code == 401)
    to_gate = answer.status_code == 302 and answer["Location"].startswith(reverse("sign-in"))
    return to_gate or answer.status_code == 405


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_whoever_is_not_signed_in_here_is_turned_away(
    world: World, surface: Surface, surface_name: str
) -> None:
    other = world.tern.people["agent"] if surface_name == "firm" else world.alder.people["manager"]
    supervisor = world.wren.people["supervisor"] if surface_name == "firm" else world.birch.people["auditor"]
    foreign = "agent" if surface_name == "firm" else "firm"
    tokens = [world.token(other), world.token(supervisor), "0" * 43]
    surface(surface_name)
    own = f"keyhole_{surface_name}"
    strangers = [{}, *({own: token} for token in tokens), {f"keyhole_{foreign}": tokens[0]}]
    let_in = []
    for address in addresses(surface_name):
        if MATRIX[surface_name][address.name][0] == OPEN:
            continue
        for cookies in strangers:
            for method in ("get", "post", "put", "patch", "delete"):
                answer = ask(address, world, None, method, url_of(address), **cookies)
                if not turned_away(answer, address):
                    let_in.append((str(address), method, answer.status_code))
    assert let_in == []


def test_turned_away_is_told_from_let_in(world: World, surface: Surface) -> None:
    surface("firm")
    lists = next(address for address in addresses("firm") if address.name == "lists")
    answer = ask(lists, world, (world.alder, "auditor"), "get", url_of(lists))
    assert not turned_away(answer, lists)


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_foreign_methods_are_refused(world: World, surface: Surface, surface_name: str) -> None:
    surface(surface_name)
    house, role = (world.alder, "manager") if surface_name == "firm" else (world.tern, "supervisor")
    wrong = []
    for address in addresses(surface_name):
        for method in ("put", "patch", "delete", "trace"):
            got = ask(address, world, (house, role), method, url_of(address)).status_code
            if got not in (403, 405) and address.name not in UNMARKED:
                wrong.append((str(address), method, got))
    assert wrong == []


def test_every_socket_is_in_the_matrix() -> None:
    found = {
        name: {str(pattern.pattern) for pattern in patterns}
        for name, patterns in websocket_urlpatterns.items()
    }
    assert found == {name: set(sockets) for name, sockets in SOCKETS.items()}
    assert str(path("ws/console", lambda: None).pattern) in SOCKETS["agent"]


@pytest.mark.parametrize(
    ("house", "role", "cookie"),
    [
        ("tern", "supervisor", "keyhole_agent"),
        ("alder", "manager", "keyhole_agent"),
        ("alder", "auditor", "keyhole_agent"),
        ("birch", "data_officer", "keyhole_agent"),
        ("tern", "agent", "keyhole_firm"),
        ("tern", "", "keyhole_agent"),
    ],
)
async def test_the_consoles_socket_closes_for_everyone_but_agents(
    world: World, agent_surface: None, house: str, role: str, cookie: str
) -> None:
    from dialer.console.consumers import ConsoleConsumer
    from tenants.db.pool import close_pool

    token = world.token(getattr(world, house).people[role]) if role else "0" * 43
    wire = WebsocketCommunicator(
        ConsoleConsumer.as_asgi(), "/ws/console", headers=[(b"cookie", f"{cookie}={token}".encode())]
    )
    await wire.connect(timeout=30)
    event = await wire.receive_output(timeout=30)
    assert event["type"] == "websocket.close"
    assert event["code"] == (4403 if role == "supervisor" else 4401)
    await wire.disconnect()
    await close_pool()
