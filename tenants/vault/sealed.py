"""Wrappers for a secret text and for secret bytes. They must never show, copy out or leak what they hold."""

import hmac
from typing import Any, Final, NoReturn, Self, SupportsIndex

from tenants.vault.errors import SealedLeakError

_SHOWN: Final = "<sealed>"


class _Sealed:
    """What both wrappers share: immutable, unhashable, printed as `<sealed>`, never serialised.

    Slots keep the value out of `vars()`, so a debugger page or an error collector that walks
    objects finds no dictionary to print.
    """

    __slots__ = ()
    # A set or a dictionary of secrets would compare them in variable time.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return _SHOWN

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        return _SHOWN

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("sealed values do not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("sealed values do not change")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise SealedLeakError


class SealedText(_Sealed):
    """A secret text: a phone number, a personal field, a password."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("SealedText holds a str")
        object.__setattr__(self, "_text", text)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time; a plain `str` is never equal."""
        if not isinstance(other, SealedText):
            return NotImplemented
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def open_text(self) -> str:
        """Give the text itself. Call it at the last moment and keep no name for the result."""
        return self._text


class SealedBytes(_Sealed):
    """Secret bytes: a key."""

    __slots__ = ("_octets",)
    _octets: bytes

    def __init__(self, octets: bytes) -> None:
        if not isinstance(octets, bytes):
            raise TypeError("SealedBytes holds bytes")
        object.__setattr__(self, "_octets", octets)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time; plain `bytes` are never equal."""
        if not isinstance(other, SealedBytes):
            return NotImplemented
        return hmac.compare_digest(self._octets, other._octets)

    def open_bytes(self) -> bytes:
        """Give the bytes themselves. Call it at the last moment and keep no name for the result."""
        return self._octets
