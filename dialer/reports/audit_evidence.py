"""The audit pack's tables of the evidence itself: keys, checkpoints, witnesses, restores, incidents, reviews."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from dialer.reports.audit_reads import IncidentStory, MonthlyCheckpoint
from dialer.reports.audit_tables import Acts, entry_column
from dialer.reports.document import Column, Table, Value
from dialer.reports.periods import Month, Period, is_overdue
from dialer.reports.words import event_words, local
from tenants.ledger.models import LogKey, Witness
from tenants.oversight.models import Incident, Review


@dataclass(frozen=True, slots=True)
class ReviewedMonths:
    """The months a review is due for, newest first, and the moment it is asked at."""

    months: Sequence[Month]
    now: datetime


def keys(found: Sequence[LogKey], period: Period) -> Table:
    """Every signing key from when on."""
    columns = [Column(_("Version")), Column(_("In use since"), 2), Column(_("Public key"), 6), entry_column()]
    rows: list[list[Value]] = [
        [each.version, local(each.added_at, period.zone), each.vkey, str(each.entry_id)] for each in found
    ]
    return Table("", columns, rows, empty=_("No key yet: the record has not been signed so far."))


def checkpoints(found: Sequence[MonthlyCheckpoint], period: Period) -> Table:
    """One checkpoint a month, and who countersigned."""
    columns = [
        Column(_("Month")),
        Column(_("Last checkpoint"), 2),
        Column(_("Entries")),
        Column(_("Root"), 7),
        Column(_("Countersigned up to")),
        Column(_("By"), 2),
    ]
    rows: list[list[Value]] = [
        [
            str(each.month),
            local(each.checkpoint.at, period.zone),
            each.checkpoint.size,
            bytes(each.checkpoint.root).hex(),
            each.cosigned_size if each.cosigned_size is not None else _("not countersigned"),
            ", ".join(each.cosigned_by),
        ]
        for each in found
    ]
    return Table(
        _("The last checkpoint of each month"),
        columns,
        rows,
        empty=_("There is no checkpoint of this period."),
    )


def witnesses(found: Sequence[Witness], period: Period) -> Table:
    """Who countersigns, or did."""
    columns = [
        Column(_("Witness"), 2),
        Column(_("Since"), 2),
        Column(_("Until"), 2),
        Column(_("Public key"), 6),
    ]
    rows: list[list[Value]] = [
        [
            each.name,
            local(each.added_at, period.zone),
            local(each.retired_at, period.zone) or _("still"),
            each.vkey,
        ]
        for each in found
    ]
    return Table(_("Witnesses"), columns, rows, empty=_("The firm has no witness."))


def restores(acts: Acts) -> Table:
    """When the database was restored or moved, or the operator went on from an older state."""
    columns = [Column(_("When"), 2), Column(_("What"), 4), entry_column()]
    rows: list[list[Value]] = [
        [local(each.at, acts.zone), event_words(each.event), str(each.id)] for each in acts.entries
    ]
    return Table("", columns, rows, empty=_("The database was not restored, moved or rolled back."))


def incidents(found: Sequence[IncidentStory], period: Period) -> Table:
    """Numbers, kinds and dates of incidents, never their words."""
    columns = [
        Column(_("Number")),
        Column(_("Kind"), 3),
        Column(_("Discovered"), 2),
        Column(_("Due"), 2),
        Column(_("Authority told"), 2),
        Column(_("Clock"), 1.5),
        Column(_("People told"), 2),
        Column(_("Closed"), 2),
    ]
    rows: list[list[Value]] = [
        [
            each.incident.number,
            str(Incident.Kind(each.incident.kind).label),
            local(each.incident.discovered_at, period.zone),
            local(each.incident.due_at, period.zone),
            local(each.told_authority_at, period.zone),
            _clock(each),
            local(each.told_persons_at, period.zone),
            local(each.closed_at, period.zone) or _("open"),
        ]
        for each in found
    ]
    return Table("", columns, rows, empty=_("No incident was discovered in this period."))


def _clock(story: IncidentStory) -> str:
    if story.told_authority_at is None:
        return _("not told")
    return _("kept") if story.told_authority_at <= story.incident.due_at else _("missed")


def reviews(
    wanted: ReviewedMonths, signed: Sequence[Review], names: Mapping[UUID, str], period: Period
) -> Table:
    """Every month a review was due for: signed, by whom and with which verdict, or missing."""
    by_month: dict[Month, list[Review]] = {}
    for review in signed:
        by_month.setdefault(Month.of(review.month), []).append(review)
    columns = [
        Column(_("Month")),
        Column(_("State"), 1.5),
        Column(_("Signed by"), 2),
        Column(_("Signed at"), 2),
        Column(_("Verdict"), 2),
        Column(_("SHA-256 of the CSV"), 7),
    ]
    rows: list[list[Value]] = []
    for month in wanted.months:
        if not period.first <= month.last <= period.last:
            continue
        found = by_month.get(month, [])
        if not found:
            late = is_overdue(month, now=wanted.now, zone=period.zone)
            rows.append([str(month), _("missing") if late else _("due"), "", "", "", ""])
        for review in found:
            rows.append(
                [
                    str(month),
                    _("signed"),
                    names.get(review.signed_by, str(review.signed_by)),
                    local(review.signed_at, period.zone),
                    str(Review.Verdict(review.verdict).label),
                    bytes(review.digest).hex(),
                ]
            )
    return Table("", columns, rows, empty=_("No month of this period has ended yet."))
