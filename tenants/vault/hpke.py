"""Sealing to a public key with HPKE (X25519, HKDF-SHA256, AES-256-GCM). It must never say why opening failed.

Source: RFC 9180, suite 0x0020 / 0x0001 / 0x0002, one message per encapsulation.
"""

from dataclasses import dataclass
from typing import Final

from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key
from Crypto.PublicKey import ECC

from tenants.vault.errors import SealError
from tenants.vault.sealed import SealedBytes

KEY_BYTES: Final = 32
ENCAPSULATED_BYTES: Final = 32
TAG_BYTES: Final = 16
OVERHEAD_BYTES: Final = ENCAPSULATED_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class KeyPair:
    """An X25519 key pair; both halves are 32 raw bytes (RFC 7748)."""

    private: SealedBytes
    public: bytes


def generate_key_pair() -> KeyPair:
    """Make a fresh key pair from the system's random source."""
    key = ECC.generate(curve="Curve25519")
    return KeyPair(private=SealedBytes(key.seed), public=key.public_key().export_key(format="raw"))


def public_of(private: SealedBytes) -> bytes:
    """Derive the 32 public bytes of a private key.

    Raises: SealError when the private key is not 32 bytes.
    """
    return _load_private(private).public_key().export_key(format="raw")


def seal_to(public: bytes, *, info: bytes, associated: bytes, plaintext: bytes) -> bytes:
    """Seal to a public key: encapsulated key (32 bytes), ciphertext, tag (16 bytes).

    `info` names what the seal is for and `associated` the record it belongs to; both are
    authenticated, neither is stored.

    Raises: SealError when the public key is malformed or of low order.
    """
    try:
        context = HPKE.new(
            receiver_key=import_x25519_public_key(public), aead_id=HPKE.AEAD.AES256_GCM, info=info
        )
        return context.enc + context.seal(plaintext, associated)
    except ValueError:
        raise SealError from None


def open_from(private: SealedBytes, *, info: bytes, associated: bytes, sealed: bytes) -> bytes:
    """Open what `seal_to` made.

    Raises: SealError for a wrong key, info or associated data, and for damaged bytes alike.
    """
    if len(sealed) < OVERHEAD_BYTES:
        raise SealError
    key = _load_private(private)
    try:
        context = HPKE.new(
            receiver_key=key, aead_id=HPKE.AEAD.AES256_GCM, enc=sealed[:ENCAPSULATED_BYTES], info=info
        )
        return context.unseal(sealed[ENCAPSULATED_BYTES:], associated)
    except ValueError:
        raise SealError from None


def _load_private(private: SealedBytes) -> ECC.EccKey:
    octets = private.open_bytes()
    if len(octets) != KEY_BYTES:
        raise SealError
    return import_x25519_private_key(octets)
