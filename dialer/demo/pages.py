"""The demo's door: who is who, and one-click sign-in. Its addresses exist only under demo settings on loopback."""

from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from dialer.demo.cast import CAST, FIRM_NAME, person_of
from dialer.demo.entrance import DemoBusy, sign_in_as
from tenants.db.errors import KeyholeError
from tenants.identity.access import open_page
from tenants.identity.middleware import client_address
from tenants.identity.pages.gate import client_of, home_of, process_keyring, session_of

_LOOPBACK = ("127.0.0.1", "::1")


def _require_this_machine(request: HttpRequest) -> None:
    if not settings.KEYHOLE_DEMO or client_address(request) not in _LOOPBACK:
        raise Http404


@csp_update({"form-action": [settings.KEYHOLE_FIRM_URL, settings.KEYHOLE_AGENT_URL]})
@open_page
@never_cache
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Show the five steps and the people; each button signs in on that person's own surface."""
    _require_this_machine(request)
    response = render(request, "dialer/demo.html", _context())
    # The other surface checks the form's origin, which the stricter policy of all other pages would blank.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _context(**more: Any) -> dict[str, Any]:
    doors = {"firm": settings.KEYHOLE_FIRM_URL, "agent": settings.KEYHOLE_AGENT_URL}
    people: dict[str, list[dict[str, Any]]] = {"firm": [], "agent": []}
    for person in CAST:
        people[person.surface].append({"person": person, "door": f"{doors[person.surface]}/demo/sign-in"})
    return {
        "firm_name": FIRM_NAME,
        "firm_people": people["firm"],
        "other_people": people["agent"],
        **more,
    }


@csrf_exempt
@open_page
@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a person of this surface. The form may come from either surface, so the origin stands for CSRF."""
    _require_this_machine(request)
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).scheme == "" or origin not in (settings.KEYHOLE_FIRM_URL, settings.KEYHOLE_AGENT_URL):
        raise PermissionDenied
    person = person_of(request.POST.get("person", ""))
    if person is None or person.surface != settings.KEYHOLE_SURFACE:
        raise Http404
    try:
        sign_in_as(
            session=session_of(request), person=person, client=client_of(request), keyring=process_keyring()
        )
    except (DemoBusy, KeyholeError):
        return render(request, "dialer/demo.html", _context(busy=person), status=429)
    return redirect(home_of(person.role))
