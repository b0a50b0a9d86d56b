"""Makes reports, each making an entry, and signs monthly reviews. What is signed is exactly what was read."""

import hashlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from dialer.reports.access_report import AccessReview, build_review
from dialer.reports.audit_evidence import ReviewedMonths
from dialer.reports.audit_reads import newest_checkpoint
from dialer.reports.audit_report import build_audit_pack
from dialer.reports.contact_report import build_contact_report
from dialer.reports.csvtext import write_csv
from dialer.reports.document import SHOWN_ROWS, Fact, Report
from dialer.reports.errors import MonthOpen, ReviewChanged, ReviewRefused
from dialer.reports.pdf import make_pdf
from dialer.reports.periods import Month, Period, ended_months
from dialer.reports.processing_report import build_processing_record
from dialer.reports.queries import get_outsourcer, list_month_reviews
from dialer.reports.words import checkpoint_words, language_of, local, making_facts
from tenants.db.functions import call
from tenants.firms.models import Firm
from tenants.identity.actor import Actor
from tenants.identity.errors import StepUpNeeded
from tenants.identity.permissions import Action, require
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry
from tenants.oversight.models import Review
from tenants.oversight.queries import get_firm, load_people

PDF, CSV, SCREEN = "pdf", "csv", "screen"
# A CSV stays in memory up to here, and goes to a file without a name beyond.
_IN_MEMORY: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report is wanted: `code` is review, contacts, audit or processing; the rest as it needs."""

    code: str
    month: Month | None = None
    period: Period | None = None
    outsourcer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made: its bytes to read from the start, their count, and the name of the file."""

    content: IO[bytes]
    size: int
    name: str
    media_type: str
    rows: int


@dataclass(frozen=True, slots=True)
class ReadReview:
    """A month's review as it is read now, with the digest of its CSV."""

    review: AccessReview
    digest: bytes


def make_report(*, actor: Actor, wanted: Wanted, form: str, now: datetime) -> Made:
    """Make a report as `pdf` or `csv` in the firm's language; the making is an entry of the same transaction.

    Raises: NotAllowed; MonthOpen; Http404 for an outsourcer that is not the firm's.
    """
    firm = get_firm(require(actor, Action.REPORT_MAKE).own_firm_id)
    zone = ZoneInfo(firm.time_zone)
    with override(language_of(firm.language).code):
        report = _build(firm, wanted, now=now, zone=zone)
        report = replace(
            report, made=[*_making(actor, firm, now=now, zone=zone), *_signature(firm, wanted, zone)]
        )
        made = _as_pdf(report, now) if form == PDF else _as_csv(report)
    _record(actor, report, form=form, rows=made.rows, wanted=wanted)
    return made


def read_review(*, actor: Actor, month: Month, now: datetime) -> ReadReview:
    """Build a month's review to be read on the page; the reading is an entry.

    Raises: NotAllowed; MonthOpen.
    """
    firm = get_firm(require(actor, Action.REPORT_MAKE).own_firm_id)
    read = _read(firm, month, now=now)
    rows = sum(
        min(SHOWN_ROWS, len(list(table.rows)))
        for section in read.review.report.sections
        for table in section.tables
    )
    _record(actor, read.review.report, form=SCREEN, rows=rows, wanted=Wanted("review", month=month))
    return read


def sign_review(
    *, actor: Actor, month: Month, verdict: str, remark: str, digest: bytes, now: datetime
) -> None:
    """Sign the review of a month that has ended. `digest` is that of the CSV the person read.

    Raises: NotAllowed; MonthOpen; ReviewChanged when the month would now give another file; StepUpNeeded, ReviewRefused.
    """
    firm = get_firm(require(actor, Action.REVIEW_SIGN).own_firm_id)
    read = _read(firm, month, now=now)
    if read.digest != digest:
        raise ReviewChanged
    answer = call(
        "tenants_sign_review_v1",
        month.first,
        verdict,
        remark,
        read.digest,
        read.review.figures.digest(),
        actor.address,
        actor.device,
    )
    if not answer["ok"]:
        if answer["code"] == "step_up":
            raise StepUpNeeded
        raise MonthOpen if answer["code"] == MonthOpen.code else ReviewRefused


def choose_language(*, actor: Actor, language: str) -> None:
    """Set the language the firm's reports are made in. Raises: NotAllowed."""
    require(actor, Action.RULES_EDIT)
    call("tenants_choose_language_v1", language, actor.address, actor.device)


