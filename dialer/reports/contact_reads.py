"""Reads for the contact report: what an outsourcer's people did with a firm's contacts, in counts and one by one.

Contacts come as ids; their fields, numbers and notes are never read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.fields.json import KT

from campaigns.planning.models import Campaign, Disposition
from dialer.calls.models import Attempt
from dialer.reports.periods import Period
from dialer.reports.room import sorting_room
from tenants.identity.models import Person
from tenants.ledger.models import Entry
from tenants.oversight.queries import OUTCOME_KEY

_ACTS: Final = """
select campaign_id, actor_id, event, allowed, reason, disposition, count(*)
from (
  select campaign_id, actor_id, event, allowed,
    case when event in ('dialer:call:ended', 'dialer:outcome:recorded') then reason else '' end as reason,
    case when event = 'dialer:outcome:recorded' then details ->> 'disposition' end as disposition
  from tenants_entry
  where firm_id = %(firm)s and at >= %(since)s and at < %(until)s and outsourcer_id = %(house)s
    and contact_id is not null) e
group by campaign_id, actor_id, event, allowed, reason, disposition
"""

# Hashed first and counted then: counting what is distinct in one go sorts every row.
_CONTACTS: Final = """
select campaign_id, count(*) from (
  select distinct campaign_id, contact_id from tenants_entry
  where firm_id = %(firm)s and at >= %(since)s and at < %(until)s and outsourcer_id = %(house)s
    and contact_id is not null) e
group by campaign_id
"""

# Between two changes of a desk it is in the state of the first. Paused is not work; who is gone is paused by Keyhole.
_DESKS: Final = """
select agent_id,
  sum(extract(epoch from ended - begun)) filter (where state <> 'paused')::bigint as worked_s,
  sum(extract(epoch from ended - begun)) filter (where state in ('talking', 'held'))::bigint as talked_s
from (
  select d.agent_id, d.state, greatest(d.at, %(since)s) as begun,
    least(coalesce(lead(d.at) over (partition by d.agent_id order by d.at, d.id), now()), %(until)s) as ended
  from dialer_deskevent d
  where d.firm_id = %(firm)s and d.outsourcer_id = %(house)s and d.agent_id = any (%(agents)s)
    and d.at >= %(since)s - interval '1 day' and d.at < %(until)s) x
where ended > begun
group by agent_id
"""


@dataclass(frozen=True, slots=True)
class ContactAct:
    """How often an agent did one thing with contacts of a campaign. `reason` is a call's result or an outcome's kind."""

    campaign_id: UUID | None
    agent_id: UUID | None
    event: str
    allowed: bool
    reason: str
    disposition: str | None
    count: int


class ContactEvent(NamedTuple):
    """One entry about a contact. A million of them are read in one report."""

    id: UUID
    at: datetime
    event: str
    contact_id: UUID
    campaign_id: UUID | None
    actor_id: UUID | None
    allowed: bool
    reason: str
    session_ref: str
    disposition: str | None
    stage: str | None


def count_contact_acts(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> list[ContactAct]:
    """Count what the outsourcer's people did with the firm's contacts."""
    with sorting_room(), connection.cursor() as cursor:
        cursor.execute(_ACTS, _asked(firm_id, outsourcer_id, period))
        return [ContactAct(*row) for row in cursor]


def count_contacts(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> dict[UUID | None, int]:
    """Count the different contacts the outsourcer's people had to do with, by campaign."""
    with sorting_room(), connection.cursor() as cursor:
        cursor.execute(_CONTACTS, _asked(firm_id, outsourcer_id, period))
        return dict(cursor.fetchall())


def walk_contact_events(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> Iterator[ContactEvent]:
    """Walk through every entry about a contact, oldest first, a few thousand in memory at a time."""
    rows = (
        _entries(firm_id, outsourcer_id, period)
        .order_by("at", "id")
        .values_list(*ContactEvent._fields[:-2], KT(f"details__{OUTCOME_KEY}"), KT("details__stage"))
        .iterator(chunk_size=5000)
    )
    return map(ContactEvent._make, rows)


def load_work(
    *, firm_id: UUID, outsourcer_id: UUID, agents: list[UUID], period: Period
) -> dict[UUID, tuple[int, int]]:
    """Return the seconds each agent worked for the firm and talked, pauses left out."""
    asked = {**_asked(firm_id, outsourcer_id, period), "agents": agents}
    with connection.cursor() as cursor:
        cursor.execute(_DESKS, asked)
        return {agent: (worked or 0, talked or 0) for agent, worked, talked in cursor}


def sum_talks(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> dict[tuple[UUID, UUID], int]:
    """Return the seconds talked, from answer to end, by campaign and agent."""
    campaigns = list(Campaign.objects.filter(firm_id=firm_id).values_list("id", flat=True))
    rows = (
        Attempt.objects.filter(firm_id=firm_id, campaign_id__in=campaigns, outsourcer_id=outsourcer_id)
        .filter(requested_at__gte=period.since, requested_at__lt=period.until)
        .filter(answered_at__isnull=False, ended_at__isnull=False)
        .values("campaign_id", "agent_id")
        .annotate(talked=Sum(F("ended_at") - F("answered_at")))
        .order_by()
    )
    return {(row["campaign_id"], row["agent_id"]): round(row["talked"].total_seconds()) for row in rows}


def load_campaign_names(firm_id: UUID) -> dict[UUID, str]:
    """Return the names of all campaigns of the firm."""
    return dict(Campaign.objects.filter(firm_id=firm_id).order_by("name").values_list("id", "name"))


def load_outcome_labels(firm_id: UUID) -> dict[str, str]:
    """Return the labels of all outcomes of the firm's campaigns, by id as text."""
    rows = Disposition.objects.filter(firm_id=firm_id).values_list("id", "label")
    return {str(outcome_id): label for outcome_id, label in rows}


def load_agent_names(*, firm_id: UUID, outsourcer_id: UUID) -> dict[UUID, str]:
    """Return the names of the outsourcer's people and the firm's, by name."""
    rows = Person.objects.filter(Q(outsourcer_id=outsourcer_id) | Q(firm_id=firm_id)).order_by("name", "id")
    return dict(rows.values_list("id", "name"))


def _asked(firm_id: UUID, outsourcer_id: UUID, period: Period) -> dict[str, Any]:
    return {"firm": firm_id, "house": outsourcer_id, "since": period.since, "until": period.until}


def _entries(firm_id: UUID, outsourcer_id: UUID, period: Period) -> QuerySet[Entry]:
    return Entry.objects.filter(
        firm_id=firm_id,
        at__gte=period.since,
        at__lt=period.until,
        outsourcer_id=outsourcer_id,
        contact_id__isnull=False,
    )
