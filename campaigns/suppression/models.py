"""Numbers nobody may call: by keyed index, firm-wide or for one campaign, with an end or without."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


class Suppression(models.Model):
    """One suppressed number. Campaign null means the whole firm; expires_at null means for good."""

    class Source(models.TextChoices):
        OBJECTION = "objection", _("Objection")
        FILE = "file", _("Do-not-call file")
        MANUAL = "manual", _("Entered by hand")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT, db_index=False)
    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.PROTECT, null=True)
    number_index = models.BinaryField()
    source = models.CharField(max_length=12, choices=Source.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "number_index", "campaign"],
                nulls_distinct=False,
                name="campaigns_suppression_once",
            )
        ]
