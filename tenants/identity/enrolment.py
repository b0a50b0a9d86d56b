"""What is remembered while a person joins, between two pages: sealed, and tied to the session that began it.

The database keeps sessions; without the seal, whoever reads it could take an invitation or a second factor.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tenants.vault.context import join_parts
from tenants.vault.envelope import DataKey, open_field, seal_field
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedBytes, SealedText

_LABEL: Final = b"keyhole/enrolment/v1"


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A person on the way in. `raw` is what Argon2id made of the chosen password, None before."""

    invite: SealedText
    person_id: UUID
    email: str
    name: str
    house_name: str
    secret: SealedBytes
    raw: SealedBytes | None = None


def seal_enrolment(keyring: Keyring, enrolment: Enrolment, *, session_key: str) -> str:
    """Write an enrolment as text that only this process opens, and only for this session.

    Raises: KeyFileError when the process holds no key for second factors.
    """
    content = {
        "invite": enrolment.invite.open_text(),
        "person_id": str(enrolment.person_id),
        "email": enrolment.email,
        "name": enrolment.name,
        "house_name": enrolment.house_name,
        "secret": enrolment.secret.open_bytes().hex(),
        "raw": enrolment.raw.open_bytes().hex() if enrolment.raw else None,
    }
    key = DataKey(keyring.totp_key().open_bytes())
    sealed = seal_field(key, json.dumps(content).encode(), context=_context(session_key))
    return base64.b64encode(sealed).decode("ascii")


def open_enrolment(keyring: Keyring, text: str, *, session_key: str) -> Enrolment:
    """Read an enrolment back.

    Raises: SealError when it is damaged, of another session, or sealed under a key that was replaced.
    """
    try:
        sealed = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SealError from None
    key = DataKey(keyring.totp_key().open_bytes())
    content = json.loads(open_field(key, sealed, context=_context(session_key)))
    raw = content["raw"]
    return Enrolment(
        invite=SealedText(content["invite"]),
        person_id=UUID(content["person_id"]),
        email=content["email"],
        name=content["name"],
        house_name=content["house_name"],
        secret=SealedBytes(bytes.fromhex(content["secret"])),
        raw=SealedBytes(bytes.fromhex(raw)) if raw else None,
    )


def _context(session_key: str) -> bytes:
    return join_parts(_LABEL, session_key.encode("utf-8"))
