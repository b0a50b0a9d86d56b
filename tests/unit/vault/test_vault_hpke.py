"""Sealing to a public key, checked against a second implementation of RFC 9180."""

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke as other
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.vault.errors import SealError
from tenants.vault.hpke import (
    OVERHEAD_BYTES,
    generate_key_pair,
    open_from,
    public_of,
    seal_to,
)
from tenants.vault.sealed import SealedBytes

PAIR = generate_key_pair()
INFO = b"keyhole/test"
# Order 1, 2, 4 and 8 points and their aliases (RFC 7748, section 7): a shared secret of zeros.
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


def other_suite() -> other.Suite:
    return other.Suite(other.KEM.X25519, other.KDF.HKDF_SHA256, other.AEAD.AES_256_GCM)


def test_a_key_pair_is_raw_and_fresh() -> None:
    again = generate_key_pair()
    assert len(PAIR.public) == len(PAIR.private.open_bytes()) == 32
    assert public_of(PAIR.private) == PAIR.public
    assert again.public != PAIR.public
    assert PAIR.private.open_bytes().hex() not in repr(PAIR)


@settings(max_examples=25, deadline=None)
@given(plaintext=st.binary(max_size=300), associated=st.binary(max_size=80), info=st.binary(max_size=40))
def test_it_opens_what_it_sealed(plaintext: bytes, associated: bytes, info: bytes) -> None:
    sealed = seal_to(PAIR.public, info=info, associated=associated, plaintext=plaintext)
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert open_from(PAIR.private, info=info, associated=associated, sealed=sealed) == plaintext


def test_another_implementation_opens_what_it_sealed() -> None:
    sealed = seal_to(PAIR.public, info=INFO, associated=b"record", plaintext=b"secret")
    key = X25519PrivateKey.from_private_bytes(PAIR.private.open_bytes())
    opened = openssl.hpke._decrypt_with_aad(other_suite(), sealed, key, INFO, b"record")
    assert opened == b"secret"


def test_it_opens_what_another_implementation_sealed() -> None:
    key = X25519PublicKey.from_public_bytes(PAIR.public)
    sealed = openssl.hpke._encrypt_with_aad(other_suite(), b"secret", key, INFO, b"record")
    assert open_from(PAIR.private, info=INFO, associated=b"record", sealed=sealed) == b"secret"


def test_equal_plaintexts_give_different_seals() -> None:
    seals = {seal_to(PAIR.public, info=INFO, associated=b"", plaintext=b"same") for _ in range(5)}
    assert len(seals) == 5


def test_it_refuses_every_flipped_byte() -> None:
    sealed = seal_to(PAIR.public, info=INFO, associated=b"record", plaintext=b"secret")
    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(SealError):
            open_from(PAIR.private, info=INFO, associated=b"record", sealed=bytes(damaged))
    assert open_from(PAIR.private, info=INFO, associated=b"record", sealed=sealed) == b"secret"


def test_it_refuses_another_key_info_or_record() -> None:
    sealed = seal_to(PAIR.public, info=INFO, associated=b"record", plaintext=b"secret")
    with pytest.raises(SealError):
        open_from(generate_key_pair().private, info=INFO, associated=b"record", sealed=sealed)
    with pytest.raises(SealError):
        open_from(PAIR.private, info=INFO + b"2", associated=b"record", sealed=sealed)
    with pytest.raises(SealError):
        open_from(PAIR.private, info=INFO, associated=b"recorD", sealed=sealed)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 47, 53])
def test_it_refuses_a_shortened_seal(length: int) -> None:
    sealed = seal_to(PAIR.public, info=INFO, associated=b"", plaintext=b"secret")
    assert len(sealed) == 54
    with pytest.raises(SealError):
        open_from(PAIR.private, info=INFO, associated=b"", sealed=sealed[:length])


@pytest.mark.parametrize("public", [*LOW_ORDER, b"", bytes(31), bytes(33)])
def test_it_refuses_to_seal_to_a_bad_public_key(public: bytes) -> None:
    with pytest.raises(SealError):
        seal_to(public, info=INFO, associated=b"", plaintext=b"secret")


@pytest.mark.parametrize("encapsulated", LOW_ORDER)
def test_it_refuses_a_seal_made_with_a_low_order_point(encapsulated: bytes) -> None:
    with pytest.raises(SealError):
        open_from(PAIR.private, info=INFO, associated=b"", sealed=encapsulated + bytes(48))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_it_refuses_a_private_key_of_the_wrong_length(length: int) -> None:
    with pytest.raises(SealError):
        public_of(SealedBytes(bytes(length)))


def test_every_refusal_says_the_same_and_hides_its_cause() -> None:
    sealed = seal_to(PAIR.public, info=INFO, associated=b"", plaintext=b"secret")
    said = set()
    for bad in (sealed[:10], sealed[:-1], bytes(32) + sealed[32:]):
        with pytest.raises(SealError) as refused:
            open_from(PAIR.private, info=INFO, associated=b"", sealed=bad)
        said.add(str(refused.value))
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert len(said) == 1
