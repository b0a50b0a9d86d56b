"""Reads for the monthly access review: one pass over the month's entries, and a few over what is about no contact.

It reads ids and counts; the record holds nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, Q

from dialer.reports.periods import Period
from dialer.reports.room import sorting_room
from tenants.firms.models import Engagement
from tenants.identity.models import Person
from tenants.ledger.events import Event
from tenants.ledger.models import Entry

NIGHT_FROM_H: Final = 22
NIGHT_UNTIL_H: Final = 6
# How far back an address or a sign-in is looked for.
LOOK_BACK: Final = timedelta(days=365)

_STATES: Final = (Event.PERSON_INVITED, Event.PERSON_JOINED, Event.PERSON_DISABLED, Event.PERSON_ENABLED)
_TERMS: Final = (
    Event.ENGAGEMENT_CREATED,
    Event.ENGAGEMENT_CHANGED,
    Event.ENGAGEMENT_ENDED,
)

# What everyone did by kind, and in which part of which day: one look at each entry, then sums of sums. The parts of days
# come as moments, so that no time is brought into a zone a million times.
_MONTH: Final = """
with fine as materialized (
  select actor_kind, actor_id, outsourcer_id, event, allowed,
    case when event = 'dialer:contact:revealed' then details ->> 'stage' end as stage,
    case when not allowed then reason end as reason,
    width_bucket(at, %(parts)s::timestamptz[]) as part,
    count(*) as n, min(at) as first, max(at) as last
  from tenants_entry where firm_id = %(firm)s and at >= %(since)s and at < %(until)s
  group by 1, 2, 3, 4, 5, 6, 7, 8)
select false, actor_kind, actor_id, outsourcer_id, event, allowed, stage, reason, null, sum(n)::bigint, min(first),
  max(last)
from fine group by actor_kind, actor_id, outsourcer_id, event, allowed, stage, reason
union all
select true, '', actor_id, outsourcer_id, null, null, null, null, part, sum(n)::bigint, min(first), max(last)
from fine where actor_kind in ('person', 'token') group by actor_id, outsourcer_id, part
"""


@dataclass(frozen=True, slots=True)
class ActCount:
    """How often somebody did one thing. `stage` is of a reveal, `reason` of a refusal."""

    actor_kind: str
    actor_id: UUID | None
    outsourcer_id: UUID | None
    event: str
    allowed: bool
    stage: str | None
    reason: str | None
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often somebody acted on a day of the firm's own time, at night or not."""

    actor_id: UUID | None
    outsourcer_id: UUID | None
    day: date
    at_night: bool
    count: int
    first: datetime
    last: datetime

    def joined(self, other: "DayCount") -> "DayCount":
        """Return the count of both."""
        return replace(
            self,
            count=self.count + other.count,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
        )


@dataclass(frozen=True, slots=True)
class SignIns:
    """One person's sign-ins from one address in the year before the end of the month."""

    person_id: UUID
    address: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Something the record tells of a person or an engagement. `starts_on` and `ends_on` are of an engagement's terms."""

    at: datetime
    event: str
    starts_on: str | None = None
    ends_on: str | None = None


def count_acts(*, firm_id: UUID, period: Period) -> tuple[list[ActCount], list[DayCount]]:
    """Count every entry of the period by person and kind, and by person, day and night."""
    acts: list[ActCount] = []
    days: list[DayCount] = []
    parts = list(_parts(period))
    asked: dict[str, Any] = {"firm": firm_id, "since": period.since, "until": period.until}
    asked["parts"] = [moment for moment, _day, _at_night in parts]
    with sorting_room(), connection.cursor() as cursor:
        cursor.execute(_MONTH, asked)
        for is_day, kind, actor, house, event, allowed, stage, reason, part, count, first, last in cursor:
            if is_day:
                _moment, day, at_night = parts[part - 1]
                days.append(DayCount(actor, house, day, at_night, count, first, last))
            else:
                acts.append(ActCount(kind, actor, house, event, allowed, stage, reason, count, first, last))
    return acts, _join_nights(days)


