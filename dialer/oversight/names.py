"""The names behind the ids of entries, read in a few queries a page. Only what the firm itself may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from campaigns.planning.models import Campaign, Column, Disposition
from dialer.calls.models import Attempt
from tenants.ledger.models import Entry
from tenants.oversight.queries import OUTCOME_KEY, PersonName, load_outsourcers, load_people


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, and how long each answered call took in seconds.

    An id that is absent is no longer to be seen, and is shown as itself.
    """

    people: dict[UUID, PersonName]
    outsourcers: dict[UUID, str]
    campaigns: dict[UUID, str]
    outcomes: dict[str, str]
    talked_s: dict[UUID, int]

    def person(self, person_id: UUID | None) -> str:
        """Return a person's name, or the id when the name is not to be seen."""
        if person_id is None:
            return ""
        found = self.people.get(person_id)
        return found.name if found else str(person_id)

    def outsourcer(self, outsourcer_id: UUID | None) -> str:
        """Return an outsourcer's name, or the id when the name is not to be seen."""
        return self.outsourcers.get(outsourcer_id, str(outsourcer_id)) if outsourcer_id else ""

    def campaign(self, campaign_id: UUID | None) -> str:
        """Return a campaign's name, or the id when the name is not to be seen."""
        return self.campaigns.get(campaign_id, str(campaign_id)) if campaign_id else ""


def load_names(*, firm_id: UUID, entries: Sequence[Entry]) -> Names:
    """Read every name that these entries need."""
    people = {entry.actor_id for entry in entries if entry.actor_id}
    people |= {entry.subject_id for entry in entries if entry.subject_kind == "person" and entry.subject_id}
    return Names(
        people=load_people(firm_id=firm_id, ids=people),
        outsourcers=load_outsourcers(firm_id),
        campaigns=load_campaigns(
            firm_id=firm_id, ids={entry.campaign_id for entry in entries if entry.campaign_id}
        ),
        outcomes=_load_outcomes(firm_id, entries),
        talked_s=_load_talks(firm_id, entries),
    )


def load_campaigns(*, firm_id: UUID, ids: set[UUID]) -> dict[UUID, str]:
    """Return the names of these campaigns of the firm."""
    return dict(Campaign.objects.filter(firm_id=firm_id, id__in=ids).values_list("id", "name"))


def load_labels(*, firm_id: UUID, campaign_ids: set[UUID]) -> dict[UUID, list[tuple[int, str]]]:
    """Return the columns of these campaigns an agent may ever see, as (stage, label) in their order."""
    rows = (
        Column.objects.filter(firm_id=firm_id, campaign_id__in=campaign_ids)
        .exclude(visible=Column.Visible.NEVER)
        .order_by("campaign_id", "visible", "position")
        .values_list("campaign_id", "visible", "label")
    )
    labels: dict[UUID, list[tuple[int, str]]] = {}
    for campaign_id, stage, label in rows:
        labels.setdefault(campaign_id, []).append((stage, label))
    return labels


def _load_outcomes(firm_id: UUID, entries: Sequence[Entry]) -> dict[str, str]:
    ids: set[UUID] = set()
    for entry in entries:
        value = entry.details.get(OUTCOME_KEY)
        if isinstance(value, str) and len(value) == 36:
            ids.add(UUID(value))
    rows = Disposition.objects.filter(firm_id=firm_id, id__in=ids).values_list("id", "label")
    return {str(outcome_id): label for outcome_id, label in rows}


def _load_talks(firm_id: UUID, entries: Sequence[Entry]) -> dict[UUID, int]:
    ids = {entry.subject_id for entry in entries if entry.subject_kind == "attempt" and entry.subject_id}
    rows = Attempt.objects.filter(
        firm_id=firm_id, id__in=ids, answered_at__isnull=False, ended_at__isnull=False
    ).values_list("id", "answered_at", "ended_at")
    return {
        attempt_id: round((ended - answered).total_seconds())
        for attempt_id, answered, ended in rows
        if answered and ended
    }
