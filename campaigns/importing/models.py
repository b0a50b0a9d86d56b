"""An import as it runs, and the rows it turned away. Never holds a cell of the file."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


def empty_array() -> list[str]:
    """Return the default of an array column; `list` itself is shadowed by the field of that name."""
    return []


class ImportBatch(models.Model):
    """One file on its way into a list.

    Invariant once finished: rows_in = stored + duplicate + suppressed + rejected (a database check).
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Importing")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.PROTECT, related_name="imports")
    list = models.ForeignKey("campaigns.ContactList", on_delete=models.PROTECT, null=True)
    created_by = models.UUIDField(null=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=8, default="csv")
    encoding = models.CharField(max_length=40, default="")
    delimiter = models.CharField(max_length=4, default="")
    has_header = models.BooleanField(default=True)
    file_columns = ArrayField(models.CharField(max_length=120), default=empty_array)
    mapping = models.JSONField(default=dict)
    region = models.CharField(max_length=2, default="GB")
    possible_numbers = models.CharField(max_length=8, default="reject")
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    failure = models.CharField(max_length=40, blank=True, default="")
    size_bytes = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    rows_in = models.IntegerField(default=0)
    stored = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    suppressed = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    blank = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="finished")
                | models.Q(
                    rows_in=models.F("stored")
                    + models.F("duplicate")
                    + models.F("suppressed")
                    + models.F("rejected")
                ),
                name="campaigns_import_adds_up",
            )
        ]


class Reject(models.Model):
    """A row that was not stored: its line, what became of it and why. The cell itself is not kept."""

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rejects")
    line_no = models.IntegerField()
    fate = models.CharField(max_length=12)
    reason = models.CharField(max_length=40)
    column = models.CharField(max_length=120, blank=True, default="")
