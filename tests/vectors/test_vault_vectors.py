"""The vault's formats stay as documented: what was sealed by one release opens in every later one."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.vault.context import data_key_context, field_context
from tenants.vault.envelope import DataKey, FieldOpener, open_data_key, open_field
from tenants.vault.errors import SealError
from tenants.vault.hpke import public_of
from tenants.vault.index import answer_digest, firm_index_key, normalise_answer, number_index
from tenants.vault.sealed import SealedBytes
from tenants.vault.spool import SpoolReader

HERE = Path(__file__).parent
FORMAT = HERE.parents[1] / "tenants" / "vault" / "FORMAT.md"
VECTORS: dict[str, Any] = json.loads((HERE / "vault.json").read_text(encoding="utf-8"))
FIRM, LIST, CONTACT = (UUID(VECTORS["ids"][name]) for name in ("firm_id", "list_id", "contact_id"))


def octets(section: str, name: str) -> bytes:
    return bytes.fromhex(VECTORS[section][name])


def parts(*members: bytes) -> bytes:
    return b"".join(len(member).to_bytes(2, "big") + member for member in members)


def other_hpke_open(private: bytes, sealed: bytes, info: bytes, associated: bytes) -> bytes:
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    key = X25519PrivateKey.from_private_bytes(private)
    opened: bytes = openssl.hpke._decrypt_with_aad(suite, sealed, key, info, associated)
    return opened


def test_the_document_prints_these_vectors() -> None:
    blocks = re.findall(r"```json vectors\n(.*?)```", FORMAT.read_text(encoding="utf-8"), re.DOTALL)
    assert [json.loads(block) for block in blocks] == [VECTORS]


def test_the_field_context_is_as_documented() -> None:
    vector = VECTORS["field_context"]
    context = field_context(
        firm_id=FIRM,
        list_id=LIST,
        contact_id=CONTACT,
        field=vector["field"],
        key_version=vector["key_version"],
    )
    assert context.hex() == vector["context"]
    expected = parts(
        b"keyhole/field/v1", FIRM.bytes, LIST.bytes, CONTACT.bytes, b"number", (1).to_bytes(4, "big")
    )
    assert context == expected


def test_the_field_blob_opens() -> None:
    key, sealed = DataKey(octets("field_blob", "data_key")), octets("field_blob", "sealed")
    context, plaintext = octets("field_blob", "context"), octets("field_blob", "plaintext")
    assert open_field(key, sealed, context=context) == plaintext
    assert FieldOpener(key).open(sealed, context) == plaintext
    assert sealed[0] == 1
    assert AESGCM(key.open_bytes()).decrypt(sealed[1:13], sealed[13:], context) == plaintext
    with pytest.raises(SealError):
        open_field(key, sealed, context=context[:-1] + b"\2")


def test_the_wrapped_data_key_opens() -> None:
    vector = VECTORS["data_key"]
    private, sealed = SealedBytes(octets("data_key", "private")), octets("data_key", "sealed")
    assert public_of(private).hex() == vector["public"]
    opened = open_data_key(
        private,
        sealed,
        firm_id=FIRM,
        list_id=LIST,
        purpose=vector["purpose"],
        key_version=vector["key_version"],
    )
    assert opened.open_bytes().hex() == vector["data_key"]
    associated = parts(FIRM.bytes, LIST.bytes, b"number", (1).to_bytes(4, "big"))
    assert associated.hex() == vector["associated"]
    assert data_key_context(firm_id=FIRM, list_id=LIST, purpose="number", key_version=1) == associated
    assert octets("data_key", "info") == b"keyhole/data-key/v1"
    again = other_hpke_open(private.open_bytes(), sealed, octets("data_key", "info"), associated)
    assert again == opened.open_bytes()


def test_the_number_index_is_as_documented() -> None:
    vector = VECTORS["index"]
    key = firm_index_key(SealedBytes(octets("index", "master")), FIRM)
    assert key.open_bytes().hex() == vector["firm_key"]
    assert number_index(key, vector["number"]).hex() == vector["index"]
    extracted = hmac.digest(bytes(32), octets("index", "master"), "sha256")
    derived = hmac.digest(extracted, parts(b"keyhole/index-key/v1", FIRM.bytes) + b"\1", "sha256")
    again = hmac.digest(derived, b"keyhole/number/v1\0" + vector["number"].encode(), "sha256")
    assert again.hex() == vector["index"]


def test_the_answer_digest_is_as_documented() -> None:
    vector = VECTORS["answer"]
    key = octets("answer", "key")
    assert normalise_answer(vector["answer"]) == vector["normal"]
    digest = answer_digest(
        SealedBytes(key), contact_id=CONTACT, field=vector["field"], answer=vector["answer"]
    )
    assert digest.hex() == vector["digest"]
    message = parts(b"keyhole/answer/v1", CONTACT.bytes, vector["field"].encode(), vector["normal"].encode())
    assert hmac.digest(key, message, "sha256").hex() == vector["digest"]


def test_the_spool_file_opens(tmp_path: Path) -> None:
    vector, file = VECTORS["spool"], octets("spool", "file")
    private, context = SealedBytes(octets("spool", "private")), octets("spool", "context")
    path = tmp_path / "spool"
    path.write_bytes(file)
    with SpoolReader(path, recipient=vector["recipient"], private=private, context=context) as reader:
        assert reader.read().hex() == vector["plaintext"]
    header, body = file[:104], file[104:]
    assert header[:24] == b"KEYHOLE SPOOL 1\n\x01\x06worker"
    wrapped = header[24:104]
    key = other_hpke_open(private.open_bytes(), wrapped, b"keyhole/spool/v1", parts(b"worker", context))
    associated = parts(b"keyhole/spool/v1", hashlib.sha256(header).digest(), context) + b"\1"
    assert AESGCM(key).decrypt(bytes(12), body, associated).hex() == vector["plaintext"]
