"""Where a contact is on its way to an agent: queue, waiting, hopper, lease. Moved by SQL functions alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Queue(models.Model):
    """A contact that may be called now, hours permitting. Rank is priority, attempts and age in one bigint, lowest first."""

    contact_id = models.UUIDField(primary_key=True)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    zone = models.CharField(max_length=400)
    rank = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["campaign_id", "zone", "rank"], name="dialer_queue_order")]


class Waiting(models.Model):
    """A contact that is due later: a retry, or a callback of one agent (agent_id) or of any."""

    contact_id = models.UUIDField(primary_key=True)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    zone = models.CharField(max_length=400)
    kind = models.CharField(max_length=10)
    agent_id = models.UUIDField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="dialer_waiting_due"),
            models.Index(
                fields=["agent_id", "due_at"],
                condition=models.Q(agent_id__isnull=False),
                name="dialer_waiting_own",
            ),
            models.Index(
                fields=["campaign_id", "due_at"],
                condition=models.Q(kind="callback"),
                name="dialer_waiting_callback",
            ),
        ]


class Hopper(models.Model):
    """The few contacts next to be handed out. Nothing below the campaign's lower bound is looked at."""

    position = models.BigIntegerField(primary_key=True)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    contact_id = models.UUIDField(unique=True)
    zone = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["campaign_id", "position"], name="dialer_hopper_order")]


class Lease(models.Model):
    """One contact handed to one agent.

    Invariants: one open lease per agent and per contact; `matched` is a bit mask of list columns whose answer matched;
    `grant_xid` is the transaction that last granted a stage,
    and what is granted is shown only by a later one. Ordinals count leases of the agent and of the engagement.
    """

    class Closed(models.TextChoices):
        OUTCOME = "outcome", _("Outcome recorded")
        SKIPPED = "skipped", _("Skipped")
        LAPSED = "lapsed", _("Given back when the agent was gone")
        STOPPED = "stopped", _("Stopped by the firm")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    engagement_id = models.UUIDField()
    outsourcer_id = models.UUIDField()
    contact_id = models.UUIDField()
    list_id = models.UUIDField()
    agent_id = models.UUIDField()
    session_hash = models.BinaryField()
    stage = models.SmallIntegerField(default=0)
    tries = models.SmallIntegerField(default=0)
    matched = models.BigIntegerField(default=0)
    agent_ordinal = models.BigIntegerField()
    engagement_ordinal = models.BigIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_how = models.CharField(max_length=10, choices=Closed.choices, default="", blank=True)
    reason = models.CharField(max_length=40, default="", blank=True)
    disposition_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent_id"], condition=models.Q(closed_at=None), name="dialer_lease_one_per_agent"
            ),
            models.UniqueConstraint(
                fields=["contact_id"], condition=models.Q(closed_at=None), name="dialer_lease_one_per_contact"
            ),
        ]
        indexes = [
            models.Index(fields=["agent_id", "-opened_at"], name="dialer_lease_agent"),
            models.Index(fields=["engagement_id", "-opened_at"], name="dialer_lease_engagement"),
            models.Index(fields=["firm_id", "campaign_id", "opened_at"], name="dialer_lease_campaign"),
            models.Index(
                fields=["agent_id", "closed_at"],
                condition=models.Q(closed_how__in=["skipped", "lapsed"]),
                name="dialer_lease_skips",
            ),
        ]


class ContactStanding(models.Model):
    """What has become of a contact so far. A contact without a row has not been handed out yet."""

    contact_id = models.UUIDField(primary_key=True)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    state = models.CharField(max_length=12)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=12, default="")
    closed_positions = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["firm_id", "campaign_id", "state"], name="dialer_standing_state")]


class Desk(models.Model):
    """An agent's place: state, since when, for which campaign. One row an agent; states as in the console's brief."""

    agent_id = models.UUIDField(primary_key=True)
    outsourcer_id = models.UUIDField()
    firm_id = models.UUIDField(null=True)
    campaign_id = models.UUIDField(null=True)
    engagement_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, default="paused")
    reason = models.CharField(max_length=40, default="", blank=True)
    since = models.DateTimeField()
    pause_after = models.CharField(max_length=40, default="", blank=True)
    extra_s = models.IntegerField(default=0)
    lease_id = models.UUIDField(null=True)
    attempt_id = models.UUIDField(null=True)
    session_hash = models.BinaryField(null=True)
    seen_at = models.DateTimeField()


class DeskEvent(models.Model):
    """Every change of an agent's state, insert-only, for times and totals."""

    id = models.BigAutoField(primary_key=True)
    agent_id = models.UUIDField()
    outsourcer_id = models.UUIDField()
    firm_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, default="")

    class Meta:
        indexes = [models.Index(fields=["agent_id", "at"], name="dialer_desk_event_agent")]


class Note(models.Model):
    """What an agent wrote for the firm about a call, sealed to the firm's key."""

    lease_id = models.UUIDField(primary_key=True)
    firm_id = models.UUIDField()
    contact_id = models.UUIDField()
    key_version = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
