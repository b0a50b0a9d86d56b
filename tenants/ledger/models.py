"""The record of access and the tree over it: insert-only tables. No login inserts by itself; nothing updates."""

from django.db import models

from tenants.db.ids import new_id


class Entry(models.Model):
    """One act or one refused attempt, written in the transaction of the act it tells of.

    Invariants: names its subjects by kind and id; never holds a number, a name or free text about the called
    person; `details` holds codes and counts only. `xid` is the writing transaction, by which entries are put in order.
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


class Position(models.Model):
    """The place of an entry in its firm's log.

    Invariants: gapless from 0 in each firm; never changes. It stays when its entry was let go after its time.
    """

    pk = models.CompositePrimaryKey("firm_id", "position")
    firm_id = models.UUIDField()
    position = models.BigIntegerField()
    entry_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm_id", "entry_id"], name="tenants_position_entry")]


class Tile(models.Model):
    """256 hashes side by side: of level 0 those of entries, of level L the roots of 256 tiles of level L - 1.

    Invariants: written when full, never before; `root` is the root of the 256 hashes. Source: C2SP tlog-tiles.
    """

    pk = models.CompositePrimaryKey("firm_id", "level", "index")
    firm_id = models.UUIDField()
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()


class Checkpoint(models.Model):
    """What the signer said of a log at one size: a signed note (C2SP tlog-checkpoint).

    Invariants: one for a size; each extends the one before. All can be checked against the tree.
    """

    pk = models.CompositePrimaryKey("firm_id", "size")
    firm_id = models.UUIDField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()


class LogKey(models.Model):
    """A key that signs a firm's checkpoints. `entry_id` is the entry that made it known; `vkey` is its public form."""

    pk = models.CompositePrimaryKey("firm_id", "version")
    firm_id = models.UUIDField()
    version = models.IntegerField()
    vkey = models.TextField()
    entry_id = models.UUIDField()
    added_at = models.DateTimeField()


class Witness(models.Model):
    """Somebody of the firm's choice who checks that the log only grows, and countersigns its checkpoints.

    Invariants: `vkey` never changes; one that is retired stays, for what it signed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    name = models.CharField(max_length=80)
    vkey = models.TextField()
    due_h = models.PositiveIntegerField(default=24)
    added_by = models.UUIDField()
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm_id", "vkey"], name="tenants_witness_vkey")]


class Cosignature(models.Model):
    """One countersignature of a checkpoint, as the witness sent it and as it was verified when it came."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm_id = models.UUIDField()
    witness_id = models.UUIDField()
    size = models.BigIntegerField()
    line = models.TextField()
    signed_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["firm_id", "witness_id", "-size"], name="tenants_cosignature_size")]