def csv_digest(report: Report) -> bytes:
    """Return the SHA-256 of the report's CSV."""
    digest = hashlib.sha256()
    write_csv(report, _Hashed(digest.update))
    return digest.digest()


@dataclass(frozen=True, slots=True)
class _Hashed:
    update: Callable[[bytes], None]

    def write(self, data: bytes) -> None:
        self.update(data)


def _read(firm: Firm, month: Month, *, now: datetime) -> ReadReview:
    zone = ZoneInfo(firm.time_zone)
    _check_ended(firm, month, now=now, zone=zone)
    with override(language_of(firm.language).code):
        review = build_review(firm, month, month.period(zone))
        return ReadReview(review, csv_digest(review.report))


def _check_ended(firm: Firm, month: Month, *, now: datetime, zone: ZoneInfo) -> None:
    if month not in ended_months(since=firm.created_at, now=now, zone=zone):
        raise MonthOpen


def _build(firm: Firm, wanted: Wanted, *, now: datetime, zone: ZoneInfo) -> Report:
    if wanted.code == "review" and wanted.month:
        _check_ended(firm, wanted.month, now=now, zone=zone)
        return build_review(firm, wanted.month, wanted.month.period(zone)).report
    if wanted.code == "contacts" and wanted.period and wanted.outsourcer_id:
        outsourcer = get_outsourcer(firm_id=firm.id, outsourcer_id=wanted.outsourcer_id)
        return build_contact_report(firm, outsourcer, wanted.period)
    if wanted.code == "audit" and wanted.period:
        months = ReviewedMonths(ended_months(since=firm.created_at, now=now, zone=zone), now)
        return build_audit_pack(firm, wanted.period, months=months)
    if wanted.code == "processing":
        return build_processing_record(firm, today=now.astimezone(zone).date())
    raise ValueError("a report that is not known, or that lacks what it is of")


def _making(actor: Actor, firm: Firm, *, now: datetime, zone: ZoneInfo) -> list[Fact]:
    newest = newest_checkpoint(firm.id)
    checkpoint = checkpoint_words(
        newest.size if newest else 0, bytes(newest.root) if newest else b"", language_of(firm.language)
    )
    return making_facts(name=actor.name, role=actor.role, at=now, zone=zone, checkpoint=checkpoint)


def _signature(firm: Firm, wanted: Wanted, zone: ZoneInfo) -> list[Fact]:
    if wanted.month is None:
        return []
    signed = list_month_reviews(firm_id=firm.id, month=wanted.month)
    if not signed:
        return [(_("Signed"), _("not yet"))]
    names = load_people(firm_id=firm.id, ids=[review.signed_by for review in signed])
    return [
        (
            _("Signed"),
            _("%(name)s, %(at)s: %(verdict)s; SHA-256 of the CSV %(digest)s")
            % {
                "name": names[review.signed_by].name if review.signed_by in names else str(review.signed_by),
                "at": local(review.signed_at, zone),
                "verdict": Review.Verdict(review.verdict).label,
                "digest": bytes(review.digest).hex(),
            },
        )
        for review in signed
    ]


def _as_pdf(report: Report, now: datetime) -> Made:
    pdf = make_pdf(report, at=now)
    return Made(io.BytesIO(pdf.content), len(pdf.content), _name(report, PDF), "application/pdf", pdf.rows)


def _as_csv(report: Report) -> Made:
    settings.KEYHOLE_SPOOL.mkdir(parents=True, exist_ok=True)
    # Written whole before the first byte goes out: a report that fails half-way is no file, and its entry counts rows.
    content = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(settings.KEYHOLE_SPOOL))  # noqa: SIM115 - read later
    try:
        rows = write_csv(report, content)
    except BaseException:
        content.close()
        raise
    size = content.tell()
    content.seek(0)
    return Made(content, size, _name(report, CSV), "text/csv; charset=utf-8", rows)


def _name(report: Report, ending: str) -> str:
    period = "".join(letter for letter in report.period.replace(" – ", "_") if letter in "0123456789-_")
    return f"keyhole-{report.code}-{period or 'report'}.{ending}"


def _record(actor: Actor, report: Report, *, form: str, rows: int, wanted: Wanted) -> None:
    details: dict[str, int | str | bool | None] = {"report": report.code, "format": form, "rows": rows}
    if wanted.month or wanted.period:
        details["period"] = str(wanted.month or wanted.period).replace(" – ", "/")
    if wanted.outsourcer_id:
        details["outsourcer"] = str(wanted.outsourcer_id)
    append_entry(actor=actor, event=Event.REPORT_MADE, subject_kind="report", details=details)
