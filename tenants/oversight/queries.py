"""Reads of the record and of the names behind its ids. Never by offset, never across firms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from tenants.firms.models import Engagement, Firm, Outsourcer
from tenants.identity.models import Person, Role
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.cursor import Cursor
from tenants.oversight.filters import EntryFilter

PAGE_ROWS: Final = 50
MOST_AGENTS: Final = 500
OUTCOME_KEY: Final = "disposition"
LOOKS: Final = "oversight:"


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person as evidence names them: no address, no credentials."""

    id: UUID
    name: str
    role: str
    outsourcer_id: UUID | None


@dataclass(frozen=True, slots=True)
class AgentTotals:
    """What one agent did in a stretch of time; every figure is a count of entries."""

    agent_id: UUID
    outsourcer_id: UUID | None
    received: int
    dialled: int
    outcomes: int
    skipped: int
    denied: int


def select_entries(*, firm_id: UUID, wanted: EntryFilter) -> QuerySet[Entry]:
    """Build the query of the entries wanted, in no order."""
    rows = Entry.objects.filter(firm_id=firm_id)
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(at__lt=wanted.until)
    if wanted.outsourcer_id is not None:
        rows = rows.filter(outsourcer_id=wanted.outsourcer_id)
    if wanted.agent_id is not None:
        rows = rows.filter(actor_id=wanted.agent_id)
    if wanted.campaign_id is not None:
        rows = rows.filter(campaign_id=wanted.campaign_id)
    if wanted.contact_ids:
        rows = rows.filter(contact_id__in=wanted.contact_ids)
    elif wanted.contacts_only:
        rows = rows.filter(contact_id__isnull=False)
    if not wanted.with_looks:
        rows = rows.exclude(event__startswith=LOOKS)
    if wanted.allowed is not None:
        rows = rows.filter(allowed=wanted.allowed)
    if wanted.outcome:
        rows = rows.filter(_outcome(wanted.outcome))
    return rows


def list_entries(
    *, firm_id: UUID, wanted: EntryFilter, after: Cursor | None, limit: int = PAGE_ROWS
) -> tuple[list[Entry], Cursor | None]:
    """Return one page of entries, newest first, and where the next page begins (None: there is none)."""
    rows = select_entries(firm_id=firm_id, wanted=wanted)
    if after is not None:
        # A range on the index's own column, then the few rows of the same microsecond taken out.
        rows = rows.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], Cursor(last.at, last.id)


def get_entry(*, firm_id: UUID, entry_id: UUID) -> Entry:
    """Return one entry of the firm.

    Raises: Http404 when there is none, or it is another firm's.
    """
    found = Entry.objects.filter(firm_id=firm_id, id=entry_id).first()
    if found is None:
        raise Http404
    return found


def has_recent(*, firm_id: UUID, person_id: UUID, event: Event, session_ref: str, since: datetime) -> bool:
    """Tell whether this session of the person has an entry of this kind since then."""
    return Entry.objects.filter(
        firm_id=firm_id, actor_id=person_id, event=str(event), session_ref=session_ref, at__gte=since
    ).exists()


def count_contact(*, firm_id: UUID, contact_ids: Sequence[UUID]) -> tuple[int, int, int]:
    """Return how many agents, calls and entries these contacts have, the firm's own looks aside."""
    rows = Entry.objects.filter(firm_id=firm_id, contact_id__in=contact_ids).exclude(event__startswith=LOOKS)
    totals = rows.aggregate(
        agents=Count("actor_id", distinct=True, filter=Q(outsourcer_id__isnull=False)),
        calls=Count("id", filter=Q(event=str(Event.CALL_DIALLED))),
        entries=Count("id"),
    )
    return totals["agents"], totals["calls"], totals["entries"]


def total_agents(*, firm_id: UUID, wanted: EntryFilter) -> list[AgentTotals]:
    """Return the totals of the agents who acted in the time wanted, busiest first, at most 500."""
    rows = (
        select_entries(firm_id=firm_id, wanted=wanted)
        .filter(outsourcer_id__isnull=False, actor_id__isnull=False)
        .values("actor_id", "outsourcer_id")
        .annotate(
            received=Count("id", filter=Q(event=str(Event.CONTACT_RESERVED), allowed=True)),
            dialled=Count("id", filter=Q(event=str(Event.DIAL_REQUESTED), allowed=True)),
            outcomes=Count("id", filter=Q(event=str(Event.OUTCOME_RECORDED), allowed=True)),
            skipped=Count("id", filter=Q(event=str(Event.CONTACT_SKIPPED), allowed=True)),
            denied=Count("id", filter=Q(allowed=False)),
        )
        .order_by("-received", "actor_id")[:MOST_AGENTS]
    )
    return [
        AgentTotals(
            row["actor_id"],
            row["outsourcer_id"],
            row["received"],
            row["dialled"],
            row["outcomes"],
            row["skipped"],
            row["denied"],
        )
        for row in rows
        if row["actor_id"] is not None
    ]


def get_firm(firm_id: UUID) -> Firm:
    """Return the firm itself.

    Raises: Http404 when the running transaction may not see it.
    """
    found = Firm.objects.filter(id=firm_id).first()
    if found is None:
        raise Http404
    return found


def load_outsourcers(firm_id: UUID) -> dict[UUID, str]:
    """Return the names of every outsourcer the firm engages or ever engaged."""
    rows = Outsourcer.objects.filter(id__in=_engaged(firm_id)).order_by("name").values_list("id", "name")
    return dict(rows)


def load_people(*, firm_id: UUID, ids: Iterable[UUID]) -> dict[UUID, PersonName]:
    """Return the names of these people, as far as they are of the firm or of an outsourcer it engages."""
    rows = _people(firm_id).filter(id__in=set(ids))
    return {person.id: person for person in map(_name_of, rows)}


def list_agents(firm_id: UUID) -> list[PersonName]:
    """Return the agents of the outsourcers the firm engages, by name."""
    rows = _people(firm_id).filter(role=Role.AGENT, outsourcer_id__isnull=False).order_by("name", "id")
    return [_name_of(row) for row in rows]


def get_person(*, firm_id: UUID, person_id: UUID) -> PersonName:
    """Return one person's name.

    Raises: Http404 when the person is not of the firm nor of an outsourcer it engages.
    """
    found = load_people(firm_id=firm_id, ids=[person_id]).get(person_id)
    if found is None:
        raise Http404
    return found


def _outcome(outcome: str) -> Q:
    is_id = len(outcome) > 16
    if is_id:
        return Q(event=str(Event.OUTCOME_RECORDED), **{f"details__{OUTCOME_KEY}": outcome})
    return Q(event=str(Event.CALL_ENDED), reason=outcome)


def _engaged(firm_id: UUID) -> QuerySet[Engagement, UUID]:
    return Engagement.objects.filter(firm_id=firm_id).values_list("outsourcer_id", flat=True)


def _people(firm_id: UUID) -> QuerySet[Person, Any]:
    # Only the columns a firm may read of an outsourcer's people.
    return Person.objects.filter(Q(firm_id=firm_id) | Q(outsourcer_id__in=_engaged(firm_id))).values(
        "id", "name", "role", "outsourcer_id"
    )


def _name_of(row: dict[str, Any]) -> PersonName:
    outsourcer = row["outsourcer_id"]
    return PersonName(
        id=UUID(str(row["id"])),
        name=str(row["name"]),
        role=str(row["role"]),
        outsourcer_id=UUID(str(outsourcer)) if outsourcer else None,
    )
