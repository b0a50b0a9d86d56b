"""The doors of pages: who is not signed in goes to sign-in, who is not allowed is refused and recorded."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tenants.db.functions import call
from tenants.identity.errors import StepUpNeeded
from tenants.identity.permissions import Action, require

View = Callable[..., HttpResponse]
STEP_UP_LASTS = timedelta(minutes=10)


def _page(action: Action, surface: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor  # type: ignore[attr-defined]
            if surface != settings.KEYHOLE_SURFACE or actor is None:
                return to_sign_in(request)
            require(actor, action)
            return view(request, *args, **kwargs)

        door.keyhole_action = action  # type: ignore[attr-defined]
        return door

    return decorate


def firm_page(action: Action) -> Callable[[View], View]:
    """Open a view of the firm surface to people who may do the action."""
    return _page(action, "firm")


def agent_page(action: Action) -> Callable[[View], View]:
    """Open a view of the agent surface to people who may do the action."""
    return _page(action, "agent")


def signed_in_page(view: View) -> View:
    """Open a view of either surface to anyone of full standing."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor is None:  # type: ignore[attr-defined]
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    door.keyhole_action = Action.ACCOUNT_VIEW  # type: ignore[attr-defined]
    return door


def open_page(view: View) -> View:
    """Mark a view that anyone may open, such as sign-in."""
    view.keyhole_action = None  # type: ignore[attr-defined]
    return view


def step_up(view: View) -> View:
    """Ask for the second factor again when it was last given more than ten minutes ago.

    The functions that such a view calls ask by themselves; what they refuse for that alone is asked for again here.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = call("tenants_load_person_v1", request.session.session_key, settings.KEYHOLE_SURFACE)
        confirmed = datetime.fromisoformat(row["stepped_up_at"]) if row and row["stepped_up_at"] else None
        if confirmed is None or datetime.now(UTC) - confirmed > STEP_UP_LASTS:
            return _to_confirm(request)
        try:
            return view(request, *args, **kwargs)
        except StepUpNeeded:
            return _to_confirm(request)

    return door


def _to_confirm(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    return HttpResponseRedirect(f"{reverse('confirm')}?{urlencode({'next': back})}")


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the caller to sign-in, and back afterwards. A part of a page is told to reload whole."""
    target = f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
