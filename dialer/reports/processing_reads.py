"""Reads for the record of processing: campaigns, the columns of their lists, who calls for them, what is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from campaigns.lists.models import ContactList
from campaigns.planning.models import Campaign, Column, Engaged
from tenants.firms.models import Engagement


@dataclass(frozen=True, slots=True)
class Purpose:
    """One campaign as a purpose of processing. `columns` are (name, role, who may see it); `lists` those not destroyed."""

    campaign: Campaign
    columns: tuple[tuple[str, str, int], ...]
    outsourcers: tuple[str, ...]
    lists: int
    destroyed: int


def list_purposes(firm_id: UUID) -> list[Purpose]:
    """Return the firm's campaigns, by name, with what their lists hold and who calls for them."""
    campaigns = list(Campaign.objects.filter(firm_id=firm_id).order_by("name"))
    columns: dict[UUID, list[tuple[str, str, int]]] = {}
    for column in Column.objects.filter(firm_id=firm_id).order_by("campaign_id", "position"):
        columns.setdefault(column.campaign_id, []).append((column.label, column.role, column.visible))
    callers = _outsourcers(firm_id)
    gone = Q(state=ContactList.State.DESTROYED)
    lists = {
        row["campaign_id"]: (row["kept"], row["destroyed"])
        for row in ContactList.objects.filter(firm_id=firm_id)
        .values("campaign_id")
        .annotate(kept=Count("id", filter=~gone), destroyed=Count("id", filter=gone))
        .order_by()
    }
    return [
        Purpose(
            campaign,
            tuple(columns.get(campaign.id, ())),
            tuple(sorted(callers.get(campaign.id, ()))),
            *lists.get(campaign.id, (0, 0)),
        )
        for campaign in campaigns
    ]


def list_processors(firm_id: UUID) -> list[tuple[Engagement, list[str]]]:
    """Return every engagement with the campaigns it was put to work on."""
    found: dict[UUID, list[str]] = {}
    rows = Engaged.objects.filter(firm_id=firm_id).order_by("campaign__name")
    for engagement_id, name in rows.values_list("engagement_id", "campaign__name"):
        found.setdefault(engagement_id, []).append(name)
    engagements: Iterable[Engagement] = (
        Engagement.objects.filter(firm_id=firm_id)
        .select_related("outsourcer")
        .order_by("outsourcer__name", "starts_on")
    )
    return [(engagement, found.get(engagement.id, [])) for engagement in engagements]


def _outsourcers(firm_id: UUID) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    rows = Engaged.objects.filter(firm_id=firm_id).values_list("campaign_id", "engagement__outsourcer__name")
    for campaign_id, name in rows:
        found.setdefault(campaign_id, set()).add(name)
    return found
