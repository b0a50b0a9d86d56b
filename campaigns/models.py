"""Every table of the campaigns app, gathered from its slices for Django to find."""

from campaigns.exporting.models import Export, ExportKey
from campaigns.importing.models import ImportBatch, Reject
from campaigns.lists.models import Contact, ContactList, ContactNumber, ListKey
from campaigns.planning.models import (
    Campaign,
    ClosedDay,
    Column,
    Disposition,
    Engaged,
    OpenHours,
    RetryRule,
)
from campaigns.suppression.models import Suppression

__all__ = [
    "Campaign",
    "ClosedDay",
    "Column",
    "Contact",
    "ContactList",
    "ContactNumber",
    "Disposition",
    "Engaged",
    "Export",
    "ExportKey",
    "ImportBatch",
    "ListKey",
    "OpenHours",
    "Reject",
    "RetryRule",
    "Suppression",
]
