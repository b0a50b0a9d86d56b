"""Entries in words: the rows of a timeline, day by day, and one entry in full. It must never say proven."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dialer.oversight.names import Names
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.details import DETAILS
from tenants.oversight.queries import OUTCOME_KEY, PersonName, Seer
from tenants.oversight.wording import (
    ACTORS,
    PROCESSES,
    STAGES,
    SUBJECTS,
    Act,
    Text,
    act_of,
    code_words,
)

# Public keys and digests, shown to the letter.
_KEYS = frozenset({"key", "new_key", "old_key", "root", "digest"})


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a line of a timeline."""

    id: UUID
    at: datetime
    what: str
    icon: str
    tone: str
    who: str
    who_id: UUID | None
    campaign: str
    campaign_id: UUID | None
    contact_id: UUID | None
    allowed: bool
    signed: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day of the firm's own calendar, newest first."""

    day: date
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of an entry in words; `kind` says how it is drawn: text, mono, time, contact, person, campaign.

    `is_more`: a field that few ask for, drawn folded.
    """

    label: Text
    value: Any
    kind: str = "text"
    id: UUID | None = None
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class SeerRow:
    """One person who had a contact's record open, and how far. `stage` says what was open at most, in words."""

    seer: Seer
    name: str
    is_known: bool
    outsourcer: str
    stage: Text


def seers_of(
    seers: Iterable[Seer], people: dict[UUID, PersonName], outsourcers: dict[UUID, str]
) -> list[SeerRow]:
    """Return who has seen a person, by name, who saw them first on top."""
    return [
        SeerRow(
            seer=seer,
            name=people[seer.person_id].name if seer.person_id in people else str(seer.person_id),
            is_known=seer.person_id in people,
            outsourcer=outsourcers.get(seer.outsourcer_id, "") if seer.outsourcer_id else "",
            stage=STAGES.get(seer.stage, str(seer.stage)),
        )
        for seer in seers
    ]


def days_of(
    entries: Iterable[Entry], names: Names, zone: ZoneInfo, *, signed: frozenset[UUID] = frozenset()
) -> list[Day]:
    """Return the entries as rows, grouped by day in this zone, in the order given; `signed` are in the signed tree."""
    days: list[Day] = []
    for entry in entries:
        day = entry.at.astimezone(zone).date()
        if not days or days[-1].day != day:
            days.append(Day(day, []))
        days[-1].rows.append(row_of(entry, names, is_signed=entry.id in signed))
    return days


def row_of(entry: Entry, names: Names, *, is_signed: bool = False) -> Row:
    """Return one entry as a line."""
    act = act_of(entry.event, allowed=entry.allowed)
    return Row(
        id=entry.id,
        at=entry.at,
        what=what_of(entry, names, act),
        icon=act.icon,
        tone=act.tone,
        who=who_of(entry, names),
        who_id=entry.actor_id,
        campaign=names.campaign(entry.campaign_id),
        campaign_id=entry.campaign_id if entry.campaign_id in names.campaigns else None,
        contact_id=entry.contact_id,
        allowed=entry.allowed,
        signed=is_signed,
    )


def what_of(entry: Entry, names: Names, act: Act) -> str:
    """Return what happened, with what matters most: the outcome, the result, the stage, the reason."""
    said = [str(words) for words in _particulars(entry, names)]
    if not said:
        return str(act.words)
    return _("%(act)s: %(more)s") % {"act": act.words, "more": ", ".join(said)}


def who_of(entry: Entry, names: Names) -> str:
    """Return who did it and for which outsourcer; what no person did is named by its process."""
    parts = []
    if entry.actor_id is None:
        parts.append(str(ACTORS.get(entry.actor_kind, entry.actor_kind)))
    else:
        parts.append(names.person(entry.actor_id))
        if entry.actor_kind not in ("person", ""):
            parts.append(str(ACTORS.get(entry.actor_kind, entry.actor_kind)))
    if entry.outsourcer_id:
        parts.append(names.outsourcer(entry.outsourcer_id))
    return ", ".join(parts)


