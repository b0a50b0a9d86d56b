"""The incident register: what is open and how long, one incident in full, and what is added to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows
from tenants.incidents import queries, services
from tenants.incidents.errors import IncidentRefused
from tenants.incidents.forms import FORMS, Kind, NewIncidentForm, WordsForm, item_form
from tenants.incidents.rows import item_rows, row_of
from tenants.incidents.services import Dossier
from tenants.oversight.queries import get_firm

View = Callable[..., HttpResponse]
TO_CLOSE = (Kind.EFFECTS, Kind.MEASURES)


def _firm_time(view: View) -> View:
    """Read and show times in the firm's zone."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(ZoneInfo(get_firm(_actor(request).own_firm_id).time_zone)):
            return view(request, *args, **kwargs)

    return shown


@firm_page(Action.INCIDENT_VIEW)
@require_safe
@_firm_time
def incidents(request: HttpRequest) -> HttpResponse:
    """List the incidents: what is open first, the most urgent on top."""
    actor, now = _actor(request), timezone.now()
    before = _number(request.GET.get("before", ""))
    closed, following = queries.list_closed(firm_id=actor.own_firm_id, before=before)
    still_open = [] if before else [row_of(one, now) for one in queries.list_open(firm_id=actor.own_firm_id)]
    context = {
        "open": still_open,
        "closed": [row_of(one, now) for one in closed],
        "older_url": f"?before={following}" if following else "",
        "newer_url": reverse("incidents") if before else "",
        "may_edit": allows(actor, Action.INCIDENT_EDIT),
        "now": now,
        "nav_active": "incidents",
    }
    return render(request, "tenants/incidents_list.html", context)


@firm_page(Action.INCIDENT_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@_firm_time
def incident_new(request: HttpRequest) -> HttpResponse:
    """Open an incident by hand."""
    # A form that was sent empty is refused, not shown as new.
    data = request.POST if request.method == "POST" else None
    form = NewIncidentForm(data, initial={"discovered_at": timezone.now()})
    if form.is_valid():
        try:
            made = services.open_incident(actor=_actor(request), incident=form.incident())
        except IncidentRefused as error:
            form.add_error(error.field or None, str(error.message))
        else:
            messages.success(request, _("The incident is open. Its clock runs from the discovery."))
            return redirect("incident", incident_id=made)
    context = {"form": form, "zone": timezone.get_current_timezone_name(), "nav_active": "incidents"}
    return render(request, "tenants/incidents_new.html", context, status=422 if form.errors else 200)


@firm_page(Action.INCIDENT_VIEW)
@require_safe
@_firm_time
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident in full, and the form of what is to be added."""
    dossier = services.view_incident(actor=_actor(request), incident_id=incident_id)
    kind = _kind(request.GET.get("add", ""))
    if dossier.standing.is_open:
        kind = Kind.NOTE if kind in (None, Kind.REOPENED) else kind
    else:
        kind = kind if kind == Kind.REOPENED else None
    form = item_form(kind, None, is_told=dossier.standing.told_at is not None) if kind else None
    return _show(request, dossier, kind, form)


@firm_page(Action.INCIDENT_EDIT)
@require_POST
@_firm_time
def incident_add(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Add what was typed; a refusal shows the incident with what was typed kept."""
    actor = _actor(request)
    standing = queries.get_incident(firm_id=actor.own_firm_id, incident_id=incident_id)
    asked = _kind(request.POST.get("kind", ""))
    kind = asked or Kind.NOTE
    form = item_form(kind, request.POST, is_told=standing.told_at is not None)
    if asked is None:
        form.add_error(None, _("Choose what to add. Nothing was added."))
    if form.is_valid():
        try:
            services.add_to_incident(actor=actor, incident_id=incident_id, kind=kind, **form.cleaned_data)
        except IncidentRefused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Added. Nobody can change it any more."))
            return HttpResponseRedirect(reverse("incident", args=[incident_id]))
    dossier = services.view_incident(actor=actor, incident_id=incident_id)
    return _show(request, dossier, kind, form, status=422)


def _show(
    request: HttpRequest, dossier: Dossier, kind: Kind | None, form: WordsForm | None, *, status: int = 200
) -> HttpResponse:
    actor, now = _actor(request), timezone.now()
    kinds = {item.kind for item in dossier.items}
    missing = [one.label for one in TO_CLOSE if one not in kinds] if kind == Kind.CLOSED else []
    context = {
        "row": row_of(dossier.standing, now),
        "items": item_rows(dossier, actor.own_firm_id),
        "comparison": dossier.comparison,
        "form": form,
        "kind": kind,
        "kinds": [one for one in FORMS if one != Kind.REOPENED] if dossier.standing.is_open else [],
        "missing": missing,
        "may_edit": allows(actor, Action.INCIDENT_EDIT),
        "nav_active": "incidents",
    }
    return render(request, "tenants/incidents_one.html", context, status=status)


def _kind(text: str) -> Kind | None:
    """The kind that a person may add; None for any other."""
    return Kind(text) if text in FORMS else None


def _number(text: str) -> int | None:
    # An address that was cut off shows the newest.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware, checked by the door
    return actor
