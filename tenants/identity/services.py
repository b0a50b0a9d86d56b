"""Writes on people and API tokens. Nobody here may learn a password, a second factor or a kept token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.errors import OwnAccount, TokenUnknown, TooManyTokens, refusal_of
from tenants.identity.models import ApiToken, Role
from tenants.identity.permissions import SCOPES, Action, require
from tenants.identity.tokens import hash_token, new_api_token, new_token
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry
from tenants.vault.sealed import SealedText

MAX_LIVE_TOKENS: Final = 50
MAX_TOKEN_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Invited:
    """A person and the one-time token of their link: hand it over and forget it."""

    person_id: UUID
    token: SealedText


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token of the API in the clear, this once."""

    token_id: UUID
    token: SealedText


def invite_person(*, actor: Actor, session_key: str, email: str, name: str, role: Role) -> Invited:
    """Add a person to the actor's own house, with a link that is good for seven days and once.

    Raises: NotAllowed; EmailTaken.
    """
    _require_people(actor)
    token = new_token()
    answer = _ask("tenants_invite_person_v1", session_key, email, name, str(role), hash_token(token))
    return Invited(person_id=UUID(answer["person_id"]), token=SealedText(token))


def renew_invitation(*, actor: Actor, session_key: str, person_id: UUID) -> Invited:
    """Give a person a new link: older ones stop working; password and phone are set anew when it is used.

    Raises: NotAllowed; PersonUnknown; PersonDisabled; StepUpNeeded.
    """
    _require_people(actor)
    token = new_token()
    _ask("tenants_renew_invitation_v1", session_key, person_id, hash_token(token))
    return Invited(person_id=person_id, token=SealedText(token))


def disable_person(*, actor: Actor, session_key: str, person_id: UUID) -> None:
    """Take a person's access at once: sessions and open links end. Nothing of theirs is deleted.

    Raises: NotAllowed; OwnAccount; PersonUnknown; StepUpNeeded.
    """
    _require_people(actor)
    if person_id == actor.person_id:
        raise OwnAccount
    _ask("tenants_set_person_state_v1", session_key, person_id, "disabled")


def enable_person(*, actor: Actor, session_key: str, person_id: UUID) -> None:
    """Give a person access again, with the password and phone they had; without those they stay invited.

    Raises: NotAllowed; PersonUnknown; StepUpNeeded.
    """
    _require_people(actor)
    _ask("tenants_set_person_state_v1", session_key, person_id, "active")


def create_token(*, actor: Actor, name: str, scopes: Sequence[str], days: int) -> CreatedToken:
    """Make a token of the firm's API that acts for the actor, within `scopes`, for `days` days (1 to 365).

    Raises: NotAllowed; TooManyTokens; ValueError for an unknown scope or other days.
    """
    require(actor, Action.TOKEN_MANAGE)
    wanted = sorted(set(scopes))
    if not wanted or any(scope not in SCOPES for scope in wanted) or not 1 <= days <= MAX_TOKEN_DAYS:
        raise ValueError("a token needs known scopes and 1 to 365 days")
    now = timezone.now()
    live = ApiToken.objects.filter(firm_id=actor.own_firm_id, revoked_at=None, expires_at__gt=now)
    if live.count() >= MAX_LIVE_TOKENS:
        raise TooManyTokens
    token = new_api_token()
    made = ApiToken.objects.create(
        firm_id=actor.own_firm_id,
        person_id=actor.person_id,
        name=name,
        token_hash=hash_token(token),
        scopes=wanted,
        expires_at=now + timedelta(days=days),
    )
    append_entry(
        actor=actor,
        event=Event.TOKEN_CREATED,
        subject_kind="token",
        subject_id=made.id,
        details={"scopes": " ".join(wanted), "days": days},
    )
    return CreatedToken(token_id=made.id, token=SealedText(token))


def revoke_token(*, actor: Actor, token_id: UUID) -> None:
    """End a token of the firm now. Revoking one that is revoked already changes nothing.

    Raises: NotAllowed; TokenUnknown.
    """
    require(actor, Action.TOKEN_MANAGE)
    mine = ApiToken.objects.filter(firm_id=actor.own_firm_id, pk=token_id)
    if not mine.exists():
        raise TokenUnknown
    if mine.filter(revoked_at=None).update(revoked_at=timezone.now()):
        append_entry(actor=actor, event=Event.TOKEN_REVOKED, subject_kind="token", subject_id=token_id)


def people_action() -> Action:
    """Name the act of managing people on this surface: the firm's own, or a supervisor's team."""
    return Action.PEOPLE_EDIT if settings.KEYHOLE_SURFACE == "firm" else Action.TEAM_EDIT


def _require_people(actor: Actor) -> None:
    require(actor, people_action())


def _ask(function: str, session_key: str, *args: Any) -> dict[str, Any]:
    """Call one of the people functions, which check the caller's session, role and house themselves."""
    answer: dict[str, Any] = call(function, session_key, settings.KEYHOLE_SURFACE, *args)
    if not answer["ok"]:
        raise refusal_of(answer["code"])
    return answer
