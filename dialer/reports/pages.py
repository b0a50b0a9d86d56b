"""The page of reports: which months are signed, and a form for each report. Making one answers with the file."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dialer.oversight.pages import where
from dialer.reports.errors import MonthOpen
from dialer.reports.forms import AuditForm, ContactsForm, LanguageForm, ProcessingForm, ReportForm, ReviewForm
from dialer.reports.periods import Month
from dialer.reports.queries import list_month_states
from dialer.reports.services import Made, choose_language, make_report
from tenants.identity.access import firm_page
from tenants.identity.permissions import Action, allows
from tenants.oversight.queries import get_firm, load_outsourcers

SHOWN_MONTHS: Final = 24
_CHUNK: Final = 256 * 1024
_IN_ONE_PIECE: Final = 4 * 1024 * 1024


@require_safe
@firm_page(Action.REPORT_MAKE)
def reports(request: HttpRequest) -> HttpResponse:
    """Show which months are signed, and what can be made."""
    return _page(request, {}, status=200)


@never_cache
@require_POST
@firm_page(Action.REPORT_MAKE)
def report_make(request: HttpRequest) -> HttpResponse:
    """Make one report and send it as a file."""
    actor, firm_id, zone = where(request)
    code = request.POST.get("report", "")
    forms = _forms(firm_id, zone, {code: request.POST})
    form = forms.get(code)
    if form is None:
        return _page(request, {}, status=422, problems=[_("Choose a report. Nothing was made.")])
    if not form.is_valid():
        return _page(request, {code: form}, status=422)
    try:
        made = make_report(
            actor=actor, wanted=form.wanted(), form=form.cleaned_data["format"], now=timezone.now()
        )
    except MonthOpen as error:
        return _page(request, {}, status=422, problems=[str(error.message)])
    return _file(made)


@require_POST
@firm_page(Action.RULES_EDIT)
def report_language(request: HttpRequest) -> HttpResponse:
    """Set the language of the firm's reports."""
    actor, _firm_id, _zone = where(request)
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return _page(
            request, {}, status=422, problems=[_("Choose a language from the list. Nothing was changed.")]
        )
    choose_language(actor=actor, language=form.cleaned_data["language"])
    messages.success(request, _("Reports are made in this language from now on."))
    return HttpResponseRedirect(reverse("reports"))


def _forms(firm_id: Any, zone: Any, data: dict[str, Any]) -> dict[str, ReportForm]:
    today = timezone.now().astimezone(zone).date()
    month = Month.of(today).previous
    outsourcers = [(str(key), name) for key, name in load_outsourcers(firm_id).items()]
    return {
        "review": ReviewForm(data.get("review"), zone=zone),
        "contacts": ContactsForm(
            data.get("contacts"),
            zone=zone,
            outsourcers=outsourcers,
            initial={"since": month.first, "until": month.last},
        ),
        "audit": AuditForm(
            data.get("audit"),
            zone=zone,
            initial={"since": today - timedelta(days=730), "until": today},
        ),
        "processing": ProcessingForm(data.get("processing"), zone=zone),
    }


def _page(
    request: HttpRequest,
    bound: dict[str, ReportForm],
    *,
    status: int,
    problems: list[str] | None = None,
) -> HttpResponse:
    actor, firm_id, zone = where(request)
    now: datetime = timezone.now()
    firm = get_firm(firm_id)
    states = list_month_states(firm=firm, now=now, zone=zone)
    forms = {**_forms(firm_id, zone, {}), **bound}
    context = {
        "nav_active": "reports",
        "zone": zone,
        "states": states[:SHOWN_MONTHS],
        "older": max(0, len(states) - SHOWN_MONTHS),
        "overdue": [state for state in states[:SHOWN_MONTHS] if state.overdue],
        "next_month": Month.of(now.astimezone(zone).date()),
        "forms": forms,
        "form": next(iter(bound.values()), None),
        "problems": problems or [],
        "has_outsourcers": bool(load_outsourcers(firm_id)),
        "language_form": LanguageForm(initial={"language": firm.language}, auto_id="language-%s"),
        "can_sign": allows(actor, Action.REVIEW_SIGN),
        "can_set_language": allows(actor, Action.RULES_EDIT),
    }
    return render(request, "dialer/reports.html", context, status=status)


def _file(made: Made) -> HttpResponse:
    response: Any
    if made.size <= _IN_ONE_PIECE:
        with made.content:
            response = HttpResponse(made.content.read(), content_type=made.media_type)
    else:
        response = StreamingHttpResponse(_pieces(made.content), content_type=made.media_type)
    response["Content-Length"] = str(made.size)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    answer: HttpResponse = response
    return answer


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while piece := await asyncio.to_thread(content.read, _CHUNK):
            yield piece
