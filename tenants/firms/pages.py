"""The outsourcers a firm engages: who, until when, how much, from where; stopping one at once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenants.db.errors import KeyholeError
from tenants.firms import queries, services
from tenants.firms.errors import AlreadyEngaged, EngagementUnknown, OutsourcerUnknown
from tenants.firms.forms import EngagementForm, NewEngagementForm, ReasonForm, initial_terms
from tenants.firms.models import Engagement
from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows

_FORM_METHODS = ["GET", "HEAD", "POST"]


@firm_page(Action.ENGAGEMENT_VIEW)
@require_safe
def outsourcers(request: HttpRequest) -> HttpResponse:
    """List the firm's engagements."""
    actor = _actor(request)
    context = {
        "engagements": queries.list_engagements(actor=actor),
        "may_edit": allows(actor, Action.ENGAGEMENT_EDIT),
        "nav_active": "outsourcers",
    }
    return render(request, "tenants/firms_outsourcers.html", context)


@firm_page(Action.ENGAGEMENT_VIEW)
@require_safe
def engagement(request: HttpRequest, engagement_id: UUID) -> HttpResponse:
    """Show one engagement and what can be done about it."""
    found = _engagement(request, engagement_id)
    context = {
        "engagement": found,
        "campaigns": queries.count_campaigns(actor=_actor(request), engagement_id=found.id),
        "may_edit": allows(_actor(request), Action.ENGAGEMENT_EDIT),
        "nav_active": "outsourcers",
    }
    return render(request, "tenants/firms_engagement.html", context)


@firm_page(Action.ENGAGEMENT_EDIT)
@require_http_methods(_FORM_METHODS)
def engagement_new(request: HttpRequest) -> HttpResponse:
    """Engage an outsourcer by its handle."""
    form = NewEngagementForm(request.POST or None, initial=_first_terms())
    if form.is_valid():
        try:
            made = services.add_engagement(
                actor=_actor(request), handle=form.cleaned_data["handle"], terms=form.terms()
            )
        except (OutsourcerUnknown, AlreadyEngaged) as error:
            form.add_error("handle", error.message)
        else:
            messages.success(request, _("The outsourcer is engaged. Put it on a campaign next."))
            return redirect("engagement", engagement_id=made.id)
    context = {"form": form, "nav_active": "outsourcers"}
    return render(request, "tenants/firms_engagement_form.html", context, status=_status(form))


@firm_page(Action.ENGAGEMENT_EDIT)
@require_http_methods(_FORM_METHODS)
def engagement_edit(request: HttpRequest, engagement_id: UUID) -> HttpResponse:
    """Change the terms of an engagement."""
    found = _engagement(request, engagement_id)
    form = EngagementForm(request.POST or None, initial=dict(initial_terms(found)))
    if form.is_valid():
        try:
            services.change_engagement(actor=_actor(request), engagement_id=found.id, terms=form.terms())
        except KeyholeError as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("The terms are changed. They hold from the next person on."))
            return redirect("engagement", engagement_id=found.id)
    context = {"form": form, "engagement": found, "nav_active": "outsourcers"}
    return render(request, "tenants/firms_engagement_form.html", context, status=_status(form))


@firm_page(Action.ENGAGEMENT_EDIT)
@require_http_methods(_FORM_METHODS)
def engagement_suspend(request: HttpRequest, engagement_id: UUID) -> HttpResponse:
    """Stop an outsourcer at once, with a reason."""
    actor = _actor(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and not form.is_valid():
        return _ask(request, engagement_id, "suspend", form=form)
    return _act(
        request,
        engagement_id,
        "suspend",
        lambda: services.suspend_engagement(
            actor=actor, engagement_id=engagement_id, reason=form.cleaned_data["reason"]
        ),
        form=form,
    )


@firm_page(Action.ENGAGEMENT_EDIT)
@require_http_methods(_FORM_METHODS)
def engagement_resume(request: HttpRequest, engagement_id: UUID) -> HttpResponse:
    """Let a suspended outsourcer go on."""
    actor = _actor(request)
    return _act(
        request,
        engagement_id,
        "resume",
        lambda: services.resume_engagement(actor=actor, engagement_id=engagement_id),
    )


@firm_page(Action.ENGAGEMENT_EDIT)
@require_http_methods(_FORM_METHODS)
def engagement_end(request: HttpRequest, engagement_id: UUID) -> HttpResponse:
    """End an engagement for good."""
    actor = _actor(request)
    return _act(
        request,
        engagement_id,
        "end",
        lambda: services.end_engagement(actor=actor, engagement_id=engagement_id),
    )


def _act(
    request: HttpRequest,
    engagement_id: UUID,
    act: str,
    perform: Callable[[], Engagement],
    *,
    form: ReasonForm | None = None,
) -> HttpResponse:
    if request.method != "POST":
        return _ask(request, engagement_id, act, form=form)
    try:
        done = perform()
    except EngagementUnknown:
        raise Http404 from None
    except KeyholeError as error:
        return _ask(request, engagement_id, act, form=form, problems=[error.message])
    words = {
        "suspend": _("The outsourcer is stopped. Nobody new is handed out."),
        "resume": _("The outsourcer goes on."),
        "end": _("The engagement has ended."),
    }
    messages.success(request, words[act])
    return redirect("engagement", engagement_id=done.id)


def _ask(
    request: HttpRequest,
    engagement_id: UUID,
    act: str,
    *,
    form: ReasonForm | None = None,
    problems: list[object] | None = None,
) -> HttpResponse:
    found = _engagement(request, engagement_id)
    context = {
        "engagement": found,
        "campaigns": queries.count_campaigns(actor=_actor(request), engagement_id=found.id),
        "act": act,
        "form": form,
        "problems": problems or [],
        "nav_active": "outsourcers",
    }
    has_failed = bool(problems or (form is not None and form.errors))
    return render(request, "tenants/firms_engagement_act.html", context, status=422 if has_failed else 200)


def _engagement(request: HttpRequest, engagement_id: UUID) -> Engagement:
    found = queries.find_engagement(actor=_actor(request), engagement_id=engagement_id)
    if found is None:
        raise Http404
    return found


def _first_terms() -> dict[str, object]:
    today = timezone.localdate()
    # A row that is not saved carries the model's own defaults.
    return dict(initial_terms(Engagement(starts_on=today, ends_on=today + timedelta(days=90))))


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware, checked by the door
    return actor


def _status(form: EngagementForm) -> int:
    return 422 if form.errors else 200
