"""Campaigns and their plan: hours at the called person, attempts, dispositions, script, and who sees which column."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Campaign(models.Model):
    """One calling campaign of a firm. Invariants: only a running campaign dispenses; a plan change raises plan_version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    state_reason = models.CharField(max_length=200, blank=True, default="")
    default_region = models.CharField(max_length=2, default="GB")
    max_attempts = models.PositiveSmallIntegerField(default=5)
    min_ring_s = models.PositiveSmallIntegerField(default=15)
    max_ring_s = models.PositiveSmallIntegerField(default=30)
    preview_s = models.PositiveSmallIntegerField(default=60)
    wrap_up_s = models.PositiveSmallIntegerField(default=60)
    verify_needed = models.PositiveSmallIntegerField(default=2)
    script = models.JSONField(default=dict)
    plan_version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "name"], name="campaigns_campaign_name"),
            models.CheckConstraint(
                condition=models.Q(max_ring_s__gte=models.F("min_ring_s")), name="campaigns_campaign_ring"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Engaged(models.Model):
    """An engagement put to work on a campaign of the same firm."""

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="engaged")
    engagement = models.ForeignKey("tenants.Engagement", on_delete=models.PROTECT, related_name="engaged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "engagement"], name="campaigns_engaged_once")
        ]


class OpenHours(models.Model):
    """One stretch of a weekday (1 Monday to 7 Sunday) in which people may be called, in their own local time."""

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "campaign", "weekday", "opens"], name="campaigns_hours_once"
            ),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")), name="campaigns_hours_order"
            ),
        ]


class ClosedDay(models.Model):
    """A local date on which nobody of this campaign is called, such as a public holiday."""

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="closed_days")
    day = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "day"], name="campaigns_closed_day_once")
        ]


class Disposition(models.Model):
    """An outcome an agent may record. Kind says what it does to the contact.

    Kinds: reached (finished, a conversation took place), refused (finished), wrong (that number is closed),
    callback (due at a time), again (retry after retry_s), objection (finished; every number suppressed firm-wide).
    """

    class Kind(models.TextChoices):
        REACHED = "reached", _("Reached")
        REFUSED = "refused", _("Not interested")
        WRONG = "wrong", _("Wrong person")
        CALLBACK = "callback", _("Call back")
        AGAIN = "again", _("Try again")
        OBJECTION = "objection", _("Do not call again")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="dispositions")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    retry_s = models.PositiveIntegerField(default=14400)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "label"], name="campaigns_disposition_label")
        ]


class RetryRule(models.Model):
    """After which time a contact is tried again when the network ended the call this way; null means never."""

    class Result(models.TextChoices):
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", _("Busy")
        MACHINE = "machine", _("Answering machine")
        UNREACHABLE = "unreachable", _("Not reachable")
        INVALID = "invalid", _("Number not in use")
        DROPPED = "dropped", _("Cut off")
        FAILED = "failed", _("Exchange failed")

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="retry_rules")
    result = models.CharField(max_length=12, choices=Result.choices)
    retry_s = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "result"], name="campaigns_retry_once")
        ]


class Column(models.Model):
    """A column of the campaign's lists and when an agent may see it. A column nobody decided on is never shown.

    `question` turns the column into a verification question; its answer is then compared, never shown before.
    """

    class Visible(models.IntegerChoices):
        BEFORE = 0, _("Before the call")
        ANSWERED = 1, _("After answer")
        VERIFIED = 2, _("After verification")
        NEVER = 9, _("Never")

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="columns")
    name = models.CharField(max_length=120)
    label = models.CharField(max_length=120)
    role = models.CharField(max_length=16, default="other")
    position = models.PositiveSmallIntegerField()
    visible = models.PositiveSmallIntegerField(choices=Visible.choices, default=Visible.NEVER)
    question = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "name"], name="campaigns_column_name")
        ]
