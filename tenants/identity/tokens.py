"""One-time and bearer tokens: random, shown once, kept as a hash. Nothing here may store or log a token."""

import hashlib
import secrets
from typing import Final

API_PREFIX: Final = "kt_"
_RANDOM_BYTES: Final = 32


def new_token() -> str:
    """Make a token of 256 random bits for a session or an invitation, 43 characters that need no escaping."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def new_api_token() -> str:
    """Make a token of the firm's API. The prefix lets a scanner find one that was left in a file."""
    return API_PREFIX + new_token()


def hash_token(token: str) -> bytes:
    """Give the 32 bytes under which a token is stored. Its 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
