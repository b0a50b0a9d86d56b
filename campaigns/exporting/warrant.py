"""The firm surface's word to a holder of a list's key: re-seal this key, to this key of the firm, until then. Pure.

The database carries it and can neither make nor change one: it is sealed to the holder and authenticated by the firm
surface's private key, which no database holds. Source: RFC 9180, mode_auth; FORMAT.md.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key

from tenants.vault.context import join_parts
from tenants.vault.errors import SealError
from tenants.vault.hpke import ENCAPSULATED_BYTES
from tenants.vault.sealed import SealedBytes

LABEL: Final = b"keyhole/export-warrant/v1"
# Which process holds the key of each purpose. Answers are not exported: they are digests of fields.
HOLDERS: Final = {"number": "gateway", "fields": "agent"}


@dataclass(frozen=True, slots=True)
class Warrant:
    """What was approved, for one key of one list. `public_key` is in hexadecimal, `expires` in Unix seconds."""

    export_id: str
    firm_id: str
    list_id: str
    purpose: str
    key_version: int
    public_key: str
    requested_by: str
    approved_by: str
    expires: int


def seal_warrant(warrant: Warrant, *, firm_private: SealedBytes, holder_public: bytes) -> bytes:
    """Seal a warrant for its holder: encapsulated key (32), ciphertext, tag (16).

    Raises: SealError when a key is malformed.
    """
    try:
        context = HPKE.new(
            receiver_key=import_x25519_public_key(holder_public),
            sender_key=import_x25519_private_key(firm_private.open_bytes()),
            aead_id=HPKE.AEAD.AES256_GCM,
            info=LABEL,
        )
        text = json.dumps(asdict(warrant), sort_keys=True, separators=(",", ":"))
        return bytes(context.enc + context.seal(text.encode("ascii"), _associated(warrant.purpose)))
    except ValueError:
        raise SealError from None


def open_warrant(sealed: bytes, *, purpose: str, holder_private: SealedBytes, firm_public: bytes) -> Warrant:
    """Open a warrant that the firm surface made for this holder.

    Raises: SealError for any other: another maker, another holder, another purpose, damaged bytes.
    """
    try:
        context = HPKE.new(
            receiver_key=import_x25519_private_key(holder_private.open_bytes()),
            sender_key=import_x25519_public_key(firm_public),
            aead_id=HPKE.AEAD.AES256_GCM,
            enc=sealed[:ENCAPSULATED_BYTES],
            info=LABEL,
        )
        said: dict[str, Any] = json.loads(context.unseal(sealed[ENCAPSULATED_BYTES:], _associated(purpose)))
        return Warrant(**said)
    except (ValueError, TypeError):
        raise SealError from None


def agrees(warrant: Warrant, asked: dict[str, Any], *, now: float) -> bool:
    """Tell whether what the database asks for is what the firm surface vouched for, at this time (Unix seconds)."""
    same_ids = all(
        UUID(getattr(warrant, name)) == asked[name] for name in ("export_id", "firm_id", "list_id")
    )
    return (
        same_ids
        and warrant.purpose == asked["purpose"]
        and warrant.key_version == asked["key_version"]
        and bytes.fromhex(warrant.public_key) == bytes(asked["public_key"])
        and warrant.approved_by != warrant.requested_by
        and now < warrant.expires
    )


def _associated(purpose: str) -> bytes:
    return join_parts(HOLDERS[purpose].encode("ascii"), purpose.encode("ascii"))