def facts_of(entry: Entry, names: Names) -> list[Fact]:
    """Return every field of an entry in words, in the order an auditor asks."""
    act = act_of(entry.event, allowed=entry.allowed)
    facts = [
        Fact(_("What"), what_of(entry, names, act)),
        Fact(_("Verdict"), _("Allowed") if entry.allowed else _("Denied")),
        Fact(
            _("Who"),
            names.person(entry.actor_id) or ACTORS.get(entry.actor_kind, entry.actor_kind),
            "person" if entry.actor_id in names.people else "text",
            entry.actor_id,
        ),
        Fact(_("For"), names.outsourcer(entry.outsourcer_id)),
        Fact(_("Why"), code_words(entry.reason) if entry.reason else ""),
        Fact(_("Talked"), _talked(entry, names)),
        Fact(_("When"), entry.at, "time"),
        Fact(_("Contact"), entry.contact_id, "contact", entry.contact_id),
        Fact(_("Campaign"), names.campaign(entry.campaign_id), "campaign", entry.campaign_id),
        Fact(_("From"), entry.address or "", "mono"),
        *_details(entry, names),
        Fact(_("Acting as"), ACTORS.get(entry.actor_kind, entry.actor_kind), is_more=True),
        replace(_subject(entry, names), is_more=entry.subject_kind != "person"),
        Fact(_("Device"), entry.device, is_more=True),
        Fact(_("Session"), entry.session_ref, "mono", is_more=True),
        Fact(_("Written by"), PROCESSES.get(entry.process, entry.process), is_more=True),
        Fact(_("Entry"), str(entry.id), "mono", is_more=True),
    ]
    return [fact for fact in facts if fact.value not in ("", None)]


def _particulars(entry: Entry, names: Names) -> Iterable[Text]:
    if entry.event == Event.OUTCOME_RECORDED:
        label = names.outcomes.get(str(entry.details.get(OUTCOME_KEY)))
        yield label or code_words(entry.reason)
        return
    if "stage" in entry.details:
        stage = entry.details["stage"]
        yield STAGES.get(stage, str(stage))
    if entry.event == Event.NUMBER_SEARCHED and "found" in entry.details:
        count = int(entry.details["found"])
        yield ngettext("%(count)d contact found", "%(count)d contacts found", count) % {"count": count}
    if entry.reason:
        yield code_words(entry.reason)
    talked = names.talked_s.get(entry.subject_id) if entry.subject_id else None
    if entry.event == Event.CALL_ENDED and talked is not None:
        minutes, seconds = divmod(talked, 60)
        yield _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}


def _subject(entry: Entry, names: Names) -> Fact:
    kind = entry.subject_kind
    label = SUBJECTS.get(kind, kind)
    if entry.subject_id is None or entry.subject_id in (entry.contact_id, entry.campaign_id):
        return Fact(label, "")
    if kind == "person":
        return Fact(label, names.person(entry.subject_id))
    return Fact(label, str(entry.subject_id), "mono")


def _talked(entry: Entry, names: Names) -> str:
    seconds = names.talked_s.get(entry.subject_id) if entry.subject_id else None
    return "" if seconds is None else _("%(seconds)d s") % {"seconds": seconds}


def _details(entry: Entry, names: Names) -> Iterable[Fact]:
    for key, value in sorted(entry.details.items()):
        if value in ("", None):
            continue
        is_said = entry.event == Event.OUTCOME_RECORDED or key == "stage"
        yield Fact(DETAILS.get(key, key.replace("_", " ")), _value(key, value, names), is_more=is_said)


def _value(key: str, value: Any, names: Names) -> str | Promise:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if key == "stage":
        return STAGES.get(value, str(value))
    if key == OUTCOME_KEY:
        return names.outcomes.get(str(value), str(value))
    if key in _KEYS:
        return str(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return code_words(value) if isinstance(value, str) and "-" not in value else str(value)
