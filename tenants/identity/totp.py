"""The second factor: six digits of a phone, one for each 30 seconds. Says right or wrong, and no more.

Source: RFC 6238 (TOTP), RFC 4226 (HOTP, R6: 160 bits of secret).
"""

import base64
import hmac
import io
import os
from typing import Final
from uuid import UUID

import pyotp
import segno

from tenants.vault.context import join_parts
from tenants.vault.envelope import DataKey, open_field, seal_field
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedBytes

SECRET_BYTES: Final = 20
STEP_S: Final = 30
DIGITS: Final = 6
_LABEL: Final = b"keyhole/second-factor/v1"
_VERSION_BYTES: Final = 4
# One step either way: a phone's clock may be up to half a minute off, a typed code some seconds old.
_DRIFT: Final = (0, -1, 1)


def new_secret() -> SealedBytes:
    """Make a secret of 160 random bits."""
    return SealedBytes(os.urandom(SECRET_BYTES))


def seal_secret(keyring: Keyring, secret: SealedBytes, *, person_id: UUID) -> bytes:
    """Seal a secret for the database: the key's version (4 bytes), then a sealed field bound to the person.

    Raises: KeyFileError when this process holds no such key.
    """
    version = keyring.totp.current if keyring.totp else 1
    key = DataKey(keyring.totp_key(version).open_bytes())
    body = seal_field(key, secret.open_bytes(), context=join_parts(_LABEL, person_id.bytes))
    return version.to_bytes(_VERSION_BYTES, "big") + body


def open_secret(keyring: Keyring, sealed: bytes, *, person_id: UUID) -> SealedBytes:
    """Open a sealed secret.

    Raises: SealError when it is damaged or another person's; KeyFileError when its key version is not held.
    """
    if len(sealed) <= _VERSION_BYTES:
        raise SealError
    key = DataKey(keyring.totp_key(int.from_bytes(sealed[:_VERSION_BYTES], "big")).open_bytes())
    return SealedBytes(open_field(key, sealed[_VERSION_BYTES:], context=join_parts(_LABEL, person_id.bytes)))


def find_step(secret: SealedBytes, code: str, *, now: float) -> int | None:
    """Give the number of the 30-second step whose code this is, or None.

    `now` is Unix time in seconds. Whether the step was used before is for the database to say.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return None
    generator = _generator(secret)
    current = int(now // STEP_S)
    found: int | None = None
    for drift in _DRIFT:
        # No early way out: the time taken must not tell which step matched.
        if hmac.compare_digest(generator.generate_otp(current + drift), typed) and found is None:
            found = current + drift
    return found


def provisioning_uri(secret: SealedBytes, *, email: str, house_name: str) -> str:
    """Give the otpauth address an authenticator app reads. It holds the secret: show it once, never log it.

    Source: the key URI format of authenticator apps, where a colon parts issuer and account.
    """
    issuer = f"Keyhole, {house_name}".replace(":", " ")
    return _generator(secret).provisioning_uri(name=email.replace(":", " "), issuer_name=issuer)


def draw_qr(uri: str) -> bytes:
    """Draw an address as an SVG picture, dark on white in either theme because cameras need it so."""
    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn, kind="svg", scale=5, border=4, dark="#15202a", light="#ffffff", xmldecl=False
    )
    return drawn.getvalue()


def spell_secret(secret: SealedBytes) -> str:
    """Write the secret as an app expects it typed: base32 in groups of four."""
    text = base64.b32encode(secret.open_bytes()).decode("ascii")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _generator(secret: SealedBytes) -> pyotp.TOTP:
    text = base64.b32encode(secret.open_bytes()).decode("ascii")
    return pyotp.TOTP(text, digits=DIGITS, interval=STEP_S)
