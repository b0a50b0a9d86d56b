"""Judges rows and seals what is kept, in a process of its own; gives blocks for COPY, never a clear cell.

Pure: no Django, no database. Keys arrive through the pipe to the process and stay in its memory.
"""

import os
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from campaigns.importing.delimited import Cells
from campaigns.importing.judge import Accepted, Judge, PossibleNumbers, Rejected
from campaigns.importing.mapping import Mapping
from tenants.db.ids import new_id
from tenants.vault.envelope import DataKey, FieldContexts, FieldSealer
from tenants.vault.errors import EmptyAnswerError
from tenants.vault.index import answer_digest, number_index
from tenants.vault.sealed import SealedBytes

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_TRAILER = struct.pack(">h", -1)

# Binary COPY: the number of fields, then each behind its length. Source: PostgreSQL, COPY, "Binary Format".
_NUMBER = struct.Struct(">hi16siiihi32si")
_CONTACT = struct.Struct(">hi16siii")
_ARRAY = struct.Struct(">iiiii")
_EMPTY_ARRAY = struct.pack(">iiii", 12, 0, 0, 17)
_INT = struct.Struct(">i")
_REJECT = struct.Struct(">hiii")
_NULL = _INT.pack(-1)
_BYTEA_OID = 17
_PARENT_CHECK_S = 2.0


@dataclass(frozen=True, slots=True, repr=False)
class SealingPlan:
    """What a process needs to seal the rows of one list; holds raw keys, so it is never shown or stored.

    `field_keys` name the kept columns in the mapping's order; `compared` are their places that get a digest.
    """

    firm_id: UUID
    list_id: UUID
    key_version: int
    mapping: Mapping
    field_keys: tuple[str, ...]
    compared: tuple[int, ...]
    region: str | None
    possible_numbers: PossibleNumbers
    number_key: bytes
    fields_key: bytes
    answers_key: bytes
    index_key: bytes

    def __repr__(self) -> str:
        return "<sealed>"


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """Tuples for COPY of the contacts, numbers and rejects of a chunk, and how many rows it had."""

    rows: int
    rejected: int
    contacts: bytes
    numbers: bytes
    rejects: bytes


class ChunkSealer:
    """Judges and seals chunk after chunk of one list."""

    def __init__(self, plan: SealingPlan) -> None:
        version = plan.key_version
        self._judge = Judge(plan.mapping, plan.region, plan.possible_numbers).judge
        self._numbers = FieldSealer(DataKey(plan.number_key))
        self._fields = FieldSealer(DataKey(plan.fields_key))
        self._answers = SealedBytes(plan.answers_key)
        self._index = SealedBytes(plan.index_key)
        self._names = plan.field_keys
        self._compared = frozenset(plan.compared)
        self._number_contexts = [
            _contexts(plan, f"phone:{place}", version) for place in range(len(plan.mapping.phones))
        ]
        self._field_contexts = [_contexts(plan, f"field:{name}", version) for name in plan.field_keys]

    def seal(self, rows: Sequence[tuple[int, Cells]]) -> SealedChunk:
        """Return the sealed chunk; rows are (line number, cells)."""
        contacts: list[bytes] = []
        numbers: list[bytes] = []
        rejects: list[bytes] = []
        for line_no, cells in rows:
            verdict = self._judge(line_no, cells)
            if isinstance(verdict, Rejected):
                rejects.append(_pack_reject(verdict))
            else:
                self._add(verdict, contacts, numbers)
        return SealedChunk(len(rows), len(rejects), b"".join(contacts), b"".join(numbers), b"".join(rejects))

    def _add(self, row: Accepted, contacts: list[bytes], numbers: list[bytes]) -> None:
        contact_id = new_id()
        zones: set[str] = set()
        unknown = False
        for place, e164, _, zone in row.numbers:
            sealed = self._numbers.seal(e164.encode("ascii"), self._number_contexts[place].of(contact_id))
            index = number_index(self._index, e164)
            numbers.append(
                _NUMBER.pack(5, 16, contact_id.bytes, 4, row.line_no, 2, place, 32, index, len(sealed))
            )
            numbers.append(sealed)
            unknown = unknown or not zone
            zones.update(zone.split("+"))
        # One number whose zone nobody knows makes the person's unknown: then nobody may call.
        key = "" if unknown else "+".join(sorted(zones))
        region = row.numbers[0][2] or ""
        contacts.append(_CONTACT.pack(6, 16, contact_id.bytes, 4, row.line_no, len(key)))
        contacts.append(key.encode("ascii"))
        contacts.append(_INT.pack(len(region)))
        contacts.append(region.encode("ascii"))
        contacts.append(_pack_array(self._sealed_fields(row.fields, contact_id)))
        contacts.append(_pack_array(self._digests(row.fields, contact_id)))

    def _sealed_fields(self, fields: list[str], contact_id: UUID) -> list[bytes | None]:
        seal = self._fields.seal
        return [
            seal(text.encode("utf-8"), contexts.of(contact_id)) if text else None
            for text, contexts in zip(fields, self._field_contexts, strict=True)
        ]

    def _digests(self, fields: list[str], contact_id: UUID) -> list[bytes | None]:
        if not self._compared:
            return []
        made: list[bytes | None] = [None] * len(fields)
        for place in self._compared:
            try:
                made[place] = answer_digest(
                    self._answers, contact_id=contact_id, field=self._names[place], answer=fields[place]
                )
            except EmptyAnswerError:
                # Nothing to compare with: the question cannot be asked of this person.
                made[place] = None
        return made


def _contexts(plan: SealingPlan, field: str, version: int) -> FieldContexts:
    return FieldContexts(firm_id=plan.firm_id, list_id=plan.list_id, field=field, key_version=version)


def _pack_array(values: list[bytes | None]) -> bytes:
    """Return a bytea[] field with its length."""
    if not values:
        return _EMPTY_ARRAY
    parts = [_ARRAY.pack(1, 1 if None in values else 0, _BYTEA_OID, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts.append(_INT.pack(len(value)))
            parts.append(value)
    body = b"".join(parts)
    return _INT.pack(len(body)) + body


def _pack_reject(verdict: Rejected) -> bytes:
    reason, column = verdict.reason.value.encode(), (verdict.column or "").encode("utf-8")
    return b"".join(
        (
            _REJECT.pack(3, 4, verdict.line_no, len(reason)),
            reason,
            _INT.pack(len(column)),
            column,
        )
    )


# One sealer a process, under a name of its own: the pool hands its processes nothing but chunks.
_sealers: list[ChunkSealer] = []


def start_process(plan: SealingPlan) -> None:
    """Prepare a pool's process; it ends by itself when its parent is gone."""
    _sealers[:] = [ChunkSealer(plan)]
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


def seal_in_process(rows: Sequence[tuple[int, Cells]]) -> SealedChunk:
    """Seal a chunk in a process that `start_process` prepared."""
    if not _sealers:
        raise RuntimeError("the process was not prepared")
    return _sealers[0].seal(rows)


def _end_with_parent(parent: int) -> None:
    # A parent killed outright leaves its pool waiting for ever, keys in memory.
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(1)
