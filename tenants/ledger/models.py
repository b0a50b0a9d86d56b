"""The record of access: one insert-only table. Nothing updates or deletes it; no login but the functions inserts."""

from django.db import models

from tenants.db.ids import new_id


class Entry(models.Model):
    """One act or one refused attempt, written in the transaction of the act it tells of.

    Invariants: names its subjects by kind and id; never holds a number, a name or free text about the called
    person; `details` holds codes and counts only. `xid` is the writing transaction (a later tree is built by it).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    at = models.DateTimeField()
    event = models.CharField(max_length=48)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    outsourcer_id = models.UUIDField(null=True)
    campaign_id = models.UUIDField(null=True)
    contact_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=24, default="")
    subject_id = models.UUIDField(null=True)
    allowed = models.BooleanField(default=True)
    reason = models.CharField(max_length=40, default="")
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=120, default="")
    session_ref = models.CharField(max_length=8, default="")
    process = models.CharField(max_length=12)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["firm_id", "-at"], name="tenants_entry_at"),
            models.Index(fields=["firm_id", "actor_id", "-at"], name="tenants_entry_actor"),
            models.Index(fields=["firm_id", "contact_id", "-at"], name="tenants_entry_contact"),
            models.Index(fields=["firm_id", "campaign_id", "-at"], name="tenants_entry_campaign"),
            models.Index(
                fields=["firm_id", "-at"], condition=models.Q(allowed=False), name="tenants_entry_denied"
            ),
        ]
