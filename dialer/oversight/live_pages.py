"""Live now: every record that is open at this moment, and the firm's stop of one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dialer.floor.wording import state_words
from dialer.oversight.errors import LeaseGone
from dialer.oversight.forms import StopForm
from dialer.oversight.pages import where
from dialer.oversight.queries import count_open
from dialer.oversight.services import stop_lease, view_live
from tenants.identity.access import firm_page
from tenants.identity.permissions import Action, allows


@require_safe
@firm_page(Action.LIVE_VIEW)
def live(request: HttpRequest) -> HttpResponse:
    """Show every open record."""
    return render(request, "dialer/live.html", _context(request, is_new_look=True))


@require_safe
@firm_page(Action.LIVE_VIEW)
def live_rows(request: HttpRequest) -> HttpResponse:
    """Answer the page that watches with the rows alone."""
    return render(request, "dialer/live_rows.html", _context(request, is_new_look=False))


@require_POST
@firm_page(Action.LEASE_STOP)
def live_stop(request: HttpRequest) -> HttpResponse:
    """Stop one open record, for a reason."""
    actor, _firm_id, _zone = where(request)
    form = StopForm(request.POST)
    lease_id = _read_id(request.POST.get("lease", ""))
    if lease_id is None or not form.is_valid():
        messages.warning(request, _("Choose a reason. Nothing was stopped."))
        return HttpResponseRedirect(reverse("live"))
    try:
        is_at_once = stop_lease(actor=actor, lease_id=lease_id, reason=form.cleaned_data["reason"])
    except LeaseGone as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(
            request,
            _("Stopped. The record is closed, and the agent is paused.")
            if is_at_once
            else _("Stopping. The record closes when the call ends, and the agent is paused then."),
        )
    return HttpResponseRedirect(reverse("live"))


def _context(request: HttpRequest, *, is_new_look: bool) -> dict[str, Any]:
    actor, firm_id, zone = where(request)
    now = timezone.now()
    return {
        "nav_active": "live",
        "nav_counts": {"live": count_open(firm_id)},
        "zone": zone,
        "now": now,
        "rows": [
            {"lease": row, "state": state_words(row.state)}
            for row in view_live(actor=actor, now=now, is_new_look=is_new_look)
        ],
        "can_stop": allows(actor, Action.LEASE_STOP),
        "form": StopForm(auto_id="stop-%s"),
    }


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
