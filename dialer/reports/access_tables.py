"""The tables of the monthly access review. Words and rows alone; what is counted is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from dialer.reports.access_reads import LOOK_BACK, NIGHT_FROM_H, NIGHT_UNTIL_H, ActCount
from dialer.reports.document import Column, Section, Table, Value
from dialer.reports.periods import Period
from dialer.reports.words import actor_words, event_words, local, reason_words, role_words
from tenants.identity.models import Person

if TYPE_CHECKING:
    from dialer.reports.access_report import Member, Unusual

Members = Mapping[UUID | None, "Member"]


def access_section(members: Sequence[Member], period: Period) -> Section:
    """Say who had access, and count what each did."""
    return Section(
        _("Who had access"),
        sentences=[
            _(
                "The firm's people, and those of every outsourcer that was engaged at any time of the month. "
                "The state is that at the end of the month."
            )
        ],
        tables=[_people(members, period), _totals(members)],
    )


def unusual_section(unusual: Unusual, members: Members, period: Period) -> Section:
    """List what a reviewer looks at first."""
    return Section(
        _("What is unusual"),
        sentences=[
            _(
                "An attempt that was refused did not succeed. The list shows who tried, and why they were refused."
            )
        ],
        tables=[
            _refusals(unusual, members, period),
            _addresses(unusual, members, period),
            _outside(unusual, members),
            _nights(unusual, members, period),
            _dormant(unusual, period),
            _routine(unusual, members),
        ],
    )


def rest_section(acts: Sequence[ActCount]) -> Section:
    """Count what nobody of the firm or its outsourcers did: Keyhole itself, its operator."""
    sums: dict[tuple[str, str], int] = {}
    for act in acts:
        key = (act.actor_kind, act.event)
        sums[key] = sums.get(key, 0) + act.count
    rows: list[list[Value]] = [
        [actor_words(kind), event_words(event), count] for (kind, event), count in sorted(sums.items())
    ]
    return Section(
        _("What no person did"),
        tables=[
            Table(
                "",
                [Column(_("Actor"), 2), Column(_("What"), 4), Column(_("Entries"))],
                rows,
                empty=_("Nothing."),
            )
        ],
    )


def _state(state: str) -> str:
    return str(Person.State(state).label) if state in Person.State.values else _("Not invited yet")


def _people(members: Sequence[Member], period: Period) -> Table:
    columns = [
        Column(_("Name"), 3),
        Column(_("Role"), 2),
        Column(_("Works for"), 3),
        Column(_("State"), 1.5),
        Column(_("Last sign-in"), 2),
        Column(_("Person ID"), only_csv=True),
    ]
    rows: list[list[Value]] = [
        [
            member.name,
            role_words(member.role),
            member.house,
            _state(member.state),
            local(member.last_sign_in, period.zone),
            str(member.id or ""),
        ]
        for member in members
    ]
    return Table(_("People"), columns, rows, empty=_("Nobody had access."))


def _totals(members: Sequence[Member]) -> Table:
    counted = (
        ("received", _("Records received")),
        ("after_answer", _("Opened after answer")),
        ("after_verification", _("Opened after verification")),
        ("dialled", _("Calls dialled")),
        ("answered", _("Calls answered")),
        ("outcomes", _("Outcomes")),
        ("skips", _("Skips")),
        ("mismatches", _("Answers that did not match")),
        ("by_rules", _("Refused by rules")),
        ("denied", _("Refused otherwise")),
        ("sign_ins", _("Sign-ins")),
        ("refused_sign_ins", _("Sign-ins refused")),
        ("looks", _("Looks at the record")),
        ("entries", _("All entries")),
    )
    names = [name for name, _label in counted]
    rows: list[list[Value]] = [
        [member.name, *(getattr(member.totals, name) for name in names), str(member.id or "")]
        for member in members
    ]
    if rows:
        sums = [sum(getattr(member.totals, name) for member in members) for name in names]
        rows.append([_("Everybody"), *sums, ""])
    columns = [
        Column(_("Name"), 3),
        *(Column(label, 1.35) for _name, label in counted),
        Column(_("Person ID"), only_csv=True),
    ]
    return Table(
        _("What each did"),
        columns,
        rows,
        empty=_("Nobody had access."),
        note=_("Each figure counts entries of the record."),
    )


def _refusals(unusual: Unusual, members: Members, period: Period) -> Table:
    columns = [
        Column(_("When"), 2),
        Column(_("Who"), 2.5),
        Column(_("What"), 3),
        Column(_("Why"), 3),
        Column(_("Asked for"), 2),
        Column(_("From"), 2),
        Column(_("Session"), 1),
        Column(_("Entry ID"), only_csv=True),
    ]
    rows: list[list[Value]] = [
        [
            local(entry.at, period.zone),
            _name(members, entry.actor_id) or actor_words(entry.actor_kind),
            event_words(entry.event),
            reason_words(entry.reason),
            str(entry.details.get("action", "")),
            entry.address or "",
            entry.session_ref,
            str(entry.id),
        ]
        for entry in unusual.refusals
    ]
    return Table(
        _("Refused attempts"),
        columns,
        rows,
        empty=_("Nothing was refused."),
        note=_(
            "Without answers that did not match and what the rules of a campaign refuse all day; both are counted."
        ),
    )


def _addresses(unusual: Unusual, members: Members, period: Period) -> Table:
    columns = [Column(_("Who"), 2), Column(_("From"), 2), Column(_("First sign-in"), 2)]
    rows: list[list[Value]] = [
        [_name(members, each.person_id), each.address, local(each.first, period.zone)]
        for each in unusual.addresses
    ]
    return Table(
        _("Addresses seen for the first time"),
        columns,
        rows,
        empty=_("Everybody signed in from where they did before."),
        note=_(
            "Sign-ins from an address the person had not signed in from in %(days)d days before. Who signed in for the "
            "first time at all is left out."
        )
        % {"days": LOOK_BACK.days},
    )


def _outside(unusual: Unusual, members: Members) -> Table:
    columns = [Column(_("Day")), Column(_("Who"), 2), Column(_("Works for"), 2), Column(_("Entries"))]
    rows: list[list[Value]] = [
        [day.day.isoformat(), _name(members, day.actor_id), _house(members, day.actor_id), day.count]
        for day in unusual.outside
    ]
    return Table(
        _("Outside the engagement's dates"),
        columns,
        rows,
        empty=_("Nobody acted outside the dates of an engagement."),
        note=_("By the terms as they stood on that day."),
    )


def _nights(unusual: Unusual, members: Members, period: Period) -> Table:
    columns = [
        Column(_("Day")),
        Column(_("Who"), 2),
        Column(_("Works for"), 2),
        Column(_("Entries")),
        Column(_("First"), 1.5),
        Column(_("Last"), 1.5),
    ]
    ordered = sorted(unusual.nights, key=lambda day: (day.day, str(day.actor_id)))
    rows: list[list[Value]] = [
        [
            day.day.isoformat(),
            _name(members, day.actor_id),
            _house(members, day.actor_id),
            day.count,
            local(day.first, period.zone)[11:],
            local(day.last, period.zone)[11:],
        ]
        for day in ordered
    ]
    return Table(
        _("At night"),
        columns,
        rows,
        empty=_("Nobody acted at night."),
        note=_("From %(since)d:00 until %(until)d:00, %(zone)s.")
        % {"since": NIGHT_FROM_H, "until": NIGHT_UNTIL_H, "zone": period.zone.key},
    )


def _dormant(unusual: Unusual, period: Period) -> Table:
    columns = [
        Column(_("Who"), 2),
        Column(_("Role")),
        Column(_("Works for"), 2),
        Column(_("Last sign-in"), 1.5),
    ]
    rows: list[list[Value]] = [
        [
            member.name,
            role_words(member.role),
            member.house,
            local(member.last_sign_in, period.zone) or _("None in a year"),
        ]
        for member in unusual.dormant
    ]
    return Table(
        _("Active, and not signed in for 60 days"),
        columns,
        rows,
        empty=_("Everybody who may sign in did in the last 60 days."),
        note=_("Whoever needs no access any more is best disabled."),
    )


def _routine(unusual: Unusual, members: Members) -> Table:
    columns = [Column(_("Who"), 2), Column(_("What"), 2), Column(_("Why"), 3), Column(_("Entries"))]
    ordered = sorted(
        unusual.routine, key=lambda act: (_name(members, act.actor_id), act.event, act.reason or "")
    )
    rows: list[list[Value]] = [
        [_name(members, act.actor_id), event_words(act.event), reason_words(act.reason or ""), act.count]
        for act in ordered
    ]
    return Table(_("Refused by the rules of a campaign"), columns, rows, empty=_("Nothing."))


def _name(members: Members, person_id: UUID | None) -> str:
    member = members.get(person_id)
    return member.name if member else str(person_id or "")


def _house(members: Members, person_id: UUID | None) -> str:
    member = members.get(person_id)
    return member.house if member else ""
