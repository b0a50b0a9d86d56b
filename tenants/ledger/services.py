"""Appends entries to the record of access. Who acts is resolved in SQL from the transaction's token, not from here."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.ledger.events import Event


def append_entry(
    *,
    actor: Actor,
    event: Event,
    subject_kind: str = "",
    subject_id: UUID | None = None,
    campaign_id: UUID | None = None,
    contact_id: UUID | None = None,
    allowed: bool = True,
    reason: str = "",
    details: Mapping[str, int | str | bool | None] | None = None,
) -> None:
    """Append one entry in the running firm transaction.

    `reason` and `details` hold codes and counts, never words about the called person. The actor is taken from the
    transaction's token by the database; `actor` lends address and device alone, and proves the caller has one.

    Raises: DatabaseError when no token is bound or the event is not on the closed list; nothing is then done.
    """
    call(
        "tenants_append_entry_v1",
        str(event),
        subject_kind,
        subject_id,
        campaign_id,
        contact_id,
        allowed,
        reason,
        json.dumps(dict(details or {})),
        actor.address,
        actor.device,
        settings.KEYHOLE_PROCESS,
    )
