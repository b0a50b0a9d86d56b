"""Opens the one person an agent may see now, with the agent surface's key. It must never keep what it opened.

Data keys of lists are kept unwrapped for a bounded time; fields are opened anew each time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tenants.vault.envelope import DataKey, FieldOpener, field_context, open_data_key
from tenants.vault.keyring import Keyring

# How import names a field of a column in its seal; numbers have another prefix.
FIELD_PREFIX: Final = "field:"
KEEP_KEYS_S: Final = 600.0
KEEP_KEYS: Final = 256
_LOCKS: Final = {1: "answered", 2: "verified"}
_NAME_ROLES: Final = ("name", "first_name", "last_name")


@dataclass(frozen=True, slots=True, repr=False)
class OpenPerson:
    """One person as an agent may see them now. Personal: never logged, never stored, prints as nothing.

    `fields` are {"label", "value"} or {"label", "locked"}; `values` and `labels`, by column and role, serve
    the script.
    """

    lease_id: UUID
    contact_id: UUID
    name: str
    fields: tuple[dict[str, str], ...]
    values: Mapping[str, str]
    labels: Mapping[str, str]
    answers_key: Callable[[], DataKey]

    def __repr__(self) -> str:
        return "OpenPerson(<sealed>)"


@dataclass(slots=True)
class ListKeys:
    """Unwrapped data keys of lists, at most `KEEP_KEYS` of them, each for at most `KEEP_KEYS_S` seconds."""

    keyring: Keyring
    clock: Callable[[], float] = time.monotonic
    _held: OrderedDict[tuple[Any, ...], tuple[float, DataKey, FieldOpener]] = field(
        default_factory=OrderedDict
    )

    def unwrap(self, revealed: Mapping[str, Any], purpose: str) -> tuple[DataKey, FieldOpener]:
        """Give the list's key for `fields` or `answers`.

        Raises: SealError, KeyFileError; KeyError when what was revealed names no such key.
        """
        wrapped = bytes.fromhex(revealed[f"{purpose}_key"])
        name = (revealed["list_id"], purpose, revealed["key_version"], wrapped)
        now = self.clock()
        held = self._held.get(name)
        if held is None or held[0] <= now:
            key = open_data_key(
                self.keyring.private_key(revealed[f"{purpose}_key_version"]),
                wrapped,
                firm_id=UUID(revealed["firm_id"]),
                list_id=UUID(revealed["list_id"]),
                purpose=purpose,
                key_version=revealed["key_version"],
            )
            held = (now + KEEP_KEYS_S, key, FieldOpener(key))
            self._held[name] = held
        self._held.move_to_end(name)
        while len(self._held) > KEEP_KEYS:
            self._held.popitem(last=False)
        return held[1], held[2]


def open_person(revealed: Mapping[str, Any], keys: ListKeys) -> OpenPerson:
    """Open what dialer_reveal_contact_v1 granted.

    Raises: SealError when a field was damaged or moved from another record.
    """
    ids = {name: UUID(revealed[f"{name}_id"]) for name in ("firm", "list", "contact")}
    opened: dict[str, str] = {}
    columns = revealed["columns"]
    for column in columns:
        if column["shown"] and column["sealed"]:
            context = field_context(
                firm_id=ids["firm"],
                list_id=ids["list"],
                contact_id=ids["contact"],
                field=FIELD_PREFIX + column["name"],
                key_version=revealed["key_version"],
            )
            opener = keys.unwrap(revealed, "fields")[1]
            opened[column["name"]] = opener.open(bytes.fromhex(column["sealed"]), context).decode("utf-8")
    by_role = {column["role"]: opened.get(column["name"], "") for column in reversed(columns)}
    name = _name(by_role)
    labels = {column["name"]: column["label"] for column in columns}
    labels |= {
        column["role"]: column["label"] for column in reversed(columns) if column["role"] not in labels
    }
    return OpenPerson(
        lease_id=UUID(revealed["lease_id"]),
        contact_id=ids["contact"],
        name=name,
        fields=tuple(_row(column, opened) for column in columns if not _is_named(column, opened)),
        values={**by_role, "name": name, **opened},
        labels=labels,
        answers_key=lambda: keys.unwrap(revealed, "answers")[0],
    )


def _name(by_role: Mapping[str, str]) -> str:
    if by_role.get("name"):
        return by_role["name"]
    return " ".join(part for part in (by_role.get("first_name"), by_role.get("last_name")) if part)


def _is_named(column: Mapping[str, Any], opened: Mapping[str, str]) -> bool:
    """A part of the name already stands in the heading; while it is locked it stands among the fields."""
    return column["role"] in _NAME_ROLES and column["name"] in opened


def _row(column: Mapping[str, Any], opened: Mapping[str, str]) -> dict[str, str]:
    if column["shown"]:
        return {"label": column["label"], "value": opened.get(column["name"], "")}
    return {"label": column["label"], "locked": _LOCKS[column["visible"]]}
