"""The monthly access review as a report: who had access, what they did, and what is unusual. Reads; writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from dialer.reports import access_tables as tables
from dialer.reports.access_figures import ACTIVE as ACTIVE_STATE
from dialer.reports.access_figures import DORMANT as DORMANT_FOR
from dialer.reports.access_figures import (
    ROUTINE,
    Figures,
    Terms,
    Totals,
    had_access,
    is_within,
    person_key,
    state_at,
    terms_of,
    total,
)
from dialer.reports.access_reads import (
    ActCount,
    DayCount,
    SignIns,
    count_acts,
    list_engagements,
    list_people,
    list_refusals,
    list_sign_ins,
    load_engagement_changes,
    load_people_changes,
)
from dialer.reports.document import Report
from dialer.reports.periods import Month, Period
from dialer.reports.words import frame_words, language_of, verify_words
from tenants.firms.models import Engagement, Firm
from tenants.ledger.models import Entry

# Told in the file, so that a later change of what is counted is not taken for a change of the record.
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the review: who, of which house, in which state when the month ended."""

    id: UUID | None
    name: str
    role: str
    house: str
    state: str
    totals: Totals
    since: datetime | None
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class AccessReview:
    """A month's review: the report people read, and the figures its signature stands for."""

    month: Month
    report: Report
    figures: Figures
    refusals: int
    entries: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """What a reviewer looks at first."""

    refusals: list[Entry]
    routine: list[ActCount]
    addresses: list[SignIns]
    outside: list[DayCount]
    nights: list[DayCount]
    dormant: list[Member]


def build_review(firm: Firm, month: Month, period: Period) -> AccessReview:
    """Build the review of a month in the language that is active now."""
    acts, days = count_acts(firm_id=firm.id, period=period)
    engagements = list_engagements(firm_id=firm.id)
    terms = _terms(firm, engagements)
    sign_ins = list_sign_ins(firm_id=firm.id, period=period)
    members = list(_members(firm, period, acts, engagements, terms, sign_ins))
    # Of somebody who signs in for the first time every address is new, and tells nothing.
    known = {each.person_id for each in sign_ins if each.first < period.since}
    persons = [act for act in acts if act.actor_kind in ("person", "token")]
    unusual = Unusual(
        refusals=list(list_refusals(firm_id=firm.id, period=period, left_out=ROUTINE)),
        routine=[act for act in persons if not act.allowed and act.reason in ROUTINE],
        addresses=[each for each in sign_ins if each.first >= period.since and each.person_id in known],
        outside=[day for day in _by_day(days) if _is_outside(day, engagements, terms)],
        nights=[day for day in days if day.at_night],
        dormant=[member for member in members if _is_dormant(member, period)],
    )
    figures = _figures(month, members, unusual)
    entries = sum(act.count for act in acts)
    report = Report(
        code="review",
        title=_("Monthly access review"),
        language=language_of(firm.language),
        firm=firm.name,
        period=str(month),
        about=[
            (_("Firm"), firm.name),
            (_("Month"), f"{month}, {period.zone.key}"),
            (_("Entries of the month"), entries),
            (_("Format"), FORMAT),
        ],
        sections=[
            tables.access_section(members, period),
            tables.unusual_section(unusual, {member.id: member for member in members}, period),
            tables.rest_section([act for act in acts if act.actor_kind not in ("person", "token")]),
        ],
        verify=verify_words(),
        words=frame_words(),
        is_wide=True,
        is_signed_over=True,
    )
    return AccessReview(month, report, figures, len(unusual.refusals), entries)


def _terms(firm: Firm, engagements: list[Engagement]) -> dict[UUID, list[Terms]]:
    changes = load_engagement_changes(firm_id=firm.id)
    return {
        each.id: terms_of(
            changes.get(each.id, []), first=Terms(each.created_at, each.starts_on, each.ends_on)
        )
        for each in engagements
    }


def _members(
    firm: Firm,
    period: Period,
    acts: Iterable[ActCount],
    engagements: list[Engagement],
    terms: dict[UUID, list[Terms]],
    sign_ins: list[SignIns],
) -> Iterator[Member]:
    houses = {each.outsourcer_id: each.outsourcer.name for each in engagements}
    open_houses = {
        each.outsourcer_id
        for each in engagements
        if had_access(terms[each.id], since=period.since, until=period.until)
    }
    by_person: dict[UUID | None, list[ActCount]] = {}
    for act in acts:
        if act.actor_kind in ("person", "token"):
            by_person.setdefault(act.actor_id, []).append(act)
    changes = load_people_changes(firm_id=firm.id)
    last = {each.person_id: each.last for each in sorted(sign_ins, key=lambda each: each.last)}
    for person in list_people(firm_id=firm.id, outsourcer_ids=houses):
        own = by_person.pop(person.id, [])
        is_here = person.firm_id is not None or person.outsourcer_id in open_houses
        if person.created_at >= period.until or (not own and not is_here):
            continue
        yield Member(
            id=person.id,
            name=person.name,
            role=person.role,
            house=houses.get(person.outsourcer_id, "") if person.outsourcer_id else firm.name,
            state=state_at(changes.get(person.id, []), moment=period.until, now_state=person.state),
            totals=total(own),
            since=person.created_at,
            last_sign_in=last.get(person.id),
        )
    for person_id, own in sorted(by_person.items(), key=lambda item: person_key(item[0])):
        # Somebody whose name this firm may no longer see is named by the id that the record holds.
        yield Member(person_id, person_key(person_id), "", "", "", total(own), None, None)


def _by_day(days: Iterable[DayCount]) -> list[DayCount]:
    merged: dict[tuple[UUID | None, object], DayCount] = {}
    for day in days:
        key = (day.actor_id, day.day)
        before = merged.get(key)
        merged[key] = before.joined(day) if before else day
    return sorted(merged.values(), key=lambda day: (day.day, person_key(day.actor_id)))


def _is_outside(day: DayCount, engagements: list[Engagement], terms: dict[UUID, list[Terms]]) -> bool:
    if day.outsourcer_id is None:
        return False
    own = [terms[each.id] for each in engagements if each.outsourcer_id == day.outsourcer_id]
    return not any(is_within(each, day=day.day, at=day.last) for each in own)


def _is_dormant(member: Member, period: Period) -> bool:
    long_ago = period.until - DORMANT_FOR
    if member.state != ACTIVE_STATE or member.since is None or member.since >= long_ago:
        return False
    return member.last_sign_in is None or member.last_sign_in < long_ago


def _figures(month: Month, members: list[Member], unusual: Unusual) -> Figures:
    return Figures(
        month=str(month),
        totals=tuple(
            (person_key(each.id), each.state, each.totals)
            for each in sorted(members, key=lambda each: person_key(each.id))
        ),
        refusals=tuple(str(entry.id) for entry in unusual.refusals),
        addresses=tuple(
            (str(each.person_id), each.address, each.first.isoformat()) for each in unusual.addresses
        ),
        outside=tuple((person_key(day.actor_id), day.day.isoformat(), day.count) for day in unusual.outside),
        nights=tuple(
            sorted((person_key(day.actor_id), day.day.isoformat(), day.count) for day in unusual.nights)
        ),
        dormant=tuple(sorted(person_key(each.id) for each in unusual.dormant)),
    )
