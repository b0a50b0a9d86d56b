"""An export on its way and the keys re-sealed for it. Holds ciphertext, counts and a firm's own words; no contact."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Export(models.Model):
    """A firm's request to take one list out, sealed to a key it gave. Written by functions of the database alone.

    Invariants: whoever approved it did not ask for it; list, contents, key and reason never change.
    `what` holds `numbers`, `fields` or both; `public_key` is X25519, 32 bytes; sizes in bytes.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waits for approval")
        APPROVED = "approved", _("Sealing the keys")
        SEALED = "sealed", _("Waiting for the worker")
        MAKING = "making", _("Writing the file")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Taken back")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    list = models.ForeignKey("campaigns.ContactList", on_delete=models.PROTECT, related_name="exports")
    what = ArrayField(models.CharField(max_length=8))
    reason = models.CharField(max_length=300)
    public_key = models.BinaryField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    requested_by = models.UUIDField()
    requested_at = models.DateTimeField()
    rows = models.IntegerField()
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    made_rows = models.IntegerField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    digest = models.BinaryField(null=True)
    downloads = models.IntegerField(default=0)
    ended_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, default="")
    failure = models.CharField(max_length=40, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "id"], name="campaigns_export_of_firm"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("requested_by")),
                name="campaigns_export_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "-requested_at"], name="campaigns_export_newest"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["requested", "approved", "sealed", "making", "ready"]),
                name="campaigns_export_open",
            ),
        ]


class ExportKey(models.Model):
    """One key of a list on its way to the firm: the warrant for its holder, then the key re-sealed. Gone once the file is made.

    `purpose` is `number` (holder gateway) or `fields` (holder agent). The versions name the key pairs of the warrant.
    """

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="keys")
    purpose = models.CharField(max_length=8)
    holder = models.CharField(max_length=8)
    holder_version = models.PositiveSmallIntegerField()
    firm_version = models.PositiveSmallIntegerField()
    warrant = models.BinaryField()
    sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "export", "purpose"], name="campaigns_export_key_once")
        ]
