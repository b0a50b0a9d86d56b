"""People and what proves who they are. Credentials and sessions are tables no login reads: only functions do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.db.ids import new_id
from tenants.firms.models import Firm, Outsourcer


class Role(models.TextChoices):
    """What a person is. A role belongs to one kind of house: firm or outsourcer."""

    MANAGER = "manager", _("Manager")
    AUDITOR = "auditor", _("Auditor")
    DATA_OFFICER = "data_officer", _("Data officer")
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")


FIRM_ROLES = (Role.MANAGER, Role.AUDITOR, Role.DATA_OFFICER)
OUTSOURCER_ROLES = (Role.AGENT, Role.SUPERVISOR)


class Person(models.Model):
    """A member of staff of one firm or one outsourcer.

    Invariants: exactly one of firm and outsourcer; the role fits; people are disabled, never deleted.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        DISABLED = "disabled", _("Disabled")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, null=True, related_name="people")
    outsourcer = models.ForeignKey(Outsourcer, on_delete=models.PROTECT, null=True, related_name="people")
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=Role.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.INVITED)
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "email"], name="tenants_person_firm_email"),
            models.UniqueConstraint(fields=["outsourcer", "email"], name="tenants_person_outsourcer_email"),
            models.CheckConstraint(
                condition=models.Q(firm__isnull=False, outsourcer__isnull=True, role__in=FIRM_ROLES)
                | models.Q(firm__isnull=True, outsourcer__isnull=False, role__in=OUTSOURCER_ROLES),
                name="tenants_person_one_house",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="tenants_person_email")]

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """Password verifier (SHA-256 of the Argon2id output) and sealed TOTP secret. No login has a grant here."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True)
    verifier = models.BinaryField(null=True)
    totp_sealed = models.BinaryField(null=True)
    totp_last_step = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now_add=True)


class RecoveryCode(models.Model):
    """A one-time code in place of the second factor, kept as its hash."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    code_hash = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "code_hash"], name="tenants_recovery_code_once")
        ]


class Invitation(models.Model):
    """A one-time link for a person to set password and second factor. The token is kept as its hash."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    token_hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Session(models.Model):
    """A browser's session on one surface, found by the hash of its key.

    Invariants: stage 0 anonymous, 1 password given, 2 second factor given; only the sign-in functions raise it.
    """

    token_hash = models.BinaryField(primary_key=True)
    ref = models.CharField(max_length=8)
    surface = models.CharField(max_length=8)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    stage = models.SmallIntegerField(default=0)
    data = models.TextField(default="")
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=120, default="")
    stepped_up_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person"], name="tenants_session_person")]


class ApiToken(models.Model):
    """A token of the firm's API: scopes, expiry, shown once and kept as its hash."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    token_hash = models.BinaryField(unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class WorkToken(models.Model):
    """The worker's leave to act in one firm for one job, on behalf of the person who asked for it."""

    token_hash = models.BinaryField(primary_key=True)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    purpose = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
