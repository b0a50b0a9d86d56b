"""Contact lists and their sealed contacts. Every personal field here is ciphertext; no key lies in the database."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id


def empty_array() -> list[bytes]:
    """Return the default of an array column; `list` itself is shadowed by the fields of that name."""
    return []


class ContactList(models.Model):
    """One imported list. `columns` names the entries of each contact's `fields`, in order."""

    class State(models.TextChoices):
        IMPORTING = "importing", _("Importing")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        DESTROYED = "destroyed", _("Destroyed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.PROTECT, related_name="lists")
    name = models.CharField(max_length=160)
    state = models.CharField(max_length=12, choices=State.choices, default=State.IMPORTING)
    columns = ArrayField(models.CharField(max_length=120), default=list)
    key_version = models.PositiveSmallIntegerField(default=1)
    queued_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ListKey(models.Model):
    """A list's data key, sealed to one recipient. Deleting a list's rows here destroys the list, backups aside.

    Purposes: number (recipient gateway), fields and answers (recipient agent).
    """

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT)
    list = models.ForeignKey(ContactList, on_delete=models.PROTECT, related_name="keys")
    purpose = models.CharField(max_length=8)
    recipient = models.CharField(max_length=8)
    recipient_version = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "list", "purpose", "recipient"], name="campaigns_list_key_once"
            )
        ]


class Contact(models.Model):
    """One person of a list. `fields[i]` is sealed for `list.columns[i]`; `digests[i]` compares a spoken answer.

    `zone` is the sorted zones of all its numbers joined by '+': it may be called only while all are open. Firm, list and
    campaign carry no foreign key here and in ContactNumber: row-level security and the import hold them, and the checks
    would cost a fifth of its rate.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    list = models.ForeignKey(
        ContactList, on_delete=models.PROTECT, related_name="contacts", db_constraint=False
    )
    line_no = models.IntegerField()
    zone = models.CharField(max_length=400)
    region = models.CharField(max_length=3, default="")
    fields = ArrayField(models.BinaryField(null=True))
    digests = ArrayField(models.BinaryField(null=True), default=empty_array)


class ContactNumber(models.Model):
    """A contact's number: its keyed index and its ciphertext. One number once in a campaign."""

    id = models.BigAutoField(primary_key=True)
    firm = models.ForeignKey("tenants.Firm", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    campaign = models.ForeignKey(
        "campaigns.Campaign", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="numbers")
    position = models.PositiveSmallIntegerField()
    number_index = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "campaign", "number_index"], name="campaigns_number_once")
        ]
