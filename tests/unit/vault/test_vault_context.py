"""Two different records must never be sealed under the same context."""

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.vault.context import (
    FieldContexts,
    data_key_context,
    field_context,
    join_parts,
)

FIRM, LIST, CONTACT = (UUID(int=number) for number in (1, 2, 3))


@given(left=st.lists(st.binary(max_size=6), max_size=5), right=st.lists(st.binary(max_size=6), max_size=5))
def test_two_lists_of_parts_never_join_to_the_same_bytes(left: list[bytes], right: list[bytes]) -> None:
    assert (join_parts(*left) == join_parts(*right)) == (left == right)


def test_a_join_without_lengths_would_be_ambiguous() -> None:
    assert b"".join([b"ab", b"c"]) == b"".join([b"a", b"bc"])
    assert join_parts(b"ab", b"c") != join_parts(b"a", b"bc")


def test_it_refuses_a_part_that_is_too_long() -> None:
    assert len(join_parts(bytes(0xFFFF))) == 0xFFFF + 2
    with pytest.raises(ValueError, match="65535"):
        join_parts(bytes(0x10000))


@given(
    firm=st.uuids(), owner=st.uuids(), contact=st.uuids(), field=st.text(min_size=1, max_size=60),
    version=st.integers(1, 2**32 - 1),
)  # fmt: skip
def test_a_field_context_is_as_the_format_says(
    firm: UUID, owner: UUID, contact: UUID, field: str, version: int
) -> None:
    name = field.encode()
    expected = b"".join(
        struct.pack(">H", len(part)) + part
        for part in (
            b"keyhole/field/v1", firm.bytes, owner.bytes, contact.bytes, name, struct.pack(">I", version),
        )
    )  # fmt: skip
    context = field_context(firm_id=firm, list_id=owner, contact_id=contact, field=field, key_version=version)
    assert context == expected
    bulk = FieldContexts(firm_id=firm, list_id=owner, field=field, key_version=version)
    assert bulk.of(contact) == expected


def test_each_part_of_a_record_changes_its_context() -> None:
    def context(
        firm: UUID = FIRM, owner: UUID = LIST, contact: UUID = CONTACT, field: str = "name", version: int = 1
    ) -> bytes:
        return field_context(
            firm_id=firm, list_id=owner, contact_id=contact, field=field, key_version=version
        )

    other = UUID(int=9)
    seen = [
        context(), context(firm=other), context(owner=other), context(contact=other), context(field="nam"),
        context(version=2), context(firm=LIST, owner=FIRM),
    ]  # fmt: skip
    assert len(set(seen)) == len(seen)
    assert context() == context()


@pytest.mark.parametrize("version", [0, -1, 2**32])
def test_it_refuses_a_version_out_of_range(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        field_context(firm_id=FIRM, list_id=LIST, contact_id=CONTACT, field="name", key_version=version)


@pytest.mark.parametrize("field", ["", "é" * 128])
def test_it_refuses_a_field_name_out_of_range(field: str) -> None:
    with pytest.raises(ValueError, match="field name"):
        field_context(firm_id=FIRM, list_id=LIST, contact_id=CONTACT, field=field, key_version=1)


def test_it_refuses_an_unknown_purpose() -> None:
    assert data_key_context(firm_id=FIRM, list_id=LIST, purpose="number", key_version=1)
    with pytest.raises(ValueError, match="data key"):
        data_key_context(firm_id=FIRM, list_id=LIST, purpose="numbers", key_version=1)
