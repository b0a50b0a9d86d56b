"""Incidents and what was added to them as the pages show them: words, names and verdicts side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.incidents.clock import Clock
from tenants.incidents.compare import Verdict
from tenants.incidents.queries import Standing
from tenants.incidents.services import Dossier
from tenants.incidents.wording import CLOCKS, Look, Text, clock_words, item_look, item_words, title_of
from tenants.oversight.models import Incident, IncidentEntry
from tenants.oversight.queries import load_people


@dataclass(frozen=True, slots=True)
class Row:
    """One incident in words."""

    incident: Incident
    title: Text
    is_open: bool
    told_at: datetime | None
    clock: Clock
    clock_look: Look
    clock_words: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item in words; `who` is empty for what Keyhole added itself."""

    item: IncidentEntry
    look: Look
    words: str
    who: str
    digest: str
    verdict: Verdict
    entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class ItemRows:
    """Everything that was added, in order, and who opened the incident (empty: Keyhole)."""

    rows: list[ItemRow]
    opened_by: str


def row_of(standing: Standing, now: datetime) -> Row:
    """Return one incident in words, as it stands at `now`."""
    clock = standing.clock(now)
    return Row(
        incident=standing.incident,
        title=title_of(standing.incident),
        is_open=standing.is_open,
        told_at=standing.told_at,
        clock=clock,
        clock_look=CLOCKS[clock.state],
        clock_words=clock_words(clock),
    )


def item_rows(dossier: Dossier, firm_id: UUID) -> ItemRows:
    """Return the items in words, with the names of who added them."""
    incident = dossier.standing.incident
    authors = [incident.opened_by, *(item.added_by for item in dossier.items)]
    names = _names(firm_id, authors)
    rows = [
        ItemRow(
            item=item,
            look=item_look(item),
            words=item_words(item),
            who=names.get(item.added_by, ""),
            digest=bytes(item.digest).hex(),
            verdict=dossier.comparison.items[item.id],
            entry_id=dossier.comparison.item_entries.get(item.id),
        )
        for item in dossier.items
    ]
    return ItemRows(rows, names.get(incident.opened_by, ""))


def _names(firm_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = {one for one in ids if one is not None}
    people = load_people(firm_id=firm_id, ids=wanted)
    # Somebody the firm may no longer see is named by id, never left out.
    return {one: people[one].name if one in people else str(one) for one in wanted}
