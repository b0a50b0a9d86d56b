"""What a firm does about an export: ask, approve, refuse, take back, download. The database decides and writes the entry.

Nothing here opens a key or a row; an approval carries the firm surface's warrant to the processes that hold the keys.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from campaigns.exporting.errors import REFUSALS, ExportKeyWrong, ExportNotFound
from campaigns.exporting.keytext import KeyTextError, key_digest, read_public_key
from campaigns.exporting.models import Export
from campaigns.exporting.warrant import HOLDERS, Warrant, seal_warrant
from campaigns.lists.models import ContactList
from tenants.db.errors import KeyholeError
from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.vault.errors import SealError
from tenants.vault.hpke import seal_to
from tenants.vault.keyring import Keyring

LASTS_S: Final = 72 * 3600
PURPOSES: Final = {"numbers": "number", "fields": "fields"}


def request_export(*, actor: Actor, list_id: UUID, what: Sequence[str], reason: str, key_text: str) -> UUID:
    """Ask for an export of a list, sealed to the key in `key_text`; gives its id. Another person must approve it.

    Raises: NotAllowed; a KeyholeError of `errors` for what the database refuses, recorded as refused.
    """
    require(actor, Action.EXPORT_REQUEST)
    try:
        public = read_public_key(key_text)
        # A point of low order passes every check of length and spelling, and seals to everyone.
        seal_to(public, info=b"", associated=b"", plaintext=b"")
    except (KeyTextError, SealError):
        raise ExportKeyWrong from None
    return UUID(_done(call("campaigns_request_export_v1", list_id, list(what), reason, public))["id"])


def approve_export(*, actor: Actor, export_id: UUID, shown_digest: bytes, keyring: Keyring) -> None:
    """Approve an export whose key has this SHA-256, as the approver was shown it; the keys are then re-sealed to it.

    Raises: NotAllowed; a KeyholeError of `errors`.
    """
    require(actor, Action.EXPORT_APPROVE)
    export = _find(actor, export_id)
    key_version = ContactList.objects.values_list("key_version", flat=True).get(
        firm_id=actor.own_firm_id, id=export.list_id
    )
    expires = int(time.time()) + LASTS_S
    firm_version = keyring.hpke.current if keyring.hpke else 0
    purposes, warrants, versions = [], [], []
    for chosen in export.what:
        purpose = PURPOSES[chosen]
        version, holder_public = keyring.public_key(HOLDERS[purpose])
        warrant = Warrant(
            export_id=str(export.id),
            firm_id=str(export.firm_id),
            list_id=str(export.list_id),
            purpose=purpose,
            key_version=key_version,
            public_key=bytes(export.public_key).hex(),
            requested_by=str(export.requested_by),
            approved_by=str(actor.person_id),
            expires=expires,
        )
        purposes.append(purpose)
        versions.append(version)
        warrants.append(
            seal_warrant(warrant, firm_private=keyring.private_key(), holder_public=holder_public)
        )
    # The warrants are of the key that was read above; the database compares the one it has now with what was shown.
    if key_digest(bytes(export.public_key)) != shown_digest:
        warrants = [b"" for _ in warrants]
    ends = datetime.fromtimestamp(expires, UTC)
    _done(
        call(
            "campaigns_approve_export_v1",
            export.id,
            shown_digest,
            ends,
            purposes,
            warrants,
            versions,
            firm_version,
        )
    )


def stop_export(*, actor: Actor, export_id: UUID, reason: str = "") -> None:
    """Take back an export one asked for, or refuse another's, with a reason; its keys and file are removed.

    Raises: NotAllowed; a KeyholeError of `errors`.
    """
    require(actor, Action.EXPORT_APPROVE)
    _done(call("campaigns_stop_export_v1", export_id, reason))


def count_download(*, actor: Actor, export_id: UUID) -> None:
    """Record that the actor takes the file now; must be committed before the first byte is given out.

    Raises: NotAllowed; a KeyholeError of `errors`.
    """
    require(actor, Action.EXPORT_REQUEST)
    _done(call("campaigns_download_export_v1", export_id))


def _find(actor: Actor, export_id: UUID) -> Export:
    found = Export.objects.filter(firm_id=actor.own_firm_id, id=export_id).first()
    if found is None:
        raise ExportNotFound
    return found


def _done(said: dict[str, Any]) -> dict[str, Any]:
    if not said["ok"]:
        raise REFUSALS.get(said["code"], KeyholeError)()
    return said
