"""Entries of the worker about an import. The worker is no person: its token names who asked for the work."""

import json

from campaigns.importing.models import ImportBatch
from tenants.db.functions import call
from tenants.ledger.events import Event


def append_import_entry(event: Event, batch: ImportBatch, **details: int | str) -> None:
    """Append an entry about the batch in the running transaction; details are codes and counts."""
    call(
        "tenants_append_entry_v1",
        str(event),
        "import",
        batch.id,
        batch.campaign_id,
        None,
        True,
        "",
        json.dumps({"list_id": str(batch.list_id or ""), **details}),
        None,
        "",
        "worker",
    )
