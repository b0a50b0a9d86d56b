"""Every table of the tenants app, gathered from its slices for Django to find."""

from tenants.firms.models import Engagement, Firm, Outsourcer
from tenants.identity.models import (
    ApiToken,
    Credential,
    Invitation,
    Person,
    RecoveryCode,
    Session,
    WorkToken,
)
from tenants.ledger.models import Entry

__all__ = [
    "ApiToken",
    "Credential",
    "Engagement",
    "Entry",
    "Firm",
    "Invitation",
    "Outsourcer",
    "Person",
    "RecoveryCode",
    "Session",
    "WorkToken",
]