def _parts(period: Period) -> Iterator[tuple[datetime, date, bool]]:
    """Walk through the parts of the days: when each begins, of which day, at night or not."""
    day = period.first
    while day <= period.last:
        for hour, at_night in ((0, True), (NIGHT_UNTIL_H, False), (NIGHT_FROM_H, True)):
            yield datetime.combine(day, time(hour), tzinfo=period.zone).astimezone(UTC), day, at_night
        day += timedelta(days=1)


def _join_nights(days: list[DayCount]) -> list[DayCount]:
    """Put the night before and the night after a day's light together: both are that day's."""
    joined: dict[tuple[UUID | None, UUID | None, date, bool], DayCount] = {}
    for day in days:
        key = (day.actor_id, day.outsourcer_id, day.day, day.at_night)
        before = joined.get(key)
        joined[key] = before.joined(day) if before else day
    return list(joined.values())


def list_refusals(*, firm_id: UUID, period: Period, left_out: Iterable[str]) -> Iterator[Entry]:
    """Walk through the refused entries of the period, oldest first, without those of these reasons."""
    return (
        Entry.objects.filter(firm_id=firm_id, allowed=False, at__gte=period.since, at__lt=period.until)
        .exclude(event=str(Event.ANSWER_CHECKED))
        .exclude(reason__in=list(left_out))
        .order_by("at", "id")
        .iterator(chunk_size=2000)
    )


def list_sign_ins(*, firm_id: UUID, period: Period) -> list[SignIns]:
    """Return who signed in from where in the year before the end of the period."""
    rows = (
        Entry.objects.filter(firm_id=firm_id, contact_id__isnull=True, event=str(Event.SESSION_OPENED))
        .filter(at__gte=period.since - LOOK_BACK, at__lt=period.until, actor_id__isnull=False)
        .values("actor_id", "address")
        .annotate(first=Min("at"), last=Max("at"), times=Count("id"))
        .order_by("actor_id", "first")
    )
    return [
        SignIns(row["actor_id"], row["address"] or "", row["first"], row["last"])
        for row in rows
        if row["actor_id"]
    ]


def list_engagements(*, firm_id: UUID) -> list[Engagement]:
    """Return every engagement the firm has or had, oldest first."""
    rows = Engagement.objects.filter(firm_id=firm_id).select_related("outsourcer")
    return list(rows.order_by("created_at", "id"))


def list_people(*, firm_id: UUID, outsourcer_ids: Iterable[UUID]) -> list[Person]:
    """Return the firm's people and those of these outsourcers, by name."""
    rows = Person.objects.filter(Q(firm_id=firm_id) | Q(outsourcer_id__in=list(outsourcer_ids)))
    return list(rows.order_by("name", "id"))


def load_people_changes(*, firm_id: UUID) -> dict[UUID, list[Change]]:
    """Return what the record tells of each person's coming and going, oldest first."""
    return _changes(firm_id, [str(event) for event in _STATES], "person")


def load_engagement_changes(*, firm_id: UUID) -> dict[UUID, list[Change]]:
    """Return what the record tells of each engagement's terms and end, oldest first."""
    return _changes(firm_id, [str(event) for event in _TERMS], "engagement")


def has_let_go(*, firm_id: UUID, since: datetime) -> bool:
    """Tell whether entries from then on may be gone: some were let go, and none as old is left."""
    pruned = Entry.objects.filter(
        firm_id=firm_id, contact_id__isnull=True, event=str(Event.ENTRIES_PRUNED), allowed=True
    )
    if not pruned.exists():
        return False
    oldest: dict[str, Any] = Entry.objects.filter(firm_id=firm_id).aggregate(at=Min("at"))
    return oldest["at"] is None or oldest["at"] > since


def _changes(firm_id: UUID, events: list[str], kind: str) -> dict[UUID, list[Change]]:
    rows = (
        Entry.objects.filter(firm_id=firm_id, contact_id__isnull=True, event__in=events, subject_kind=kind)
        .filter(allowed=True)
        .order_by("at", "id")
        .values_list("subject_id", "at", "event", "details")
    )
    found: dict[UUID, list[Change]] = {}
    for subject, at, event, details in rows:
        if subject is not None:
            found.setdefault(subject, []).append(
                Change(at, event, details.get("starts_on"), details.get("ends_on"))
            )
    return found
