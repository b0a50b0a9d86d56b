"""Reads of people and tokens: a firm's by rows, an outsourcer's by function. Never of credentials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.models import ApiToken, Person, Role


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the actor's own house, as the pages show them."""

    id: UUID
    name: str
    email: str
    role: Role
    state: Person.State
    is_me: bool

    @property
    def role_label(self) -> str | Promise:
        """The role in words."""
        return self.role.label

    @property
    def state_label(self) -> str | Promise:
        """The state in words."""
        return self.state.label


@dataclass(frozen=True, slots=True)
class HeldToken:
    """One API token of the firm, without the token: `state` is live, expired or revoked."""

    id: UUID
    name: str
    person_name: str
    scopes: Sequence[str]
    created_at: Any
    expires_at: Any
    state: str


def list_people(*, actor: Actor, session_key: str) -> list[Member]:
    """List the people of the actor's own house by name: of the firm, or of the supervisor's outsourcer."""
    if settings.KEYHOLE_SURFACE == "firm":
        rows: Iterable[Mapping[str, Any]] = (
            Person.objects.filter(firm_id=actor.own_firm_id)
            .order_by("name", "id")
            .values("id", "name", "email", "role", "state")
        )
    else:
        rows = call("tenants_list_team_v1", session_key) or []
    return [_member(row, actor) for row in rows]


def find_person(*, actor: Actor, session_key: str, person_id: UUID) -> Member | None:
    """Find one person of the actor's own house; somebody else's is not found."""
    # A house has tens of people: one list serves both, and there is one place to get the boundary right.
    people = list_people(actor=actor, session_key=session_key)
    return next((member for member in people if member.id == person_id), None)


def list_tokens(*, actor: Actor) -> list[HeldToken]:
    """List the firm's API tokens, the newest first."""
    now = timezone.now()
    rows = ApiToken.objects.filter(firm_id=actor.own_firm_id).select_related("person").order_by("-created_at")
    return [
        HeldToken(
            id=row.id,
            name=row.name,
            person_name=row.person.name,
            scopes=row.scopes,
            created_at=row.created_at,
            expires_at=row.expires_at,
            state="revoked" if row.revoked_at else "expired" if row.expires_at <= now else "live",
        )
        for row in rows
    ]


def _member(row: Mapping[str, Any], actor: Actor) -> Member:
    person_id = row["id"] if isinstance(row["id"], UUID) else UUID(row["id"])
    return Member(
        id=person_id,
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        state=Person.State(row["state"]),
        is_me=person_id == actor.person_id,
    )
