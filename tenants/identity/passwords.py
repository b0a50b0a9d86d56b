"""Turns a password into what the database can check. It must never keep, show or compare a password itself.

Source: RFC 9106 (Argon2id); RFC 8265, section 4.2 (OpaqueString: Unicode NFC).
"""

import threading
import unicodedata
from typing import Final

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from tenants.vault.sealed import SealedBytes, SealedText

TIME_COST: Final = 3
MEMORY_KIB: Final = 65_536
PARALLELISM: Final = 1
RAW_BYTES: Final = 32
SALT_BYTES: Final = 16
MIN_CHARACTERS: Final = 12
# Long enough for any sentence; without a bound a request could make the derivation hash megabytes.
MAX_CHARACTERS: Final = 256

# Each derivation takes 64 MiB: a burst of sign-ins must queue, not take the machine's memory.
_ROOM: Final = threading.BoundedSemaphore(4)


def derive_password(password: SealedText, salt: bytes) -> SealedBytes:
    """Derive the 32 raw bytes that stand for a password. `salt` is 16 bytes given by the database.

    Raises: ValueError for a salt of another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt is 16 bytes")
    secret = unicodedata.normalize("NFC", password.open_text()).encode("utf-8", "surrogatepass")
    with _ROOM:
        raw = hash_secret_raw(
            secret=secret,
            salt=salt,
            time_cost=TIME_COST,
            memory_cost=MEMORY_KIB,
            parallelism=PARALLELISM,
            hash_len=RAW_BYTES,
            type=Type.ID,
            version=ARGON2_VERSION,
        )
    return SealedBytes(raw)


def judge_password(password: SealedText, *, email: str) -> str | None:
    """Name what is wrong with a new password, or None.

    Codes: `too_short`, `too_long`, `like_email`, `one_character`. Common passwords are judged by the form.
    Source: NIST SP 800-63B-4, section 3.1.1.2 (length counts, composition rules do not).
    """
    text = unicodedata.normalize("NFC", password.open_text())
    if len(text) < MIN_CHARACTERS:
        return "too_short"
    if len(text) > MAX_CHARACTERS:
        return "too_long"
    if len(set(text)) < 3:
        return "one_character"
    if _is_like(text, email):
        return "like_email"
    return None


def _is_like(text: str, email: str) -> bool:
    """Whether little is left of the password once the e-mail, or either half of it, is taken out."""
    folded = text.casefold()
    whole = email.casefold()
    local, _, domain = whole.partition("@")
    parts = (part for part in (whole, local, domain) if len(part) >= 4)
    return any(part in folded and len(folded) - len(part) < 8 for part in parts)
