"""Compares an incident as it is stored with what the record says was written. It never takes a row's own word for it.

Whether the record itself is unchanged is proven elsewhere: each entry has its place in the signed tree.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.models import Incident, IncidentEntry


class Verdict(StrEnum):
    """What the comparison of one thing found. LET_GO: its entry is gone after the time that entries are kept."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    UNRECORDED = "unrecorded"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found for the head, for each item by its id, and the entries whose item is gone."""

    head: Verdict
    head_entry: UUID | None
    items: Mapping[UUID, Verdict]
    item_entries: Mapping[UUID, UUID]
    gone: Sequence[Entry]

    @property
    def is_complete(self) -> bool:
        """Whether everything could be compared: no entry was let go."""
        return Verdict.LET_GO not in {self.head, *self.items.values()}

    @property
    def has_findings(self) -> bool:
        """Whether anything differs from what was recorded."""
        verdicts = {self.head, *self.items.values()}
        return bool(self.gone) or bool(verdicts & {Verdict.CHANGED, Verdict.UNRECORDED})


def verify_incident(
    *, incident: Incident, items: Sequence[IncidentEntry], entries: Sequence[Entry], kept_since: datetime
) -> Comparison:
    """Compare the head and every item with their entries.

    `kept_since` is the time before which entries may have been let go.
    """
    opened = [entry for entry in entries if entry.event == Event.INCIDENT_OPENED]
    by_item = {str(entry.details.get("item")): entry for entry in entries if "item" in entry.details}
    found = {item.id: by_item.get(str(item.id)) for item in items}
    return Comparison(
        head=_head(incident, opened, kept_since),
        head_entry=opened[0].id if opened else None,
        items={item.id: _item(item, found[item.id], kept_since) for item in items},
        item_entries={item_id: entry.id for item_id, entry in found.items() if entry is not None},
        gone=[entry for item_id, entry in by_item.items() if item_id not in {str(key) for key in found}],
    )


def head_text(incident: Incident) -> str:
    """Return the head as the text whose SHA-256 the entry of the opening holds: a field a line, the title last."""
    return "\n".join(
        (
            str(incident.number),
            incident.kind,
            incident.cause,
            str(incident.subject_id or ""),
            _time_text(incident.happened_at),
            _time_text(incident.discovered_at),
            _time_text(incident.due_at),
            str(incident.opened_by or ""),
            _time_text(incident.opened_at),
            incident.title,
        )
    )


def _head(incident: Incident, opened: Sequence[Entry], kept_since: datetime) -> Verdict:
    if not opened:
        return _without_entry(incident.opened_at, kept_since)
    is_same = (
        len(opened) == 1
        and opened[0].details.get("digest") == _digest(head_text(incident))
        and opened[0].actor_id == incident.opened_by
    )
    return Verdict.UNCHANGED if is_same else Verdict.CHANGED


def _item(item: IncidentEntry, entry: Entry | None, kept_since: datetime) -> Verdict:
    if entry is None:
        return _without_entry(item.added_at, kept_since)
    said: dict[str, Any] = {
        "digest": _digest(item.text),
        "kind": item.kind,
        "told_at": _time_text(item.told_at),
        "added_at": _time_text(item.added_at),
    }
    is_same = (
        all(entry.details.get(name) == value for name, value in said.items())
        and bytes(item.digest).hex() == said["digest"]
        and entry.actor_id == item.added_by
    )
    return Verdict.UNCHANGED if is_same else Verdict.CHANGED


def _without_entry(written_at: datetime, kept_since: datetime) -> Verdict:
    return Verdict.LET_GO if written_at < kept_since else Verdict.UNRECORDED


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _time_text(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
