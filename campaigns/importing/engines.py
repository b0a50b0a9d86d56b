"""The two phone libraries behind one small interface: the quick one when it is installed, the reference otherwise."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers

EngineName = Literal["auto", "rphonenumbers", "phonenumbers"]


@dataclass(frozen=True, slots=True)
class Engine:
    """`parse(text, region)` returns an opaque number that the other functions take.

    `parse` raises `error` with `error_type`; kinds and possibilities are the integers of phonenumbers.
    """

    name: str
    parse: Callable[[str, str | None], Any]
    kind: Callable[[Any], int]
    region: Callable[[Any], str | None]
    possible: Callable[[Any], int]
    error: type[Exception]


def load_engine(name: EngineName = "auto") -> Engine:
    """Return the engine asked for; 'auto' prefers rphonenumbers. Raises: ImportError when one is named in vain."""
    if name != "phonenumbers":
        try:
            return _wrap(importlib.import_module("rphonenumbers"), "rphonenumbers")
        except ImportError:
            if name != "auto":
                raise
    return _wrap(phonenumbers, "phonenumbers")


def _wrap(module: Any, name: str) -> Engine:
    return Engine(
        name=name,
        parse=module.parse,
        kind=module.number_type,
        region=module.region_code_for_number,
        possible=module.is_possible_number_with_reason,
        error=module.NumberParseException,
    )
