"""The page of one month's review, and its signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dialer.oversight.pages import where
from dialer.reports.access_reads import LOOK_BACK, has_let_go
from dialer.reports.access_report import AccessReview
from dialer.reports.document import Report, Table, cell_text, rows_of
from dialer.reports.errors import MonthOpen, ReviewChanged, ReviewRefused
from dialer.reports.forms import SignForm
from dialer.reports.periods import Month
from dialer.reports.queries import list_month_reviews, load_signed_figures
from dialer.reports.services import ReadReview, read_review, sign_review
from tenants.firms.models import Firm
from tenants.identity.access import firm_page, step_up
from tenants.identity.permissions import Action, allows
from tenants.oversight.models import Review
from tenants.oversight.queries import get_firm, load_people

PAGE_ROWS: Final = 200
SAME, WORDS, GONE, DIFFERS = "same", "words", "gone", "differs"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a month, and what the month gives now: the same file, the same figures, or others."""

    review: Review
    verdict: str
    name: str
    digest: str
    standing: str


@never_cache
@require_safe
@firm_page(Action.REPORT_MAKE)
def review(request: HttpRequest, month: str) -> HttpResponse:
    """Show a month's review to be read, and what was signed."""
    actor, firm_id, zone = where(request)
    firm = get_firm(firm_id)
    wanted = _month(month, firm, timezone.now(), zone)
    if wanted == Month.of(timezone.now().astimezone(zone).date()):
        context = {"nav_active": "reports", "month": wanted, "next_first": wanted.following.first}
        return render(request, "dialer/reports_review_open.html", context)
    read = read_review(actor=actor, month=wanted, now=timezone.now())
    report = read.review.report
    context = {
        "nav_active": "reports",
        "month": wanted,
        "zone": zone,
        "report": report,
        "sections": _sections(report),
        "summary": _summary(read.review),
        "digest": read.digest.hex(),
        "signatures": _signatures(firm, wanted, read, zone),
        "can_sign": allows(actor, Action.REVIEW_SIGN),
        "previous": wanted.previous
        if wanted.previous.last >= firm.created_at.astimezone(zone).date()
        else None,
    }
    return render(request, "dialer/reports_review.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@firm_page(Action.REVIEW_SIGN)
@step_up
def review_sign(request: HttpRequest, month: str) -> HttpResponse:
    """Ask for the verdict on a month, and sign it."""
    actor, firm_id, zone = where(request)
    firm = get_firm(firm_id)
    wanted = _month(month, firm, timezone.now(), zone)
    form = SignForm(request.POST or None, auto_id="sign-%s", use_required_attribute=False)
    problems: list[str] = []
    if form.is_valid():
        try:
            sign_review(
                actor=actor,
                month=wanted,
                verdict=form.cleaned_data["verdict"],
                remark=form.cleaned_data["remark"],
                digest=bytes.fromhex(form.cleaned_data["digest"]),
                now=timezone.now(),
            )
        except (MonthOpen, ReviewChanged, ReviewRefused) as error:
            problems.append(str(error.message))
        else:
            messages.success(request, _("The review of %(month)s is signed.") % {"month": wanted})
            return HttpResponseRedirect(reverse("review", args=[str(wanted)]))
    elif "digest" in form.errors:
        problems.append(str(ReviewChanged.message))
    try:
        read = read_review(actor=actor, month=wanted, now=timezone.now())
    except MonthOpen:
        return HttpResponseRedirect(reverse("review", args=[str(wanted)]))
    context = {
        "nav_active": "reports",
        "month": wanted,
        "form": form,
        "problems": problems,
        "summary": _summary(read.review),
        "digest": read.digest.hex(),
        "entries": read.review.entries,
    }
    return render(
        request, "dialer/reports_review_sign.html", context, status=422 if form.errors or problems else 200
    )


def _month(text: str, firm: Firm, now: datetime, zone: ZoneInfo) -> Month:
    month = Month.read(text)
    if month is None:
        raise Http404
    first = Month.of(firm.created_at.astimezone(zone).date())
    if not first <= month <= Month.of(now.astimezone(zone).date()):
        raise Http404
    return month


def _summary(review: AccessReview) -> str:
    """Say in a sentence what there is to look at."""
    unusual = review.figures
    return ", ".join(
        [
            ngettext("%(n)d refused attempt", "%(n)d refused attempts", review.refusals)
            % {"n": review.refusals},
            ngettext("%(n)d new address", "%(n)d new addresses", len(unusual.addresses))
            % {"n": len(unusual.addresses)},
            ngettext("%(n)d night", "%(n)d nights", len(unusual.nights)) % {"n": len(unusual.nights)},
            ngettext("%(n)d day outside terms", "%(n)d days outside terms", len(unusual.outside))
            % {"n": len(unusual.outside)},
            ngettext(
                "%(n)d person not seen for 60 days", "%(n)d people not seen for 60 days", len(unusual.dormant)
            )
            % {"n": len(unusual.dormant)},
        ]
    )


def _signatures(firm: Firm, month: Month, read: ReadReview, zone: ZoneInfo) -> list[Signature]:
    signed = list_month_reviews(firm_id=firm.id, month=month)
    if not signed:
        return []
    names = load_people(firm_id=firm.id, ids=[each.signed_by for each in signed])
    told = load_signed_figures(firm_id=firm.id, review_ids=[each.id for each in signed])
    is_gone = has_let_go(firm_id=firm.id, since=month.period(zone).since - LOOK_BACK)
    figures = read.review.figures.digest().hex()
    return [
        Signature(
            each,
            str(Review.Verdict(each.verdict).label),
            names[each.signed_by].name if each.signed_by in names else str(each.signed_by),
            bytes(each.digest).hex(),
            _standing(
                bytes(each.digest).hex(), told.get(each.id), read.digest.hex(), figures, is_gone=is_gone
            ),
        )
        for each in signed
    ]


def _standing(kept: str, told: tuple[str, str] | None, digest: str, figures: str, *, is_gone: bool) -> str:
    # What the table says counts only as far as the entry, which is in the tree, says the same.
    if told is None or told[0] != kept:
        return GONE if told is None and is_gone else DIFFERS
    if digest == kept:
        return SAME
    if told[1] == figures:
        return WORDS
    return GONE if is_gone else DIFFERS


def _sections(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "title": section.title,
            "sentences": section.sentences,
            "tables": [_table(table, report) for table in section.tables],
        }
        for section in report.sections
    ]


def _table(table: Table, report: Report) -> dict[str, Any]:
    columns, places = table.shown()
    rows, count = rows_of(table, most=PAGE_ROWS)
    cells = [
        [
            {"text": cell_text(row[place], report.language), "number": isinstance(row[place], int)}
            for place in places
        ]
        for row in rows
    ]
    return {
        "title": table.title,
        "note": table.note,
        "empty": table.empty,
        "columns": [
            {"label": column.label, "number": _is_number(cells, at)} for at, column in enumerate(columns)
        ],
        "rows": cells,
        "count": count,
        "left": count - len(rows),
    }


def _is_number(cells: Sequence[Sequence[dict[str, Any]]], at: int) -> bool:
    return bool(cells) and all(row[at]["number"] for row in cells)
