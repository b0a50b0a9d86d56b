"""A joining person between two pages: sealed, and of use to nobody else."""

import base64
from dataclasses import replace
from uuid import UUID

import pytest

from tenants.identity.enrolment import Enrolment, open_enrolment, seal_enrolment
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring, create_keyrings, load_keyring
from tenants.vault.sealed import SealedBytes, SealedText

KEY = "session-key-of-the-one-who-joins"
ENROLMENT = Enrolment(
    invite=SealedText("the-invitation"),
    person_id=UUID(int=7),
    email="ana@tern.example",
    name="Ana Żak",
    house_name="Tern Contact",
    secret=SealedBytes(b"s" * 20),
)


@pytest.fixture(scope="module")
def keyrings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Keyring, Keyring]:
    folder, other = (tmp_path_factory.mktemp("keys") / name for name in ("one", "other"))
    create_keyrings(folder)
    create_keyrings(other)
    return load_keyring(folder, "agent"), load_keyring(other, "agent")


@pytest.mark.parametrize("raw", [None, SealedBytes(b"r" * 32)])
def test_it_comes_back_as_it_went(keyrings: tuple[Keyring, Keyring], raw: SealedBytes | None) -> None:
    kept = replace(ENROLMENT, raw=raw)
    text = seal_enrolment(keyrings[0], kept, session_key=KEY)
    back = open_enrolment(keyrings[0], text, session_key=KEY)
    names = ("invite", "person_id", "email", "name", "house_name", "secret", "raw")
    assert [getattr(back, name) for name in names] == [getattr(kept, name) for name in names]


def test_it_opens_in_no_other_session(keyrings: tuple[Keyring, Keyring]) -> None:
    text = seal_enrolment(keyrings[0], ENROLMENT, session_key=KEY)
    with pytest.raises(SealError):
        open_enrolment(keyrings[0], text, session_key=KEY + "x")


def test_it_opens_under_no_other_key(keyrings: tuple[Keyring, Keyring]) -> None:
    text = seal_enrolment(keyrings[0], ENROLMENT, session_key=KEY)
    with pytest.raises(SealError):
        open_enrolment(keyrings[1], text, session_key=KEY)


def test_what_is_kept_shows_nothing_of_the_person(keyrings: tuple[Keyring, Keyring]) -> None:
    text = seal_enrolment(keyrings[0], ENROLMENT, session_key=KEY)
    octets = base64.b64decode(text)
    assert b"ana@tern" not in octets
    assert b"the-invitation" not in octets


@pytest.mark.parametrize("text", ["", "!!", "AAAA"])
def test_what_was_not_sealed_here_does_not_open(keyrings: tuple[Keyring, Keyring], text: str) -> None:
    with pytest.raises(SealError):
        open_enrolment(keyrings[0], text, session_key=KEY)


def test_it_never_prints_its_secrets() -> None:
    shown = repr(replace(ENROLMENT, raw=SealedBytes(b"r" * 32)))
    assert "the-invitation" not in shown
    assert "sss" not in shown
    assert "rrr" not in shown
