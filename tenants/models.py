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
from tenants.ledger.models import Checkpoint, Cosignature, Entry, LogKey, Position, Tile, Witness
from tenants.oversight.models import Incident, IncidentEntry, Review, Rules

__all__ = [
    "ApiToken",
    "Checkpoint",
    "Cosignature",
    "Credential",
    "Engagement",
    "Entry",
    "Firm",
    "Incident",
    "IncidentEntry",
    "Invitation",
    "LogKey",
    "Outsourcer",
    "Person",
    "Position",
    "RecoveryCode",
    "Review",
    "Rules",
    "Session",
    "Tile",
    "Witness",
    "WorkToken",
]
