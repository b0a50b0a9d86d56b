"""One-time codes for the day the phone is gone. A code is shown once; only its hash is kept."""

import hashlib
import secrets
from typing import Final

CODES: Final = 10
CHARACTERS: Final = 10
# Crockford's base32: no letter that reads as a digit, so a code survives handwriting.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LABEL: Final = b"keyhole/recovery-code/v1:"


def new_codes() -> list[str]:
    """Make ten codes of ten characters (50 bits each), written in two groups: `7K4Q2-92XDM`."""
    return [_spell(secrets.token_bytes(8)) for _ in range(CODES)]


def hash_code(code: str) -> bytes | None:
    """Hash a code as it was typed, or None when it cannot be one.

    The hash is not keyed: 50 random bits leave nothing to guess from a list, and attempts are counted in SQL.
    """
    text = code.strip().upper().translate(_READ_AS)
    if len(text) != CHARACTERS or any(character not in _ALPHABET for character in text):
        return None
    return hashlib.sha256(_LABEL + text.encode("ascii")).digest()


def _spell(octets: bytes) -> str:
    number = int.from_bytes(octets, "big")
    text = "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(CHARACTERS))
    return f"{text[:5]}-{text[5:]}"
