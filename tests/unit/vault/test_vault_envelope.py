"""A sealed field opens under its own key and in its own record, and nowhere else."""

from collections.abc import Callable
from typing import TypedDict
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.vault.envelope import (
    OVERHEAD_BYTES,
    DataKey,
    FieldOpener,
    FieldSealer,
    field_context,
    open_data_key,
    open_field,
    rewrap_data_key,
    seal_data_key,
    seal_field,
)
from tenants.vault.errors import SealError
from tenants.vault.hpke import generate_key_pair, seal_to
from tenants.vault.sealed import SealedBytes

Seal = Callable[[DataKey, bytes, bytes], bytes]
Open = Callable[[DataKey, bytes, bytes], bytes]


class Wrap(TypedDict):
    firm_id: UUID
    list_id: UUID
    purpose: str
    key_version: int


FIRM, LIST, ANNA, BERT = (UUID(int=number) for number in (1, 2, 3, 4))
KEY = DataKey.generate()
PAIR = generate_key_pair()
WRAP = Wrap(firm_id=FIRM, list_id=LIST, purpose="number", key_version=1)


def single_seal(key: DataKey, plaintext: bytes, context: bytes) -> bytes:
    return seal_field(key, plaintext, context=context)


def bulk_seal(key: DataKey, plaintext: bytes, context: bytes) -> bytes:
    return FieldSealer(key).seal(plaintext, context)


def single_open(key: DataKey, sealed: bytes, context: bytes) -> bytes:
    return open_field(key, sealed, context=context)


def bulk_open(key: DataKey, sealed: bytes, context: bytes) -> bytes:
    return FieldOpener(key).open(sealed, context)


def context_of(contact_id: UUID, field: str = "name") -> bytes:
    return field_context(firm_id=FIRM, list_id=LIST, contact_id=contact_id, field=field, key_version=1)


each_sealer = pytest.mark.parametrize("seal", [single_seal, bulk_seal])
each_opener = pytest.mark.parametrize("open_", [single_open, bulk_open])


@each_sealer
@each_opener
@settings(max_examples=30, deadline=None)
@given(plaintext=st.binary(max_size=500), context=st.binary(max_size=120))
def test_each_path_opens_what_the_other_sealed(
    seal: Seal, open_: Open, plaintext: bytes, context: bytes
) -> None:
    sealed = seal(KEY, plaintext, context)
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert sealed[0] == 1
    assert open_(KEY, sealed, context) == plaintext


@each_opener
def test_it_refuses_every_flipped_bit(open_: Open) -> None:
    sealed = seal_field(KEY, b"Anna", context=b"record")
    for bit in range(len(sealed) * 8):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(SealError):
            open_(KEY, bytes(damaged), b"record")
    assert open_(KEY, sealed, b"record") == b"Anna"


@each_opener
def test_it_refuses_every_shortened_or_lengthened_blob(open_: Open) -> None:
    sealed = seal_field(KEY, b"Anna", context=b"record")
    for bad in [
        *(sealed[:length] for length in range(len(sealed))),
        sealed + b"\0",
        sealed[1:],
        b"\1" + sealed,
    ]:
        with pytest.raises(SealError):
            open_(KEY, bad, b"record")


@each_opener
def test_it_refuses_another_key(open_: Open) -> None:
    with pytest.raises(SealError):
        open_(DataKey.generate(), seal_field(KEY, b"Anna", context=b"record"), b"record")


@each_sealer
@each_opener
def test_it_refuses_a_field_moved_to_another_contact_or_column(seal: Seal, open_: Open) -> None:
    anna = seal(KEY, b"Anna", context_of(ANNA))
    assert open_(KEY, anna, context_of(ANNA)) == b"Anna"
    for other in (context_of(BERT), context_of(ANNA, "street"), b""):
        with pytest.raises(SealError):
            open_(KEY, anna, other)


@each_sealer
def test_equal_fields_look_different(seal: Seal) -> None:
    assert len({seal(KEY, b"Anna", b"record") for _ in range(100)}) == 100


def test_a_data_key_is_32_bytes_and_sealed() -> None:
    assert DataKey.generate() != DataKey.generate()
    assert KEY.open_bytes().hex() not in repr(KEY)
    for length in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            DataKey(bytes(length))


def test_a_wrapped_data_key_opens_for_its_recipient() -> None:
    wrapped = seal_data_key(KEY, PAIR.public, **WRAP)
    assert len(wrapped) == 80
    assert KEY.open_bytes() not in wrapped
    opened = open_data_key(PAIR.private, wrapped, **WRAP)
    assert opened == KEY
    assert isinstance(opened, DataKey)


@pytest.mark.parametrize(
    "other",
    [
        WRAP | {"firm_id": BERT},
        WRAP | {"list_id": BERT},
        WRAP | {"firm_id": LIST, "list_id": FIRM},
        WRAP | {"purpose": "fields"},
        WRAP | {"purpose": "answers"},
        WRAP | {"key_version": 2},
    ],
)
def test_a_wrapped_data_key_is_refused_elsewhere(other: Wrap) -> None:
    wrapped = seal_data_key(KEY, PAIR.public, **WRAP)
    with pytest.raises(SealError):
        open_data_key(PAIR.private, wrapped, **other)


def test_a_wrapped_data_key_is_refused_to_another_process() -> None:
    with pytest.raises(SealError):
        open_data_key(generate_key_pair().private, seal_data_key(KEY, PAIR.public, **WRAP), **WRAP)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_wrapped_secret_that_is_no_data_key_is_refused(length: int) -> None:
    associated = b"".join(
        len(part).to_bytes(2, "big") + part
        for part in (FIRM.bytes, LIST.bytes, b"number", (1).to_bytes(4, "big"))
    )
    good = seal_to(PAIR.public, info=b"keyhole/data-key/v1", associated=associated, plaintext=bytes(32))
    assert open_data_key(PAIR.private, good, **WRAP) == SealedBytes(bytes(32))
    bad = seal_to(PAIR.public, info=b"keyhole/data-key/v1", associated=associated, plaintext=bytes(length))
    with pytest.raises(SealError):
        open_data_key(PAIR.private, bad, **WRAP)


def test_rewrapping_moves_the_key_and_leaves_the_fields() -> None:
    sealed = seal_field(KEY, b"Anna", context=context_of(ANNA))
    renewed = generate_key_pair()
    wrapped = seal_data_key(KEY, PAIR.public, **WRAP)
    moved = rewrap_data_key(wrapped, private=PAIR.private, new_public=renewed.public, **WRAP)
    with pytest.raises(SealError):
        open_data_key(PAIR.private, moved, **WRAP)
    key = open_data_key(renewed.private, moved, **WRAP)
    assert open_field(key, sealed, context=context_of(ANNA)) == b"Anna"
