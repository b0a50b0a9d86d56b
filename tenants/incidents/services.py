"""Writes in the incident register, and the look at one incident. The database numbers, times and records what is written.

Nothing is rewritten: there is no function that changes or removes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.incidents.compare import Comparison, verify_incident
from tenants.incidents.errors import REFUSALS, IncidentRefused
from tenants.incidents.queries import Standing, get_incident, list_items, list_records
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry
from tenants.oversight.models import IncidentEntry
from tenants.rules.queries import load_rules


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known when an incident is opened. Times are aware; `effects` may be empty, `happened_at` unknown."""

    kind: str
    title: str
    text: str
    effects: str
    happened_at: datetime | None
    discovered_at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """One incident in full: how it stands, everything added, and what the comparison with the record found."""

    standing: Standing
    items: list[IncidentEntry]
    comparison: Comparison


def open_incident(*, actor: Actor, incident: NewIncident) -> UUID:
    """Open an incident by hand and return its id; its clock runs from the discovery.

    Raises: NotAllowed; IncidentRefused, nothing is written then but the refused attempt.
    """
    require(actor, Action.INCIDENT_EDIT)
    said = call(
        "tenants_open_incident_v1",
        incident.kind,
        incident.title,
        incident.text,
        incident.effects,
        incident.happened_at,
        incident.discovered_at,
        actor.address,
        actor.device,
    )
    if not said["ok"]:
        raise REFUSALS.get(said["code"], IncidentRefused)
    return UUID(said["incident_id"])


def add_to_incident(
    *,
    actor: Actor,
    incident_id: UUID,
    kind: IncidentEntry.Kind,
    text: str,
    told_at: datetime | None = None,
    why_not: str = "",
) -> None:
    """Add one item: words, the time somebody was told, the closing or the opening again.

    `why_not` is why the authority was not told, for closing one without it.

    Raises: NotAllowed; Http404 when it is not the firm's; IncidentRefused, nothing is added then.
    """
    require(actor, Action.INCIDENT_EDIT)
    said = call(
        "tenants_add_to_incident_v1",
        incident_id,
        str(kind),
        text,
        told_at,
        why_not,
        actor.address,
        actor.device,
    )
    if said["ok"]:
        return
    if said["code"] == "not_found":
        raise Http404
    raise REFUSALS.get(said["code"], IncidentRefused)


def view_incident(*, actor: Actor, incident_id: UUID) -> Dossier:
    """Return one incident in full, compared with the record at this moment; the look is an entry.

    Raises: NotAllowed; Http404 when it is not the firm's.
    """
    firm_id = require(actor, Action.INCIDENT_VIEW).own_firm_id
    standing = get_incident(firm_id=firm_id, incident_id=incident_id)
    items = list(list_items(firm_id=firm_id, incident_id=incident_id))
    kept = timedelta(days=30 * load_rules().keep_months)
    comparison = verify_incident(
        incident=standing.incident,
        items=items,
        entries=list_records(firm_id=firm_id, incident_id=incident_id),
        kept_since=timezone.now() - kept,
    )
    append_entry(
        actor=actor,
        event=Event.INCIDENTS_VIEWED,
        subject_kind="incident",
        subject_id=incident_id,
        details={"number": standing.incident.number},
    )
    return Dossier(standing, items, comparison)
