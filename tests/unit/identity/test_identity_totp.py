"""The second factor: which codes are right, and whose secret opens for whom."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest

from tenants.identity.totp import (
    draw_qr,
    find_step,
    new_secret,
    open_secret,
    provisioning_uri,
    seal_secret,
    spell_secret,
)
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring, create_keyrings, load_keyring
from tenants.vault.sealed import SealedBytes

# RFC 6238, appendix B, SHA-1: the last six of the eight digits.
RFC_SECRET = SealedBytes(b"12345678901234567890")
RFC_CODES = [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
MARTA = UUID(int=1)
OTHER = UUID(int=2)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    folder: Path = tmp_path_factory.mktemp("keys") / "keys"
    create_keyrings(folder)
    return load_keyring(folder, "firm")


@pytest.mark.parametrize(("now", "code"), RFC_CODES)
def test_it_knows_the_codes_of_the_standard(now: int, code: str) -> None:
    assert find_step(RFC_SECRET, code, now=now) == now // 30


def test_it_takes_a_neighbouring_step_and_names_it_and_no_farther_one() -> None:
    code = "081804"
    step = 1_111_111_109 // 30
    found = {shift: find_step(RFC_SECRET, code, now=(step + shift) * 30) for shift in (-2, -1, 0, 1, 2)}
    assert found == {-2: None, -1: step, 0: step, 1: step, 2: None}


def test_it_takes_a_code_with_a_space_in_it() -> None:
    assert find_step(RFC_SECRET, " 287 082\n", now=59) == 1


@pytest.mark.parametrize("code", ["", "28708", "2870820", "28708x", "٢٨٧٠٨٢", "-87082", "287083"])
def test_it_refuses_what_is_not_the_code(code: str) -> None:
    assert find_step(RFC_SECRET, code, now=59) is None


def test_a_sealed_secret_opens_for_its_person_alone(keyring: Keyring) -> None:
    secret = new_secret()
    sealed = seal_secret(keyring, secret, person_id=MARTA)
    assert open_secret(keyring, sealed, person_id=MARTA) == secret
    with pytest.raises(SealError):
        open_secret(keyring, sealed, person_id=OTHER)


def test_a_damaged_or_cut_secret_does_not_open(keyring: Keyring) -> None:
    sealed = seal_secret(keyring, new_secret(), person_id=MARTA)
    for damaged in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:4], b""):
        with pytest.raises(SealError):
            open_secret(keyring, damaged, person_id=MARTA)


def test_secrets_are_twenty_random_bytes() -> None:
    secrets = {new_secret().open_bytes() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {20}


def test_the_address_for_the_app_names_the_house_and_cannot_be_split_by_a_colon() -> None:
    uri = provisioning_uri(RFC_SECRET, email="a:b@tern.example", house_name="Tern: Contact")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Keyhole, Tern  Contact:a b@tern.example"
    assert parse_qs(parts.query)["secret"] == [spell_secret(RFC_SECRET).replace(" ", "")]


def test_the_picture_is_svg_without_anything_the_policy_forbids() -> None:
    drawn = draw_qr("otpauth://totp/x?secret=AAAA").decode()
    assert drawn.startswith("<svg")
    assert "style=" not in drawn
    assert "<script" not in drawn
