"""Reads of the incident register: how each incident stands, what was added to it, and the entries about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from tenants.incidents.clock import Clock, read_clock
from tenants.ledger.models import Entry
from tenants.oversight.models import Incident, IncidentEntry

PAGE_ROWS: Final = 50
# More open incidents than this are a catastrophe of another kind; the page says that it shows the most urgent.
MOST_OPEN: Final = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """One incident as it stands. `told_at` is when the authority was first told."""

    incident: Incident
    is_open: bool
    told_at: datetime | None

    def clock(self, now: datetime) -> Clock:
        """Return where its clock stands."""
        return read_clock(
            discovered_at=self.incident.discovered_at,
            due_at=self.incident.due_at,
            is_open=self.is_open,
            told_at=self.told_at,
            now=now,
        )


def list_open(*, firm_id: UUID) -> list[Standing]:
    """Return the open incidents: those whose authority is not told first, then by the end of their clock."""
    rows = _standing(firm_id).filter(_IS_OPEN).order_by("due_at", "number")[:MOST_OPEN]
    return sorted(map(_read, rows), key=lambda standing: standing.told_at is not None)


def list_closed(*, firm_id: UUID, before: int | None) -> tuple[list[Standing], int | None]:
    """Return a page of closed incidents, the newest number first, and the number the next page goes on before."""
    rows = _standing(firm_id).filter(last_state=IncidentEntry.Kind.CLOSED)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = [_read(row) for row in rows.order_by("-number")[: PAGE_ROWS + 1]]
    if len(found) <= PAGE_ROWS:
        return found, None
    return found[:PAGE_ROWS], found[PAGE_ROWS - 1].incident.number


def get_incident(*, firm_id: UUID, incident_id: UUID) -> Standing:
    """Return one incident of the firm.

    Raises: Http404 when there is none, or it is another firm's.
    """
    row = _standing(firm_id).filter(id=incident_id).first()
    if row is None:
        raise Http404
    return _read(row)


def list_items(*, firm_id: UUID, incident_id: UUID) -> Sequence[IncidentEntry]:
    """Return everything that was added to an incident, in order."""
    return list(
        IncidentEntry.objects.filter(firm_id=firm_id, incident_id=incident_id).order_by("added_at", "id")
    )


def list_records(*, firm_id: UUID, incident_id: UUID) -> Sequence[Entry]:
    """Return the entries of what was written about an incident, oldest first; refused attempts and looks left out."""
    return list(
        Entry.objects.filter(
            firm_id=firm_id,
            subject_kind="incident",
            subject_id=incident_id,
            event__startswith="incidents:",
            allowed=True,
        ).order_by("at", "id")
    )


def _standing(firm_id: UUID) -> QuerySet[Any]:
    added = IncidentEntry.objects.filter(firm_id=OuterRef("firm_id"), incident_id=OuterRef("id"))
    states = added.filter(kind__in=(IncidentEntry.Kind.CLOSED, IncidentEntry.Kind.REOPENED))
    told = added.filter(kind=IncidentEntry.Kind.AUTHORITY, told_at__isnull=False)
    return Incident.objects.filter(firm_id=firm_id).annotate(
        last_state=Subquery(states.order_by("-added_at", "-id").values("kind")[:1]),
        told_at=Subquery(told.order_by("told_at").values("told_at")[:1]),
    )


_IS_OPEN: Final = Q(last_state__isnull=True) | Q(last_state=IncidentEntry.Kind.REOPENED)


def _read(row: Any) -> Standing:
    return Standing(row, row.last_state != IncidentEntry.Kind.CLOSED, row.told_at)
