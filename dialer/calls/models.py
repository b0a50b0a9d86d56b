"""Dials and what happened to them. Only the gateway's functions write a call event."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Attempt(models.Model):
    """One dial of one contact. The dial token is kept as its hash and is worth one call within 60 s."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        DIALLING = "dialling", _("Dialling")
        RINGING = "ringing", _("Ringing")
        TALKING = "talking", _("Talking")
        HELD = "held", _("On hold")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    campaign_id = models.UUIDField()
    contact_id = models.UUIDField()
    lease_id = models.UUIDField()
    agent_id = models.UUIDField()
    outsourcer_id = models.UUIDField()
    session_hash = models.BinaryField()
    number_position = models.SmallIntegerField()
    token_hash = models.BinaryField(unique=True)
    token_expires_at = models.DateTimeField()
    token_used_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    result = models.CharField(max_length=12, default="", blank=True)
    hangup_cause = models.SmallIntegerField(null=True)
    muted = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    dialled_at = models.DateTimeField(null=True)
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lease_id"],
                condition=~models.Q(state="ended"),
                name="dialer_attempt_one_live_per_lease",
            )
        ]
        indexes = [
            models.Index(fields=["firm_id", "campaign_id", "requested_at"], name="dialer_attempt_campaign"),
            models.Index(fields=["lease_id"], name="dialer_attempt_lease"),
            models.Index(fields=["agent_id", "requested_at"], name="dialer_attempt_agent"),
        ]


class CallEvent(models.Model):
    """What the exchange said of a call, insert-only, written by the gateway's functions."""

    id = models.BigAutoField(primary_key=True)
    firm_id = models.UUIDField()
    attempt_id = models.UUIDField()
    at = models.DateTimeField()
    event = models.CharField(max_length=24)
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    hangup_cause = models.SmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["attempt_id"], name="dialer_call_event_attempt")]


class CallCommand(models.Model):
    """What an agent asks of a running call: hang up, hold, unhold, mute, unmute. Done once by the gateway."""

    id = models.BigAutoField(primary_key=True)
    firm_id = models.UUIDField()
    attempt_id = models.UUIDField()
    verb = models.CharField(max_length=10)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(done_at=None), name="dialer_command_open")]
