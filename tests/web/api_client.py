"""A program of a firm, as the tests of the API drive it: one token, no cookies."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tenants.db.ids import new_id
from tenants.identity.permissions import SCOPES
from tenants.identity.tokens import new_api_token
from tests.world import House, World


def make_token(
    world: World, firm: House, *scopes: str, role: str = "manager", lasts: timedelta = timedelta(days=1)
) -> str:
    """A token of a member of the cast."""
    token = new_api_token()
    now = datetime.now(UTC)
    world.insert(
        "tenants_apitoken",
        {
            "id": new_id(),
            "firm_id": firm.id,
            "person_id": firm.people[role].id,
            "name": f"test {secrets.token_hex(4)}",
            "token_hash": hashlib.sha256(token.encode()).digest(),
            "scopes": list(scopes or SCOPES),
            "expires_at": now + lasts,
            "created_at": now,
        },
    )
    return token


class Program:
    """Calls the API by URL name."""

    def __init__(self, token: str) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, name: str, *args: UUID, **query: Any) -> HttpResponse:
        """Read."""
        return self.client.get(reverse(name, args=args), query, headers=self.headers)

    def post(self, name: str, *args: UUID, data: Any = None) -> HttpResponse:
        """Write, in JSON."""
        return self.client.post(
            reverse(name, args=args), data or {}, content_type="application/json", headers=self.headers
        )

    def upload(self, name: str, **fields: Any) -> HttpResponse:
        """Write, as a form with a file."""
        return self.client.post(reverse(name), fields, headers=self.headers)
