"""Reads for the contact report: what an outsourcer's people did with a firm's contacts, in counts and one by one.

Contacts come as ids; their fields, numbers and notes are never read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from campaigns.planning.models import Campaign, Disposition
from dialer.calls.models import Attempt
from dialer.reports.periods import Period
from tenants.identity.models import Person
from tenants.ledger.models import Entry

_ACTS: Final = """
select campaign_id, actor_id, event, allowed, reason, disposition, count(*), count(distinct contact_id)
from (
  select campaign_id, actor_id, contact_id, event, allowed,
    case when event in ('dialer:call:ended', 'dialer:outcome:recorded') then reason else '' end as reason,
    case when event = 'dialer:outcome:recorded' then details ->> 'disposition' end as disposition
  from tenants_entry
  where firm_id = %(firm)s and at >= %(since)s and at < %(until)s and outsourcer_id = %(house)s
    and contact_id is not null) e
group by campaign_id, actor_id, event, allowed, reason, disposition
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
    contacts: int


def count_contact_acts(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> list[ContactAct]:
    """Count what the outsourcer's people did with the firm's contacts."""
    asked: dict[str, Any] = {"firm": firm_id, "house": outsourcer_id}
    asked |= {"since": period.since, "until": period.until}
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, asked)
        return [ContactAct(*row) for row in cursor]


def count_contacts(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> dict[UUID | None, int]:
    """Count the different contacts the outsourcer's people had to do with, by campaign."""
    rows = (
        _entries(firm_id, outsourcer_id, period)
        .values("campaign_id")
        .annotate(n=Count("contact_id", distinct=True))
    )
    return {row["campaign_id"]: row["n"] for row in rows.order_by()}


def walk_contact_entries(*, firm_id: UUID, outsourcer_id: UUID, period: Period) -> Iterator[Entry]:
    """Walk through every entry about a contact, oldest first, a few thousand in memory at a time."""
    rows = _entries(firm_id, outsourcer_id, period).order_by("at", "id")
    return rows.defer("device", "address", "process").iterator(chunk_size=5000)


def load_work(
    *, firm_id: UUID, outsourcer_id: UUID, agents: list[UUID], period: Period
) -> dict[UUID, tuple[int, int]]:
    """Return the seconds each agent worked for the firm and talked, pauses left out."""
    asked: dict[str, Any] = {
        "firm": firm_id,
        "house": outsourcer_id,
        "agents": agents,
        "since": period.since,
        "until": period.until,
    }
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


def _entries(firm_id: UUID, outsourcer_id: UUID, period: Period) -> QuerySet[Entry]:
    return Entry.objects.filter(
        firm_id=firm_id,
        at__gte=period.since,
        at__lt=period.until,
        outsourcer_id=outsourcer_id,
        contact_id__isnull=False,
    )
