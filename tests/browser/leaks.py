"""Looks for phone numbers in bytes, in every form somebody could have hidden or forgotten one in. Pure.

It must find what is planted: a checker that finds nothing anywhere proves nothing.
"""

import base64
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

# What people put between digits; never a letter, so that ids and times are not read as one long number.
_SPACED = re.compile(rb"[0-9](?:(?:[ \t\n\r.,:;/()_+*'\"|-]|\xc2\xa0|\xe2\x80[\x80-\xaf]){0,3}[0-9]){6,}")
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_NO_DIGIT = re.compile(rb"[^0-9]")
_DIGITS = re.compile(rb"[0-9]{7,}")
_ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})")
_HEX = re.compile(rb"[0-9a-fA-F]{14,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as E.164, and its national digits."""

    e164: str
    national: str


@dataclass(frozen=True, slots=True)
class Leak:
    """One find: which number (by its place in the list), how it was written, where. It repeats no digit."""

    number: int
    form: str
    place: str


class Searcher:
    """Searches for a list of numbers. National digits are enough: every longer form holds them."""

    def __init__(self, numbers: Iterable[Number]) -> None:
        self._plain: dict[bytes, tuple[int, str]] = {}
        self._binary: list[tuple[bytes, int]] = []
        self._hex: list[tuple[bytes, int]] = []
        for at, number in enumerate(numbers):
            self._plain[number.national.encode()] = (at, "digits")
            self._plain[number.national[::-1].encode()] = (at, "reversed")
            for spelling in (number.national, number.e164[1:]):
                value = int(spelling)
                self._binary += [(value.to_bytes(5), at), (value.to_bytes(5, "little"), at)]
                self._hex.append((f"{value:x}".encode(), at))
        self._lengths = sorted({len(plain) for plain in self._plain})

    def search(self, place: str, data: bytes) -> list[Leak]:
        """Find every number in `data`, in every form."""
        found: dict[Leak, None] = {}
        for coding, plain in _readings(data):
            for at, name in self._read(plain):
                found[Leak(at, f"{name}{coding}", place)] = None
        for form, at in self._binary:
            if form in data:
                found[Leak(at, "integer", place)] = None
        lowered = b" ".join(_HEX.findall(data)).lower()
        for form, at in self._hex:
            if form in lowered:
                found[Leak(at, "hex integer", place)] = None
        return list(found)

    def _read(self, data: bytes) -> Iterator[tuple[int, str]]:
        yield from self._in_runs(data)
        for written in _SPACED.findall(_MOMENT.sub(b" @ ", data)):
            for at, name in self._in_runs(_NO_DIGIT.sub(b"", written)):
                yield at, f"spaced {name}"

    def _in_runs(self, data: bytes) -> Iterator[tuple[int, str]]:
        for run in _DIGITS.findall(data):
            for length in self._lengths:
                for start in range(len(run) - length + 1):
                    hit = self._plain.get(run[start : start + length])
                    if hit is not None:
                        yield hit


def _readings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The data as it is and as it reads once a coding is taken away."""
    yield "", data
    if b"%" in data:
        yield " in URL code", unquote_to_bytes(data)
    if b"&" in data:
        yield " in HTML entities", html.unescape(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    if b"\\u" in data:
        yield " in JSON escapes", _ESCAPED.sub(lambda hit: bytes.fromhex(hit.group(1).decode()), data)
    if b"\0" in data:
        yield " in UTF-16", data.replace(b"\0", b"")
    yield " in hex", b"\n".join(_unhexed(data))
    yield " in base64", b"\n".join(_unbased(data))


def _unhexed(data: bytes) -> Iterator[bytes]:
    for run in _HEX.findall(data):
        for start in (0, 1):
            even = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(even.decode()).replace(b"\0", b"")


def _unbased(data: bytes) -> Iterator[bytes]:
    for run in _BASE64.findall(data):
        standard = run.translate(_TO_STANDARD)
        # It may begin anywhere within a longer text.
        for start in range(4):
            whole = standard[start : start + (len(standard) - start) // 4 * 4]
            rest = standard[start + len(whole) :]
            padded = whole + (rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b"")
            yield base64.b64decode(padded).replace(b"\0", b"")
