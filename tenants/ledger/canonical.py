"""The bytes of an entry, form 1: the same fields always give the same bytes. It must never guess at a field or drop one.

The form is RFC 8785 (JSON Canonicalization Scheme) narrowed to whole numbers; FORMAT.md says it in full.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn
from uuid import UUID

FORM: Final = 1
# An entry goes into a bundle behind its length as two bytes (C2SP tlog-tiles).
MAX_ENTRY: Final = 65_535
# Beyond this a reader that holds numbers as doubles (RFC 8785, section 3.2.2.3) would read another number.
MAX_NUMBER: Final = 2**53 - 1

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_DETAIL: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class EntryError(ValueError):
    """This entry cannot be written in the ledger's form. The message names the field, never what it held."""


def _uuid(name: str, value: object) -> str:
    text = str(value) if isinstance(value, UUID) else value
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise EntryError(f"{name} is not a UUID in lower case")
    return text


def _uuid_or_null(name: str, value: object) -> str | None:
    return None if value is None else _uuid(name, value)


def _text(name: str, value: object) -> str:
    # A subclass (a lazy translation, an enum) could print otherwise than it compares.
    if not isinstance(value, str):
        raise EntryError(f"{name} is not a text")
    return str(value)


def _text_or_null(name: str, value: object) -> str | None:
    return None if value is None else _text(name, value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise EntryError(f"{name} is not true or false")
    return value


def _form(name: str, value: object) -> int:
    if isinstance(value, bool) or value != FORM:
        raise EntryError(f"{name} is not {FORM}")
    return FORM


def format_at(moment: datetime) -> str:
    """Write an aware time as UTC with six digits of the second.

    Raises: EntryError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise EntryError("at has no zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _at(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return format_at(value)
    if not isinstance(value, str) or not _AT.fullmatch(value):
        raise EntryError(f"{name} is not a UTC time with six digits of the second")
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise EntryError(f"{name} names no day or no time that exists") from error
    return value


def _scalar(name: str, value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        raise EntryError(f"{name} holds a fraction; whole numbers and texts only")
    if isinstance(value, int):
        if abs(value) > MAX_NUMBER:
            raise EntryError(f"{name} holds a number beyond 2^53 - 1")
        return int(value)
    return _text(name, value)


def _details(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise EntryError(f"{name} is not an object")
    checked: dict[str, object] = {}
    for key, member in value.items():
        # Plain keys sort alike by code point and by UTF-16 unit, so every reader has them in one order.
        if not isinstance(key, str) or not _DETAIL.fullmatch(key):
            raise EntryError(f"{name} has a key that is not 1 to 64 plain letters, digits and _ . : -")
        is_list = isinstance(member, list | tuple)
        checked[key] = [_scalar(name, one) for one in member] if is_list else _scalar(name, member)
    return checked


_FIELDS: Final[dict[str, Callable[[str, object], object]]] = {
    "v": _form,
    "id": _uuid,
    "firm_id": _uuid,
    "at": _at,
    "event": _text,
    "actor_kind": _text,
    "actor_id": _uuid_or_null,
    "outsourcer_id": _uuid_or_null,
    "campaign_id": _uuid_or_null,
    "contact_id": _uuid_or_null,
    "subject_kind": _text,
    "subject_id": _uuid_or_null,
    "allowed": _flag,
    "reason": _text,
    "address": _text_or_null,
    "device": _text,
    "session_ref": _text,
    "process": _text,
    "details": _details,
}
FIELDS: Final = frozenset(_FIELDS)
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def encode_entry(fields: Mapping[str, object]) -> bytes:
    """Give the entry's bytes. `v` may be left out; every other field must be there, and no other.

    UUIDs may be `UUID` or lower-case text, `at` an aware `datetime` or text in the form's own spelling.

    Raises: EntryError for an unknown or missing field, a fraction, a value of another kind, or more than 65,535 bytes.
    """
    given = {"v": FORM, **fields}
    if given.keys() != FIELDS:
        odd = sorted(FIELDS.symmetric_difference(given))
        raise EntryError("missing or unknown fields: " + ", ".join(str(name)[:64] for name in odd[:5]))
    checked = {name: check(name, given[name]) for name, check in _FIELDS.items()}
    try:
        octets = _encode(checked).encode("utf-8")
    except UnicodeEncodeError as error:
        raise EntryError("a text holds half a character (a lone surrogate)") from error
    if len(octets) > MAX_ENTRY:
        raise EntryError(f"the entry is longer than {MAX_ENTRY} bytes")
    return octets


def _refuse(_: str) -> NoReturn:
    raise EntryError("the bytes hold a fraction or no number at all")


def decode_entry(octets: bytes) -> dict[str, Any]:
    """Read an entry's bytes back: UUIDs and `at` as texts.

    Raises: EntryError unless the bytes are exactly those that `encode_entry` gives for what they say.
    """
    if len(octets) > MAX_ENTRY:
        raise EntryError(f"the entry is longer than {MAX_ENTRY} bytes")
    try:
        fields = json.loads(octets.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
    except EntryError:
        raise
    except (ValueError, RecursionError) as error:
        raise EntryError("the bytes are not JSON in UTF-8") from error
    if not isinstance(fields, dict) or "v" not in fields:
        raise EntryError("the bytes are not an entry of a known form")
    # A repeated key, another order, a space or another escape all show here.
    if encode_entry(fields) != octets:
        raise EntryError("the bytes are not in canonical form")
    return fields
