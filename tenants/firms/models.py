"""Firms, outsourcers and the engagements between them. An outsourcer is never seen by a firm it does not serve."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Firm(models.Model):
    """A commissioning firm: it owns lists, campaigns and evidence.

    Invariants: the handle never changes; a firm is never deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    handle = models.SlugField(max_length=40, unique=True)
    country = models.CharField(max_length=2, default="GB")
    time_zone = models.CharField(max_length=60, default="Europe/London")
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Outsourcer(models.Model):
    """An agency whose people call for firms. A firm reads only those it engages."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    handle = models.SlugField(max_length=40, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Engagement(models.Model):
    """A firm's engagement of an outsourcer: dates, caps and the networks its agents may come from.

    Invariants: one engagement of a firm and an outsourcer that has not ended; caps are enforced in SQL at the claim.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="engagements")
    outsourcer = models.ForeignKey(Outsourcer, on_delete=models.PROTECT, related_name="engagements")
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    state_reason = models.CharField(max_length=200, blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField()
    cap_agent_hour = models.PositiveIntegerField(default=60)
    cap_agent_day = models.PositiveIntegerField(default=300)
    cap_day = models.PositiveIntegerField(default=5000)
    skip_budget_day = models.PositiveIntegerField(default=5)
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "outsourcer"],
                condition=~models.Q(state="ended"),
                name="tenants_engagement_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="tenants_engagement_dates"
            ),
        ]
