"""Who asks over the API, and whether they may: token, role and scope. Unknown is denied; no cookie counts."""

import hashlib
from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.middleware import client_address, client_device
from tenants.identity.permissions import Action, require
from tenants.identity.tokens import API_PREFIX

MOST_TOKEN_CHARACTERS: Final = 200


def bearer_token(request: HttpRequest) -> str:
    """Read the API token of a request; empty when there is none of ours."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    fits = kind.lower() == "bearer" and token.startswith(API_PREFIX) and len(token) <= MOST_TOKEN_CHARACTERS
    return token if fits and token.isascii() and token.isprintable() else ""


class TokenAuthentication(BaseAuthentication):
    """Resolves the actor from the token in the database. A cookie is never looked at."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        """Return the actor behind the token.

        Raises: AuthenticationFailed, the same for every cause.
        """
        token = bearer_token(request._request)
        row = call("tenants_load_api_token_v1", token) if token else None
        if not row:
            raise AuthenticationFailed
        return (
            Actor.from_row(
                row, address=client_address(request._request), device=client_device(request._request)
            ),
            None,
        )

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is a 401."""
        return "Bearer"


class MayDo(BasePermission):
    """Lets a request through when role and scope both allow the view's action for its method."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Check the action of the method.

        Raises: NotAllowed; MethodNotAllowed for a method without an action.
        """
        actions: Mapping[str, Action] = getattr(view, "actions", {})
        action = actions.get(str(request.method))
        if action is None:
            raise MethodNotAllowed(str(request.method))
        actor = request.user if isinstance(request.user, Actor) else None
        require(actor, action)
        return True


class AddressThrottle(SimpleRateThrottle):
    """Requests of one address, counted before its token is looked up."""

    scope = "address"

    def get_cache_key(self, request: Request, view: object) -> str:
        """Count by address."""
        return f"api-address-{client_address(request._request)}"


class TokenThrottle(SimpleRateThrottle):
    """Requests of one token."""

    scope = "token"

    def get_cache_key(self, request: Request, view: object) -> str:
        """Count by a digest, so that no token stands in the cache."""
        digest = hashlib.sha256(bearer_token(request._request).encode()).hexdigest()
        return f"api-token-{digest[:32]}"
