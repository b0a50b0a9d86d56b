"""Sealed values must not show what they hold, whatever is done to them."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass

import pytest

from tenants.vault.envelope import DataKey
from tenants.vault.errors import SealedLeakError
from tenants.vault.sealed import SealedBytes, SealedText

SECRET = "+48600111222"
SEALED = [SealedText(SECRET), SealedBytes(SECRET.encode()), DataKey(SECRET.encode().ljust(32, b"."))]


@pytest.mark.parametrize("value", SEALED)
def test_it_prints_as_sealed_in_every_form(value: object) -> None:
    shown = [
        repr(value),
        str(value),
        f"{value}",
        f"{value!r:>40}",
        f"{value:>40}",
        f"{[value]}",
    ]
    assert all("<sealed>" in text for text in shown)
    assert not any(SECRET in text for text in shown)


@pytest.mark.parametrize("value", SEALED)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_refuses_to_be_pickled(value: object, protocol: int) -> None:
    with pytest.raises(SealedLeakError) as refused:
        pickle.dumps(value, protocol)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("value", SEALED)
def test_it_refuses_to_be_json(value: object) -> None:
    with pytest.raises(TypeError):
        json.dumps({"number": value})
    assert SECRET not in json.dumps({"number": value}, default=repr)


@pytest.mark.parametrize("value", SEALED)
def test_it_has_no_dictionary_and_does_not_change(value: object) -> None:
    assert not hasattr(value, "__dict__")
    for name in ("_text", "_octets", "other"):
        with pytest.raises(AttributeError):
            setattr(value, name, "changed")
        with pytest.raises(AttributeError):
            delattr(value, name)


@pytest.mark.parametrize("value", SEALED)
def test_it_is_not_hashable_so_no_set_compares_secrets(value: object) -> None:
    with pytest.raises(TypeError):
        hash(value)


@pytest.mark.parametrize("value", SEALED)
def test_copies_are_the_same_object(value: object) -> None:
    assert copy.copy(value) is value
    assert copy.deepcopy([value])[0] is value


def test_it_stays_sealed_inside_a_dataclass() -> None:
    @dataclass(frozen=True)
    class Person:
        name: SealedText

    person = Person(SealedText(SECRET))
    assert SECRET not in repr(person)
    assert SECRET not in repr(asdict(person))


def test_it_stays_sealed_in_a_traceback_with_locals() -> None:
    number = SealedText(SECRET)
    try:
        raise RuntimeError(number)
    except RuntimeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "<sealed>" in shown
    assert number.open_text() not in shown


def test_it_stays_sealed_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("vault-test").warning("dialling %s", SealedText(SECRET))
    assert "dialling <sealed>" in caplog.text
    assert SECRET not in caplog.text


def test_it_equals_only_another_sealed_value_of_the_same_content() -> None:
    assert SealedText(SECRET) == SealedText(SECRET)
    assert SealedText(SECRET) != SealedText(SECRET + "0")
    assert SealedText(SECRET) != SECRET
    assert SealedText("\ud800") == SealedText("\ud800")
    assert SealedBytes(b"key") == SealedBytes(b"key")
    assert SealedBytes(b"key") != SealedBytes(b"kez")
    assert SealedBytes(b"key") != b"key"
    assert SealedText("key") != SealedBytes(b"key")


def test_it_opens_to_what_was_sealed() -> None:
    assert SealedText(SECRET).open_text() == SECRET
    assert SealedBytes(b"key").open_bytes() == b"key"


def test_it_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(TypeError):
        SealedText(b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        SealedBytes(bytearray(b"mutable"))  # type: ignore[arg-type]
