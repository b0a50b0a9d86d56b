"""The primitives under the vault, against published vectors, through its own functions where it has them."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from Crypto.Hash import SHA256
from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC

from tenants.vault.envelope import DataKey, FieldOpener, FieldSealer, open_field, seal_field
from tenants.vault.hpke import open_from, public_of, seal_to
from tenants.vault.sealed import SealedBytes

ODE = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
BEAUTY = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
# Source: the vectors published with RFC 9180 (test-vectors.json of the CFRG), mode 0, KEM 0x0020, KDF 0x0001,
# AEAD 0x0002, sequence number 0. The RFC prints no vector for this suite.
AES_256 = {
    "skEm": "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
    "skRm": "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
    "pkRm": "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
    "enc": "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
    "ct": "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
}
# Source: RFC 9180, A.1.1, sequence numbers 0, 1 and 2.
AES_128_CIPHERTEXTS = [
    "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
    "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84",
    "498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180",
]
# Source: McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 13, 14 and 16
# (AES-256 with a 96-bit nonce): key, nonce, plaintext, associated data, ciphertext, tag.
AES_GCM = [
    ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (
        "feffe9928665731c6d6a8f9467308308" * 2,
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


@contextmanager
def random_bytes(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr("tenants.vault.envelope.os.urandom", lambda _: octets)
        yield


def test_it_opens_the_published_seal_of_its_own_suite() -> None:
    private = SealedBytes(bytes.fromhex(AES_256["skRm"]))
    assert public_of(private).hex() == AES_256["pkRm"]
    sealed = bytes.fromhex(AES_256["enc"] + AES_256["ct"])
    assert open_from(private, info=ODE, associated=b"Count-0", sealed=sealed) == BEAUTY


def test_it_makes_the_published_seal_of_its_own_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    ephemeral = import_x25519_private_key(bytes.fromhex(AES_256["skEm"]))

    def generate(**_: Any) -> object:
        return ephemeral

    monkeypatch.setattr(ECC, "generate", generate)
    sealed = seal_to(bytes.fromhex(AES_256["pkRm"]), info=ODE, associated=b"Count-0", plaintext=BEAUTY)
    assert sealed.hex() == AES_256["enc"] + AES_256["ct"]


def test_the_library_opens_the_vectors_printed_in_rfc_9180() -> None:
    context = HPKE.new(
        receiver_key=import_x25519_private_key(
            bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
        ),
        aead_id=HPKE.AEAD.AES128_GCM,
        enc=bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
        info=ODE,
    )
    for number, ciphertext in enumerate(AES_128_CIPHERTEXTS):
        assert context.unseal(bytes.fromhex(ciphertext), b"Count-%d" % number) == BEAUTY


@pytest.mark.parametrize("vector", AES_GCM)
def test_both_paths_open_and_make_published_aes_256_gcm(
    vector: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    octets, nonce, plaintext, associated, ciphertext, tag = (bytes.fromhex(member) for member in vector)
    key, blob = DataKey(octets), b"\x01" + nonce + ciphertext + tag
    assert open_field(key, blob, context=associated) == plaintext
    assert FieldOpener(key).open(blob, associated) == plaintext
    with random_bytes(monkeypatch, nonce):
        assert seal_field(key, plaintext, context=associated) == blob
        assert FieldSealer(key).seal(plaintext, associated) == blob


@pytest.mark.parametrize(
    ("key", "data", "digest"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ],
)
def test_hmac_gives_the_digests_of_rfc_4231(key: bytes, data: bytes, digest: str) -> None:
    assert hmac.digest(key, data, "sha256").hex() == digest


@pytest.mark.parametrize(
    ("secret", "salt", "info", "length", "expected"),
    [
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_gives_the_keys_of_rfc_5869(
    secret: bytes, salt: bytes, info: bytes, length: int, expected: str
) -> None:
    derived = HKDF(secret, length, salt, SHA256, context=info)
    assert isinstance(derived, bytes)
    assert derived.hex() == expected
