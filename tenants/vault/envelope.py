"""Data keys of lists and the fields sealed under them. A field must never open outside its own record.

Field blob, version 1: format byte 0x01, random nonce (12), ciphertext, tag (16); AES-256-GCM.
Source: NIST SP 800-38D; see FORMAT.md.
"""

import os
from typing import Final, Self
from uuid import UUID

from Crypto.Cipher import AES
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.vault.context import DATA_KEY_LABEL, FieldContexts, data_key_context, field_context
from tenants.vault.errors import SealError
from tenants.vault.hpke import open_from, seal_to
from tenants.vault.sealed import SealedBytes

__all__ = [
    "DataKey",
    "FieldContexts",
    "FieldOpener",
    "FieldSealer",
    "field_context",
    "open_data_key",
    "open_field",
    "rewrap_data_key",
    "seal_data_key",
    "seal_field",
]

FORMAT_1: Final = b"\x01"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_BODY: Final = 1 + NONCE_BYTES
OVERHEAD_BYTES: Final = _BODY + TAG_BYTES


class DataKey(SealedBytes):
    """The 32-byte key of one list for one purpose.

    At most 2**32 fields under one key: beyond that, random 96-bit nonces may repeat (SP 800-38D, 8.3).
    """

    __slots__ = ()

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets)
        if len(octets) != KEY_BYTES:
            raise ValueError("a data key is 32 bytes")

    @classmethod
    def generate(cls) -> Self:
        """Make a fresh key from the system's random source."""
        return cls(os.urandom(KEY_BYTES))


def seal_field(key: DataKey, plaintext: bytes, *, context: bytes) -> bytes:
    """Seal one field. For a list at import use `FieldSealer`: the same bytes at a fraction of the cost.

    `context` comes from `field_context` and is not stored.
    """
    nonce = os.urandom(NONCE_BYTES)
    cipher = AES.new(key.open_bytes(), AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES)
    cipher.update(context)
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return FORMAT_1 + nonce + ciphertext + tag


def open_field(key: DataKey, sealed: bytes, *, context: bytes) -> bytes:
    """Open one field.

    Raises: SealError for a wrong key or context and for damaged bytes alike.
    """
    _check_shape(sealed)
    cipher = AES.new(key.open_bytes(), AES.MODE_GCM, nonce=sealed[1:_BODY], mac_len=TAG_BYTES)
    cipher.update(context)
    try:
        return cipher.decrypt_and_verify(sealed[_BODY:-TAG_BYTES], sealed[-TAG_BYTES:])
    except ValueError:
        raise SealError from None


class FieldSealer:
    """Seals many fields under one key: the cipher's key schedule is made once."""

    __slots__ = ("_cipher",)

    def __init__(self, key: DataKey) -> None:
        self._cipher = AESGCM(key.open_bytes())

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Seal one field; `open_field` and `FieldOpener` open it."""
        # Nonces are never drawn ahead in blocks: after a fork two processes would use the same ones.
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT_1 + nonce + self._cipher.encrypt(nonce, plaintext, context)


class FieldOpener:
    """Opens many fields sealed under one key."""

    __slots__ = ("_cipher",)

    def __init__(self, key: DataKey) -> None:
        self._cipher = AESGCM(key.open_bytes())

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Open one field.

        Raises: SealError for a wrong key or context and for damaged bytes alike.
        """
        _check_shape(sealed)
        try:
            return self._cipher.decrypt(sealed[1:_BODY], sealed[_BODY:], context)
        except InvalidTag:
            raise SealError from None


def seal_data_key(
    key: DataKey, public: bytes, *, firm_id: UUID, list_id: UUID, purpose: str, key_version: int
) -> bytes:
    """Wrap a list's data key for the process that holds the private half; 80 bytes.

    `purpose` is `number`, `fields` or `answers`; `key_version` is the data key's own version. Keep
    the version of the recipient's key pair beside the result: it says which private key opens it.

    Raises: SealError when the public key is malformed; ValueError for an unknown purpose.
    """
    associated = data_key_context(firm_id=firm_id, list_id=list_id, purpose=purpose, key_version=key_version)
    return seal_to(public, info=DATA_KEY_LABEL, associated=associated, plaintext=key.open_bytes())


def open_data_key(
    private: SealedBytes, sealed: bytes, *, firm_id: UUID, list_id: UUID, purpose: str, key_version: int
) -> DataKey:
    """Unwrap a list's data key.

    Raises: SealError when it was wrapped for another key, firm, list, purpose or version, or is damaged.
    """
    associated = data_key_context(firm_id=firm_id, list_id=list_id, purpose=purpose, key_version=key_version)
    octets = open_from(private, info=DATA_KEY_LABEL, associated=associated, sealed=sealed)
    if len(octets) != KEY_BYTES:
        raise SealError
    return DataKey(octets)


def rewrap_data_key(
    sealed: bytes,
    *,
    private: SealedBytes,
    new_public: bytes,
    firm_id: UUID,
    list_id: UUID,
    purpose: str,
    key_version: int,
) -> bytes:
    """Move a wrapped data key to a new key pair; the fields under it stay as they are.

    Raises: SealError as `open_data_key` and `seal_data_key` do.
    """
    key = open_data_key(
        private, sealed, firm_id=firm_id, list_id=list_id, purpose=purpose, key_version=key_version
    )
    return seal_data_key(
        key, new_public, firm_id=firm_id, list_id=list_id, purpose=purpose, key_version=key_version
    )


def _check_shape(sealed: bytes) -> None:
    if len(sealed) < OVERHEAD_BYTES or sealed[:1] != FORMAT_1:
        raise SealError
