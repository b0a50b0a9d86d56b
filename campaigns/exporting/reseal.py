"""Re-seals a list's key to a firm's export key, in the process that holds it. It sees no row, and stores what it opens nowhere.

One turn serves whichever process runs it: the database gives each login the keys of its own alone, and keeps each answer once.
"""

import time
from typing import Any, Final

import structlog

from campaigns.exporting.warrant import agrees, open_warrant
from tenants.db.functions import acall, acall_rows
from tenants.vault.context import data_key_context, join_parts
from tenants.vault.envelope import open_data_key
from tenants.vault.errors import KeyFileError, SealError
from tenants.vault.hpke import seal_to
from tenants.vault.keyring import Keyring

log = structlog.get_logger(__name__)

LABEL: Final = b"keyhole/export-key/v1"
EVERY_S: Final = 2.0


class WarrantRefused(Exception):
    """What the database asks for is not what the firm surface vouched for."""


async def reseal_once(keyring: Keyring) -> None:
    """Re-seal every key that waits for this process; one that must not be re-sealed ends its export.

    Raises: psycopg.Error when the database is away.
    """
    for asked in await acall_rows("campaigns_take_reseals_v1"):
        place = {"export_id": str(asked["export_id"]), "purpose": asked["purpose"]}
        try:
            sealed = reseal_key(asked, keyring, now=time.time())
        except WarrantRefused:
            log.error("export_warrant_refused", **place)
            await acall("campaigns_refuse_reseal_v1", asked["export_id"], asked["purpose"], "warrant")
        except SealError:
            log.error("export_key_not_opened", **place)
            await acall("campaigns_refuse_reseal_v1", asked["export_id"], asked["purpose"], "key")
        except KeyFileError:
            # The key file is behind a renewal: after a restart of this process the export goes on.
            log.error("export_waits_for_key_file", **place)
        else:
            kept = await acall("campaigns_store_reseal_v1", asked["export_id"], asked["purpose"], sealed)
            log.info("export_key_resealed", **place, kept=bool(kept))


def reseal_key(asked: dict[str, Any], keyring: Keyring, *, now: float) -> bytes:
    """Give the list's key sealed to the firm's export key, 80 bytes. `now` in Unix seconds.

    The key sealed to is the one in the warrant, which came by way of the firm surface's own key.

    Raises: WarrantRefused; SealError when the list's key does not open; KeyFileError for a version not held.
    """
    firm_public = _firm_public(keyring, asked["firm_version"])
    holder_private = keyring.private_key(asked["holder_version"])
    private = keyring.private_key(asked["recipient_version"])
    try:
        warrant = open_warrant(
            bytes(asked["warrant"]),
            purpose=asked["purpose"],
            holder_private=holder_private,
            firm_public=firm_public,
        )
    except SealError:
        raise WarrantRefused from None
    if not agrees(warrant, asked, now=now):
        raise WarrantRefused
    ids = {name: asked[name] for name in ("firm_id", "list_id", "purpose", "key_version")}
    key = open_data_key(private, bytes(asked["sealed"]), **ids)
    associated = join_parts(asked["export_id"].bytes, data_key_context(**ids))
    return seal_to(
        bytes.fromhex(warrant.public_key), info=LABEL, associated=associated, plaintext=key.open_bytes()
    )


def _firm_public(keyring: Keyring, version: int) -> bytes:
    held = keyring.public.get("firm")
    if held is None or version not in held.keys:
        raise KeyFileError("This process does not know the firm surface's key of that version yet.")
    return held.keys[version]
