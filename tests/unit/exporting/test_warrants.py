"""A warrant opens for its holder alone, from the firm surface alone, and must agree with what the database asks."""

import time
from dataclasses import replace
from typing import Any

import pytest

from campaigns.exporting.keytext import KeyTextError, read_public_key, write_public_key
from campaigns.exporting.warrant import Warrant, agrees, open_warrant, seal_warrant
from tenants.db.ids import new_id
from tenants.vault.errors import SealError
from tenants.vault.hpke import generate_key_pair

FIRM, GATEWAY, THIEF, EXPORT = (generate_key_pair() for _ in range(4))
NOW = time.time()


@pytest.fixture
def asked() -> dict[str, Any]:
    """What the database asks of a holder."""
    return {
        "export_id": new_id(),
        "firm_id": new_id(),
        "list_id": new_id(),
        "purpose": "number",
        "key_version": 1,
        "public_key": EXPORT.public,
    }


def warrant_of(asked: dict[str, Any]) -> Warrant:
    return Warrant(
        export_id=str(asked["export_id"]),
        firm_id=str(asked["firm_id"]),
        list_id=str(asked["list_id"]),
        purpose=asked["purpose"],
        key_version=asked["key_version"],
        public_key=asked["public_key"].hex(),
        requested_by=str(new_id()),
        approved_by=str(new_id()),
        expires=int(NOW) + 60,
    )


def test_it_opens_for_its_holder_and_from_its_maker_alone(asked: dict[str, Any]) -> None:
    warrant = warrant_of(asked)
    sealed = seal_warrant(warrant, firm_private=FIRM.private, holder_public=GATEWAY.public)
    right = {"purpose": "number", "holder_private": GATEWAY.private, "firm_public": FIRM.public}
    assert open_warrant(sealed, **right) == warrant
    for wrong in (
        {"holder_private": THIEF.private},
        {"firm_public": THIEF.public},
        {"purpose": "fields"},
    ):
        with pytest.raises(SealError):
            open_warrant(sealed, **right | wrong)
    for damaged in (b"", sealed[:-1], sealed[:40], bytes([sealed[0] ^ 1]) + sealed[1:], sealed + b"x"):
        with pytest.raises(SealError):
            open_warrant(damaged, **right)


def test_every_part_of_it_must_agree(asked: dict[str, Any]) -> None:
    warrant = warrant_of(asked)
    assert agrees(warrant, asked, now=NOW)
    for name, other in (
        ("export_id", new_id()),
        ("firm_id", new_id()),
        ("list_id", new_id()),
        ("purpose", "fields"),
        ("key_version", 2),
        ("public_key", THIEF.public),
    ):
        assert not agrees(warrant, asked | {name: other}, now=NOW), name
    assert not agrees(warrant, asked, now=NOW + 61)
    assert not agrees(replace(warrant, approved_by=warrant.requested_by), asked, now=NOW)


def test_a_public_key_is_read_as_it_was_written_and_a_typing_error_is_noticed() -> None:
    text = write_public_key(EXPORT.public)
    assert read_public_key(f" {text[:20]}\n{text[20:]} ") == EXPORT.public
    for at in range(5, len(text)):
        other = "A" if text[at] != "A" else "B"
        with pytest.raises(KeyTextError):
            read_public_key(text[:at] + other + text[at + 1 :])
    for wrong in ("", "khx1_", text[:-1], text + "A", text.replace("khx1_", "khx1-private_"), "ł" * 53):
        with pytest.raises(KeyTextError):
            read_public_key(wrong)
