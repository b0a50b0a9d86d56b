"""The firm's rules for its evidence, its incidents and its signed reviews. What was written is only added to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Rules(models.Model):
    """What a firm set for its evidence; a firm without a row has the defaults.

    Invariants: entries are kept 24 months at least, whatever is set here; the clock runs from the discovery.
    """

    firm_id = models.UUIDField(primary_key=True)
    incident_clock_h = models.PositiveIntegerField(default=72)
    keep_months = models.PositiveIntegerField(default=24)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(incident_clock_h__gte=1, incident_clock_h__lte=720),
                name="tenants_rules_clock",
            ),
            models.CheckConstraint(
                condition=models.Q(keep_months__gte=24, keep_months__lte=600), name="tenants_rules_keep"
            ),
        ]


class Incident(models.Model):
    """The head of one incident, written once. Its state follows from what was added.

    Invariants: numbered from 1 in each firm without gaps; `due_at` is the discovery plus the clock of that time.
    `cause` and `subject_id` name the alarm that opened it, and are empty for one opened by hand.
    """

    class Kind(models.TextChoices):
        """What kind of thing happened."""

        ACCESS = "access", _("Unusual access")
        DISCLOSURE = "disclosure", _("Data given to the wrong person")
        LOSS = "loss", _("Data lost or not reachable")
        TAMPERING = "tampering", _("Evidence changed or missing")
        DEVICE = "device", _("Device or account stolen")
        OTHER = "other", _("Something else")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=120)
    cause = models.CharField(max_length=40, default="")
    subject_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField(null=True)
    discovered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    opened_by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm_id", "number"], name="tenants_incident_number")]


class IncidentEntry(models.Model):
    """Something added to an incident; never changed. `digest` is the SHA-256 of `text`, which the ledger holds too."""

    class Kind(models.TextChoices):
        """What was added."""

        NOTE = "note", _("Note")
        EFFECTS = "effects", _("Effects")
        MEASURES = "measures", _("Measures")
        AUTHORITY = "authority", _("The authority was told")
        PERSONS = "persons", _("The people concerned were told")
        REMINDER = "reminder", _("Reminder")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Opened again")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    incident_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    digest = models.BinaryField()
    told_at = models.DateTimeField(null=True)
    added_by = models.UUIDField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["firm_id", "incident_id", "added_at"], name="tenants_incidententry_added")
        ]


class Review(models.Model):
    """A signed review of one month's access; never changed. `digest` is the SHA-256 of the CSV that was reviewed."""

    class Verdict(models.TextChoices):
        """What the reviewer found."""

        CLEAN = "clean", _("Nothing unusual")
        FINDINGS = "findings", _("With findings")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    month = models.DateField()
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    remark = models.TextField(default="")
    digest = models.BinaryField()
    size = models.BigIntegerField()
    signed_by = models.UUIDField()
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["firm_id", "-month"], name="tenants_review_month")]
