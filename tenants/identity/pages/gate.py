"""What the pages before the door share: no caching, no input in error reports, no way out to other sites."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenants.identity.access import open_page
from tenants.identity.entrance import Client
from tenants.identity.middleware import client_address, client_device
from tenants.identity.models import Role
from tenants.identity.sessions import SessionStore
from tenants.vault.keyring import Keyring

View = Callable[..., HttpResponse]

_HOME_PAGES = {Role.AGENT: "console", Role.SUPERVISOR: "floor"}


def gate_page(view: View) -> View:
    """Dress a page before the door: shown and posted, never cached, its fields kept out of error reports."""
    guarded = sensitive_post_parameters()(view)
    guarded = require_http_methods(["GET", "HEAD", "POST"])(guarded)
    dressed: View = open_page(never_cache(guarded))
    return dressed


def session_of(request: HttpRequest) -> SessionStore:
    """Give the request's session as what it is on both surfaces."""
    return cast(SessionStore, request.session)


def process_keyring() -> Keyring:
    """Give the keys of this process."""
    keyring: Keyring = settings.KEYRING
    return keyring


def client_of(request: HttpRequest) -> Client:
    """Give where the request comes from."""
    return Client(address=client_address(request), device=client_device(request))


def next_of(request: HttpRequest) -> str:
    """Read where to go afterwards: a path of this surface, or nothing.

    Even of an address of ours only the path is kept, so that nothing here ever leads to a host.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    if not is_ours or not wanted.isprintable():
        return ""
    parts = urlsplit(wanted)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # Twice: what is left of an odd address must itself be harmless.
    is_path = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_path else ""


def home_of(role: str) -> str:
    """Give the first page of a role on this surface."""
    return reverse(_HOME_PAGES.get(Role(role), "overview"))


def with_next(page: str, wanted: str) -> str:
    """Give the address of a page that goes on to `wanted` afterwards."""
    address = reverse(page)
    return f"{address}?{urlencode({'next': wanted})}" if wanted else address


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render one of the pages before the door."""
    return render(request, template, {"surface": settings.KEYHOLE_SURFACE, **context}, status=status)
