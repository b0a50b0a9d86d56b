"""What comes from elsewhere: foreign pages at the socket, foreign forms at the pages, and cookies that stay at home."""

from collections.abc import Callable

import pytest
from channels.security.websocket import OriginValidator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.world import World

Surface = Callable[[str], None]
HERE = "http://127.0.0.1:8001"


async def greeted(origin: bytes | None, allowed: list[str]) -> bool:
    """Whether a socket from a page of this origin reaches the application."""

    async def application(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "websocket.accept"})  # type: ignore[misc]

    headers = [] if origin is None else [(b"origin", origin)]
    wire = WebsocketCommunicator(OriginValidator(application, allowed), "/ws/console", headers=headers)
    try:
        connected, _ = await wire.connect(timeout=30)
    except ValueError:
        # An origin that is no address ends the handshake before the application hears of it.
        return False
    return bool(connected)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        b"",
        b"null",
        b"http://127.0.0.1:8000",
        b"http://127.0.0.1",
        b"https://127.0.0.1:8001",
        b"http://localhost:8001",
        b"http://evil.example",
        b"http://127.0.0.1:8001.evil.example",
        b"http://evil.example/?http://127.0.0.1:8001",
        b"ws://127.0.0.1:8001",
        b"file://",
    ],
)
async def test_a_socket_from_elsewhere_is_refused(origin: bytes | None) -> None:
    assert not await greeted(origin, [HERE])


async def test_a_socket_from_our_own_page_is_not(settings: object) -> None:
    assert await greeted(HERE.encode(), [HERE])


def test_the_application_checks_origins_against_one_address() -> None:
    source = (settings.LOCALE_PATHS[0].parent / "asgi.py").read_text(encoding="utf-8")
    assert "OriginValidator(" in source
    assert "settings.CSRF_TRUSTED_ORIGINS" in source
    assert len(settings.CSRF_TRUSTED_ORIGINS) == 1
    assert "*" not in settings.CSRF_TRUSTED_ORIGINS[0]
    assert "*" not in settings.ALLOWED_HOSTS


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_a_form_from_elsewhere_is_refused(world: World, surface: Surface, surface_name: str) -> None:
    member = world.alder.people["manager"] if surface_name == "firm" else world.tern.people["supervisor"]
    surface(surface_name)
    for url in (
        reverse("sign-in"),
        reverse("sign-out"),
        reverse("sign-out-everywhere"),
        reverse("person-invite"),
    ):
        client = Client(enforce_csrf_checks=True)
        client.cookies[settings.SESSION_COOKIE_NAME] = world.token(member)
        assert client.post(url).status_code == 403
        assert client.post(url, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
        client.cookies[settings.CSRF_COOKIE_NAME] = "y" * 32
        assert client.post(url, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
        own = {"csrfmiddlewaretoken": "y" * 32}
        assert client.post(url, own, headers={"Origin": "http://evil.example"}).status_code == 403
        assert client.post(url, own, headers={"Origin": "null"}).status_code == 403
    assert client.get(reverse("account")).status_code == 200


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_our_own_form_is_taken(world: World, surface: Surface, surface_name: str) -> None:
    surface(surface_name)
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("sign-in"))
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    answer = client.post(
        reverse("sign-in"), {"csrfmiddlewaretoken": token, "email": "x@x.example", "password": "x"}
    )
    # Nobody is signed in by it, but it was read.
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    world: World, surface: Surface, surface_name: str
) -> None:
    surface(surface_name)
    client = Client()
    client.get(reverse("sign-in"))
    client.post(reverse("sign-in"), {"email": "nobody@x.example", "password": "x"})
    assert set(client.cookies) <= {f"keyhole_{surface_name}", f"keyhole_{surface_name}_csrf"}
    assert f"keyhole_{surface_name}_csrf" in client.cookies
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] in ("Lax", "Strict")
        assert not cookie["domain"]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.CSRF_COOKIE_HTTPONLY


@pytest.mark.parametrize("surface_name", ["firm", "agent"])
def test_every_answer_carries_the_policy_and_is_framed_by_nobody(
    world: World, surface: Surface, surface_name: str
) -> None:
    surface(surface_name)
    for url in (reverse("sign-in"), "/nothing-is-here", reverse("account")):
        answer = Client().get(url)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
