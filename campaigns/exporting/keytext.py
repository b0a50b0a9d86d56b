"""A firm's export key as people carry it: one line with a check against typing errors, and a fingerprint to compare. Pure.

Source: FORMAT.md. The private half is never read here: it stays on the firm's machine.
"""

import base64
import binascii
import hashlib
from typing import Final

PUBLIC_PREFIX: Final = "khx1_"
KEY_BYTES: Final = 32
CHECK_BYTES: Final = 4


class KeyTextError(ValueError):
    """This is not an export key, or a character of it is wrong. The text is not in the message."""


def read_public_key(text: str) -> bytes:
    """Give the 32 bytes of a public key as keyhole_open.py printed it; white space is let through.

    Raises: KeyTextError.
    """
    line = "".join(text.split())
    if not line.startswith(PUBLIC_PREFIX):
        raise KeyTextError
    try:
        body = line[len(PUBLIC_PREFIX) :]
        octets = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise KeyTextError from None
    key, check = octets[:KEY_BYTES], octets[KEY_BYTES:]
    if len(octets) != KEY_BYTES + CHECK_BYTES or check != _check(key):
        raise KeyTextError
    return key


def write_public_key(key: bytes) -> str:
    """Give the line that `read_public_key` reads."""
    return PUBLIC_PREFIX + base64.urlsafe_b64encode(key + _check(key)).rstrip(b"=").decode("ascii")


def key_digest(key: bytes) -> bytes:
    """Give the 32 bytes by which a key is known in the record."""
    return hashlib.sha256(key).digest()


def fingerprint(key: bytes) -> str:
    """Give the key's digest in sixteen groups of four, for two people to compare."""
    return grouped(key_digest(key))


def grouped(digest: bytes) -> str:
    """Write a digest in groups of four hexadecimal digits."""
    return " ".join(digest.hex()[at : at + 4] for at in range(0, 2 * len(digest), 4))


def _check(key: bytes) -> bytes:
    return hashlib.sha256(PUBLIC_PREFIX.encode("ascii") + key).digest()[:CHECK_BYTES]
