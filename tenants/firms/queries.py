"""Reads of a firm's engagements. An outsourcer that the firm does not engage is never seen here."""

from uuid import UUID

from tenants.firms.models import Engagement
from tenants.identity.actor import Actor


def list_engagements(*, actor: Actor) -> list[Engagement]:
    """List the firm's engagements with their outsourcers: the open ones by name, then those that ended."""
    found = (
        Engagement.objects.filter(firm_id=actor.own_firm_id)
        .select_related("outsourcer")
        .order_by("outsourcer__name", "-starts_on")
    )
    return sorted(found, key=lambda engagement: engagement.state == Engagement.State.ENDED)


def find_engagement(*, actor: Actor, engagement_id: UUID) -> Engagement | None:
    """Find one engagement of the firm; another firm's is not found."""
    return (
        Engagement.objects.filter(firm_id=actor.own_firm_id, pk=engagement_id)
        .select_related("outsourcer")
        .first()
    )


def count_campaigns(*, actor: Actor, engagement_id: UUID) -> int:
    """Count the campaigns the engagement works on."""
    return (
        Engagement.objects.filter(firm_id=actor.own_firm_id, pk=engagement_id, engaged__isnull=False)
        .values("engaged__campaign_id")
        .distinct()
        .count()
    )
