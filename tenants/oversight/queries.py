"""Reads of the record and of the names behind its ids. Never by offset, never across firms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, IntegerField, Max, Min, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
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
# What an agent's totals count, and under which name.
COUNTED: Final = {
    Event.CONTACT_RESERVED: "received",
    Event.DIAL_REQUESTED: "dialled",
    Event.OUTCOME_RECORDED: "outcomes",
    Event.CONTACT_SKIPPED: "skipped",
}


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


@dataclass(frozen=True, slots=True)
class Seer:
    """One person who had a contact's record open: how often it was handed out, and the furthest stage that was open."""

    person_id: UUID
    outsourcer_id: UUID | None
    first: datetime
    last: datetime
    times: int
    stage: int


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
        # The column has an index; the other conditions say what it means.
        key = RawSQL("tenants_entry.outcome", (), output_field=TextField())
        rows = rows.alias(_outcome=key).filter(_outcome(wanted.outcome), _outcome=wanted.outcome)
    return rows


def list_entries(
    *, firm_id: UUID, wanted: EntryFilter, after: Cursor | None, limit: int = PAGE_ROWS
) -> tuple[list[Entry], Cursor | None]:
    """Return one page of entries, newest first, and where the next page begins (None: there is none)."""
    rows = select_entries(firm_id=firm_id, wanted=wanted)
    if after is not None:
        # A range on the index's own column, then the few rows of the same microsecond taken out.
        rows = rows.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
    if _is_by_house_alone(wanted):
        found = _newest_of_house(rows, firm_id, wanted, limit + 1)
    else:
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


def list_seers(*, firm_id: UUID, contact_id: UUID) -> list[Seer]:
    """Return who had this contact's record open, who saw it first on top."""
    seen = [str(Event.CONTACT_RESERVED), str(Event.CONTACT_REVEALED)]
    stage = Cast(KeyTextTransform("stage", "details"), IntegerField())
    rows = (
        Entry.objects.filter(firm_id=firm_id, contact_id=contact_id, event__in=seen, allowed=True)
        .filter(actor_id__isnull=False)
        .values("actor_id", "outsourcer_id")
        .annotate(
            first=Min("at"),
            last=Max("at"),
            times=Count("id", filter=Q(event=str(Event.CONTACT_RESERVED))),
            stage=Max(stage),
        )
        .order_by("first", "actor_id")
    )
    return [
        Seer(
            row["actor_id"],
            row["outsourcer_id"],
            row["first"],
            row["last"],
            row["times"],
            row["stage"] or 0,
        )
        for row in rows
        if row["actor_id"] is not None
    ]


def total_agents(*, firm_id: UUID, wanted: EntryFilter) -> list[AgentTotals]:
    """Return the totals of the agents who acted in the time wanted, busiest first, at most 500."""
    rows = (
        select_entries(firm_id=firm_id, wanted=wanted)
        .filter(outsourcer_id__isnull=False, actor_id__isnull=False)
        # As the index of acts is limited, to the letter: the figures are counted from it alone.
        .filter(Q(event__in=[str(event) for event in COUNTED]) | Q(allowed=False))
        .values("actor_id", "outsourcer_id", "event", "allowed")
        .annotate(count=Count("*"))
    )
    figures: dict[tuple[UUID, UUID], dict[str, int]] = {}
    for row in rows.order_by():
        if row["actor_id"] is None or row["outsourcer_id"] is None:
            continue
        mine = figures.setdefault((row["actor_id"], row["outsourcer_id"]), {})
        name = COUNTED.get(Event(row["event"]), "denied") if row["allowed"] else "denied"
        mine[name] = mine.get(name, 0) + row["count"]
    totals = [
        AgentTotals(agent, house, **{name: mine.get(name, 0) for name in (*COUNTED.values(), "denied")})
        for (agent, house), mine in figures.items()
    ]
    return sorted(totals, key=lambda total: (-total.received, total.agent_id))[:MOST_AGENTS]


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


def _is_by_house_alone(wanted: EntryFilter) -> bool:
    """Whether nothing but the outsourcer (and time) limits the rows: no index leads to those, the people's do."""
    by_another = wanted.agent_id or wanted.campaign_id or wanted.contact_ids or wanted.outcome
    return wanted.outsourcer_id is not None and not by_another and wanted.allowed is not False


def _newest_of_house(rows: QuerySet[Entry], firm_id: UUID, wanted: EntryFilter, limit: int) -> list[Entry]:
    """Return the newest of these rows by asking for each person of the outsourcer: entries of a house are its people's."""
    of_house = Q(outsourcer_id=wanted.outsourcer_id)
    found = Person.objects.filter(of_house, outsourcer_id__in=_engaged(firm_id))
    people = list(found.values_list("id", flat=True))
    # "house" is the row of the outer query below; there is no value in it.
    one = rows.filter(actor_id=RawSQL("house.id", ())).order_by("-at", "-id")[:limit]
    statement, values = one.query.sql_with_params()
    # The firm is named within: these are the rows that were asked for.
    of_firm = (
        "select e.* from unnest(%s::uuid[]) house (id) cross join lateral "  # noqa: S608
        f"({statement}) e order by e.at desc, e.id desc limit {int(limit)}"
    )
    return list(Entry.objects.raw(of_firm, [people, *values]))


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
