"""Writes on engagements: what an outsourcer may do for a firm, from when to when, how much, from where.

Stopping takes effect in SQL at the next claim; the wake-up only spares the desks from waiting for it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tenants.db.functions import call
from tenants.firms.errors import (
    AlreadyEngaged,
    EngagementEnded,
    EngagementUnknown,
    OutsourcerUnknown,
    WrongEngagementState,
)
from tenants.firms.models import Engagement
from tenants.firms.wakeups import wake_engaged_desks
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an engagement. Dates are days of the firm, both included; no networks means any."""

    starts_on: date
    ends_on: date
    cap_agent_hour: int
    cap_agent_day: int
    cap_day: int
    skip_budget_day: int
    networks: Sequence[str] = ()


def add_engagement(*, actor: Actor, handle: str, terms: Terms) -> Engagement:
    """Engage the outsourcer with this handle.

    Raises: NotAllowed; OutsourcerUnknown; AlreadyEngaged; ValueError for dates the wrong way round.
    """
    require(actor, Action.ENGAGEMENT_EDIT)
    found = call("tenants_find_outsourcer_v1", handle)
    if found is None:
        raise OutsourcerUnknown
    try:
        with transaction.atomic():
            engagement = Engagement.objects.create(
                firm_id=actor.own_firm_id, outsourcer_id=UUID(found["id"]), **_columns(terms)
            )
    except IntegrityError:
        # The one constraint left to fail; two managers engaging the same outsourcer at once end here too.
        raise AlreadyEngaged from None
    _record(actor, engagement, Event.ENGAGEMENT_CREATED, details=_figures(terms))
    return engagement


def change_engagement(*, actor: Actor, engagement_id: UUID, terms: Terms) -> Engagement:
    """Change the terms; they hold from the next claim on.

    Raises: NotAllowed; EngagementUnknown; EngagementEnded; ValueError for dates the wrong way round.
    """
    engagement = _lock(actor, engagement_id)
    if engagement.state == Engagement.State.ENDED:
        raise EngagementEnded
    columns = _columns(terms)
    before = {name: getattr(engagement, name) for name in columns}
    for name, value in columns.items():
        setattr(engagement, name, value)
    engagement.save(update_fields=list(columns))
    changed = sorted(name for name in columns if before[name] != columns[name])
    _record(
        actor, engagement, Event.ENGAGEMENT_CHANGED, details={"changed": " ".join(changed), **_figures(terms)}
    )
    wake_engaged_desks(firm_id=engagement.firm_id, engagement_id=engagement.id)
    return engagement


def suspend_engagement(*, actor: Actor, engagement_id: UUID, reason: str) -> Engagement:
    """Stop an outsourcer at once: nobody new is handed out, open people end where they are.

    `reason` is in words for the outsourcer's people to read; it is not copied into the record.

    Raises: NotAllowed; EngagementUnknown; WrongEngagementState.
    """
    return _move(actor, engagement_id, Engagement.State.SUSPENDED, Event.ENGAGEMENT_SUSPENDED, reason=reason)


def resume_engagement(*, actor: Actor, engagement_id: UUID) -> Engagement:
    """Let a suspended outsourcer go on.

    Raises: NotAllowed; EngagementUnknown; WrongEngagementState.
    """
    return _move(actor, engagement_id, Engagement.State.ACTIVE, Event.ENGAGEMENT_RESUMED)


def end_engagement(*, actor: Actor, engagement_id: UUID) -> Engagement:
    """End an engagement for good; to work together again is a new one.

    Raises: NotAllowed; EngagementUnknown; WrongEngagementState.
    """
    return _move(actor, engagement_id, Engagement.State.ENDED, Event.ENGAGEMENT_ENDED)


_COMES_FROM = {
    Engagement.State.SUSPENDED: (Engagement.State.ACTIVE,),
    Engagement.State.ACTIVE: (Engagement.State.SUSPENDED,),
    Engagement.State.ENDED: (Engagement.State.ACTIVE, Engagement.State.SUSPENDED),
}


def _move(
    actor: Actor, engagement_id: UUID, state: Engagement.State, event: Event, *, reason: str = ""
) -> Engagement:
    engagement = _lock(actor, engagement_id)
    if engagement.state not in _COMES_FROM[state]:
        raise WrongEngagementState
    engagement.state = state
    engagement.state_reason = reason
    engagement.save(update_fields=["state", "state_reason"])
    _record(actor, engagement, event)
    wake_engaged_desks(firm_id=engagement.firm_id, engagement_id=engagement.id)
    return engagement


def _lock(actor: Actor, engagement_id: UUID) -> Engagement:
    require(actor, Action.ENGAGEMENT_EDIT)
    found = (
        Engagement.objects.select_for_update(of=("self",))
        .filter(firm_id=actor.own_firm_id, pk=engagement_id)
        .first()
    )
    if found is None:
        raise EngagementUnknown
    return found


def _columns(terms: Terms) -> dict[str, Any]:
    if terms.ends_on < terms.starts_on:
        raise ValueError("an engagement ends on or after the day it starts")
    return {**asdict(terms), "networks": list(terms.networks)}


def _figures(terms: Terms) -> dict[str, int | str]:
    return {
        "starts_on": terms.starts_on.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
        "cap_agent_hour": terms.cap_agent_hour,
        "cap_agent_day": terms.cap_agent_day,
        "cap_day": terms.cap_day,
        "skip_budget_day": terms.skip_budget_day,
        "networks": len(terms.networks),
    }


def _record(
    actor: Actor, engagement: Engagement, event: Event, *, details: dict[str, int | str] | None = None
) -> None:
    append_entry(
        actor=actor, event=event, subject_kind="engagement", subject_id=engagement.id, details=details
    )
