"""Reads for the pages of reports: which months are signed, and what a signature stood for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404

from dialer.reports.audit_reads import list_reviews
from dialer.reports.periods import Month, ended_months, is_overdue
from tenants.firms.models import Engagement, Firm, Outsourcer
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.models import Review
from tenants.oversight.queries import load_people


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month that has ended, its newest signature if any, and whether one is overdue."""

    month: Month
    review: Review | None
    signed_by: str
    overdue: bool

    @property
    def verdict(self) -> str:
        """The verdict in words; empty while nobody signed."""
        return str(Review.Verdict(self.review.verdict).label) if self.review else ""


def list_month_states(*, firm: Firm, now: datetime, zone: ZoneInfo) -> list[MonthState]:
    """Return every month since the firm was set up that has ended, the last one first."""
    newest: dict[Month, Review] = {}
    for review in list_reviews(firm.id):
        newest.setdefault(Month.of(review.month), review)
    names = load_people(firm_id=firm.id, ids=[review.signed_by for review in newest.values()])
    states = []
    for month in ended_months(since=firm.created_at, now=now, zone=zone):
        found = newest.get(month)
        person = names.get(found.signed_by) if found else None
        states.append(
            MonthState(
                month,
                found,
                person.name if person else "",
                overdue=found is None and is_overdue(month, now=now, zone=zone),
            )
        )
    return states


def list_month_reviews(*, firm_id: UUID, month: Month) -> list[Review]:
    """Return the signatures of one month, the newest first."""
    return list(Review.objects.filter(firm_id=firm_id, month=month.first).order_by("-signed_at", "-id"))


def load_signed_figures(*, firm_id: UUID, review_ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return the digests of CSV and figures that the record holds of these signatures, in hex."""
    rows = Entry.objects.filter(
        firm_id=firm_id,
        contact_id__isnull=True,
        event=str(Event.REVIEW_SIGNED),
        allowed=True,
        subject_id__in=review_ids,
    ).values_list("subject_id", "details")
    return {
        subject: (str(details.get("digest", "")), str(details.get("figures", "")))
        for subject, details in rows
        if subject is not None
    }


def get_outsourcer(*, firm_id: UUID, outsourcer_id: UUID) -> Outsourcer:
    """Return an outsourcer the firm engages or engaged.

    Raises: Http404 for any other.
    """
    found = (
        Engagement.objects.filter(firm_id=firm_id, outsourcer_id=outsourcer_id)
        .select_related("outsourcer")
        .first()
    )
    if found is None:
        raise Http404
    return found.outsourcer
