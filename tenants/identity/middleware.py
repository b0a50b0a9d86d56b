"""Who asks, on every request; and the firm's transaction around every view. Fails closed: no actor, no rows."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from tenants.db.firm import firm_transaction
from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, NotAllowed, allows

FULL_STANDING = 2


def client_address(request: HttpRequest) -> str | None:
    """The caller's address as the server saw it; a proxy's header counts only where the server was told to trust it."""
    address: str | None = request.META.get("REMOTE_ADDR") or None
    return address


def client_device(request: HttpRequest) -> str:
    """A short description of the caller's browser, at most 120 characters."""
    return str(request.headers.get("User-Agent", ""))[:120]


def load_actor(request: HttpRequest) -> Actor | None:
    """Resolve the person of full standing behind the request's session, or None."""
    token = request.session.session_key
    if not token:
        return None
    row = call("tenants_load_person_v1", token, settings.KEYHOLE_SURFACE)
    if not row or row["stage"] != FULL_STANDING:
        return None
    return Actor.from_row(row, address=client_address(request), device=client_device(request))


class ActorMiddleware:
    """Sets `request.actor` and, on the firm surface, runs the view in the transaction of the caller's firm."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Resolve the caller once, then pass the request on."""
        request.actor = load_actor(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Run the view in the firm's transaction. A refusal is recorded after the view's work was rolled back."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            return None
        # A request with an actor has the session it was resolved from.
        token = str(request.session.session_key)
        try:
            with firm_transaction(token) if settings.KEYHOLE_SURFACE == "firm" else nullcontext():
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
                return response
        except NotAllowed as refusal:
            call(
                "tenants_deny_access_v1",
                token,
                settings.KEYHOLE_SURFACE,
                refusal.action,
                actor.address,
                actor.device,
            )
            raise


def actor_context(request: HttpRequest) -> dict[str, Any]:
    """Give templates the actor, what the actor may do, and the surface."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "surface": settings.KEYHOLE_SURFACE,
        "demo": settings.KEYHOLE_DEMO,
        "may": SimpleLazyObject(lambda: _Permissions(actor)),
    }


class _Permissions:
    """Lets a template ask `may.campaign_edit`; what is not known is no."""

    def __init__(self, actor: Actor | None) -> None:
        self._actor = actor

    def __getitem__(self, name: str) -> bool:
        action = Action.__members__.get(name.upper())
        return action is not None and allows(self._actor, action)
