"""Reads for the audit pack: acts on the firm itself, keys, checkpoints, witnesses, incidents, reviews."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dialer.reports.periods import Month, Period, months_between
from tenants.ledger.models import Checkpoint, Cosignature, Entry, LogKey, Witness
from tenants.oversight.models import Incident, IncidentEntry, Review, Rules

# Two years of exports and looks may be many; the pack names the newest.
MOST_ENTRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class MonthlyCheckpoint:
    """The last checkpoint of a month, and the last countersigned one at or before it in that month."""

    month: Month
    checkpoint: Checkpoint
    cosigned_size: int | None
    cosigned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentStory:
    """One incident in dates: when each thing was done, never what was written."""

    incident: Incident
    told_authority_at: datetime | None
    told_persons_at: datetime | None
    closed_at: datetime | None


def list_acts(*, firm_id: UUID, period: Period, events: Iterable[str]) -> list[Entry]:
    """Return entries of these events about no contact in the period, oldest first."""
    rows = Entry.objects.filter(
        firm_id=firm_id,
        contact_id__isnull=True,
        event__in=list(events),
        at__gte=period.since,
        at__lt=period.until,
    )
    return list(rows.order_by("at", "id")[:MOST_ENTRIES])


def list_keys(firm_id: UUID) -> list[LogKey]:
    """Return every key that signed the firm's checkpoints, oldest first."""
    return list(LogKey.objects.filter(firm_id=firm_id).order_by("version"))


def list_witnesses(firm_id: UUID) -> list[Witness]:
    """Return every witness the firm has or had."""
    return list(Witness.objects.filter(firm_id=firm_id).order_by("added_at", "id"))


def load_rules(firm_id: UUID) -> Rules | None:
    """Return the firm's own rules; None when it has the usual ones."""
    return Rules.objects.filter(firm_id=firm_id).first()


def list_reviews(firm_id: UUID) -> list[Review]:
    """Return every signed review, the newest first."""
    return list(Review.objects.filter(firm_id=firm_id).order_by("-signed_at", "-id"))


def newest_checkpoint(firm_id: UUID) -> Checkpoint | None:
    """Return the newest checkpoint of the firm's log."""
    return Checkpoint.objects.filter(firm_id=firm_id).order_by("-size").first()


def list_incidents(*, firm_id: UUID, period: Period) -> list[IncidentStory]:
    """Return the incidents discovered in the period, by number, each with its dates."""
    incidents = list(
        Incident.objects.filter(
            firm_id=firm_id, discovered_at__gte=period.since, discovered_at__lt=period.until
        ).order_by("number")
    )
    added: dict[UUID, list[IncidentEntry]] = {}
    for item in IncidentEntry.objects.filter(
        firm_id=firm_id, incident_id__in=[incident.id for incident in incidents]
    ).order_by("added_at", "id"):
        added.setdefault(item.incident_id, []).append(item)
    return [_story(incident, added.get(incident.id, [])) for incident in incidents]


def _story(incident: Incident, items: list[IncidentEntry]) -> IncidentStory:
    kinds = IncidentEntry.Kind
    closed_at = None
    told: dict[str, datetime] = {}
    for item in items:
        if item.kind == kinds.CLOSED:
            closed_at = item.added_at
        elif item.kind == kinds.REOPENED:
            closed_at = None
        elif item.kind in (kinds.AUTHORITY, kinds.PERSONS):
            told.setdefault(item.kind, item.told_at or item.added_at)
    return IncidentStory(incident, told.get(kinds.AUTHORITY), told.get(kinds.PERSONS), closed_at)


def list_monthly_checkpoints(*, firm_id: UUID, period: Period) -> list[MonthlyCheckpoint]:
    """Return the last checkpoint of every month of the period that has one."""
    names = {witness.id: witness.name for witness in list_witnesses(firm_id)}
    found: list[MonthlyCheckpoint] = []
    previous = 0
    for month in months_between(Month.of(period.first), Month.of(period.last)):
        last = _last_before(firm_id, month.period(period.zone).until)
        if last is None or last.size <= previous:
            continue
        cosignatures = Cosignature.objects.filter(firm_id=firm_id, size__gt=previous, size__lte=last.size)
        size = cosignatures.order_by("-size").values_list("size", flat=True).first()
        by = cosignatures.filter(size=size).values_list("witness_id", flat=True) if size else []
        found.append(
            MonthlyCheckpoint(
                month, last, size, tuple(sorted(names.get(witness, str(witness)) for witness in set(by)))
            )
        )
        previous = last.size
    return found


def _last_before(firm_id: UUID, moment: datetime) -> Checkpoint | None:
    """Find the last checkpoint before a moment by halving: checkpoints lie in order of size, and of time by that."""
    rows = Checkpoint.objects.filter(firm_id=firm_id)
    newest = rows.order_by("-size").first()
    if newest is None or newest.at < moment:
        return newest
    best: Checkpoint | None = None
    low, high = 0, newest.size
    while low <= high:
        middle = (low + high) // 2
        found = rows.filter(size__gte=middle, size__lte=high).order_by("size").first()
        if found is None or found.at >= moment:
            high = middle - 1
        else:
            best, low = found, found.size + 1
    return best
