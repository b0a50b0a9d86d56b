"""Reads of campaigns and plans for pages and API. Never a contact, never another firm's row."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from campaigns.planning.hours import WeekHours, Window
from campaigns.planning.models import Campaign, Engaged
from campaigns.planning.plan import ColumnRule, Outcome, Plan
from tenants.db.functions import call
from tenants.firms.models import Engagement


def find_campaign(*, firm_id: UUID, campaign_id: UUID) -> Campaign | None:
    """Return a campaign of the firm, None when it is not theirs or not there."""
    return Campaign.objects.filter(firm_id=firm_id, id=campaign_id).first()


def list_campaigns(*, firm_id: UUID) -> QuerySet[Campaign]:
    """Return the firm's campaigns, newest first."""
    return Campaign.objects.filter(firm_id=firm_id).order_by("-created_at")


def load_plan(campaign: Campaign) -> Plan:
    """Return the campaign's whole plan."""
    firm = Q(firm_id=campaign.firm_id)
    return Plan(
        max_attempts=campaign.max_attempts,
        min_ring_s=campaign.min_ring_s,
        max_ring_s=campaign.max_ring_s,
        preview_s=campaign.preview_s,
        wrap_up_s=campaign.wrap_up_s,
        verify_needed=campaign.verify_needed,
        hours=tuple(
            Window(row.weekday, row.opens, row.closes)
            for row in campaign.hours.filter(firm).order_by("weekday", "opens")
        ),
        closed_days=tuple(campaign.closed_days.filter(firm).order_by("day").values_list("day", "name")),
        outcomes=tuple(
            Outcome(row.id, row.label, row.kind, row.retry_s)
            for row in campaign.dispositions.filter(firm, archived=False)
        ),
        retries=tuple(campaign.retry_rules.filter(firm).order_by("id").values_list("result", "retry_s")),
        columns=tuple(
            ColumnRule(row.name, row.label, row.visible, row.question)
            for row in campaign.columns.filter(firm)
        ),
        script=campaign.script,
    )


def week_hours(plan: Plan) -> WeekHours:
    """Return the plan's hours in the form the pure rules read."""
    return WeekHours(plan.hours, frozenset(day for day, _ in plan.closed_days))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a campaign's people stand. Every person of `total` is in one of the six counts after it."""

    total: int = 0
    to_call: int = 0
    in_hand: int = 0
    waiting: int = 0
    reached: int = 0
    not_reached: int = 0
    closed: int = 0
    calls_today: int = 0
    reached_today: int = 0
    abandoned: int = 0

    @property
    def finished(self) -> int:
        """People nobody calls again."""
        return self.reached + self.not_reached + self.closed

    @property
    def reached_today_pct(self) -> int | None:
        """Reached of today's calls, in whole per cent; None before the first call."""
        return round(100 * self.reached_today / self.calls_today) if self.calls_today else None


def count_progress(campaign_id: UUID) -> Progress:
    """Return the campaign's figures; zeros when it is not the caller's firm's."""
    found: dict[str, Any] = call("dialer_count_progress_v1", campaign_id) or {}
    return Progress(**{name: int(found.get(name) or 0) for name in Progress.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class AtWork:
    """An outsourcer engaged on a campaign, and what it used of its cap today."""

    engagement: Engagement
    records_today: int
    agents_on: int

    @property
    def near_cap(self) -> bool:
        """True from nine tenths of the day's cap on."""
        return self.records_today * 10 >= self.engagement.cap_day * 9


def list_engaged(campaign: Campaign) -> list[AtWork]:
    """Return the outsourcers engaged on a campaign by name."""
    rows = (
        Engaged.objects.filter(firm_id=campaign.firm_id, campaign_id=campaign.id)
        .select_related("engagement__outsourcer")
        .order_by("engagement__outsourcer__name")
    )
    counts = call("dialer_count_engagements_v1") or {}
    nothing = {"records_today": 0, "agents_on": 0}
    return [
        AtWork(row.engagement, int(found["records_today"]), int(found["agents_on"]))
        for row in rows
        for found in [counts.get(str(row.engagement_id), nothing)]
    ]


def list_engageable(campaign: Campaign) -> list[Engagement]:
    """Return the firm's open engagements that are not yet on the campaign."""
    return list(
        Engagement.objects.filter(firm_id=campaign.firm_id)
        .exclude(state=Engagement.State.ENDED)
        .exclude(engaged__campaign_id=campaign.id)
        .select_related("outsourcer")
        .order_by("outsourcer__name")
    )


def list_zones(campaign_id: UUID) -> list[tuple[str, int]]:
    """Return the zone keys of people still to be called, with how many, most people first."""
    found = call("dialer_count_zones_v1", campaign_id) or []
    return sorted(((row["zone"], int(row["people"])) for row in found), key=lambda pair: -pair[1])
