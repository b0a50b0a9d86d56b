"""The firm's pages of campaigns: overview, list, one campaign, its plan, and the buttons that move it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.lists.queries import list_imports, list_waiting
from campaigns.planning import queries, services
from campaigns.planning.errors import (
    CampaignNotFound,
    EngagementNotFound,
    NameTaken,
    PlanChanged,
    PlanInvalid,
)
from campaigns.planning.figures import CHART_HOURS, chart_height, progress_bar, zone_clocks
from campaigns.planning.forms import CampaignForm, EngageForm, ReasonForm
from campaigns.planning.models import Campaign
from campaigns.planning.plan import questions_missing
from campaigns.planning.planform import PlanForms
from campaigns.planning.profiles import profile_of
from campaigns.planning.scripttext import unknown_fields
from campaigns.planning.summary import summarise_plan
from tenants.db.errors import KeyholeError
from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows

_FORM_METHODS = ["GET", "HEAD", "POST"]


@firm_page(Action.OVERVIEW_VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show how each campaign stands, or the next step of a firm that has none."""
    actor = _actor(request)
    campaigns = [
        (campaign, progress, progress_bar(progress))
        for campaign in queries.list_campaigns(firm_id=actor.own_firm_id).exclude(
            state=Campaign.State.FINISHED
        )
        for progress in [queries.count_progress(campaign.id)]
    ]
    context = {
        "campaigns": campaigns,
        "has_lists": list_imports(firm_id=actor.own_firm_id).exists(),
        "waiting": list(list_waiting(firm_id=actor.own_firm_id)[:5]),
        "may_edit": allows(actor, Action.CAMPAIGN_EDIT),
        "may_import": allows(actor, Action.LIST_IMPORT),
        "nav_active": "overview",
    }
    return render(request, "campaigns/planning_overview.html", context)


@firm_page(Action.CAMPAIGN_VIEW)
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """List the firm's campaigns."""
    actor = _actor(request)
    context = {
        "campaigns": [
            (campaign, queries.count_progress(campaign.id))
            for campaign in queries.list_campaigns(firm_id=actor.own_firm_id)
        ],
        "may_edit": allows(actor, Action.CAMPAIGN_EDIT),
        "nav_active": "campaigns",
    }
    return render(request, "campaigns/planning_campaigns.html", context)


@firm_page(Action.CAMPAIGN_EDIT)
@require_http_methods(_FORM_METHODS)
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Make a campaign from a name and a country."""
    form = CampaignForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.create_campaign(actor=_actor(request), **form.cleaned_data)
        except NameTaken as error:
            form.add_error("name", str(error.message))
        else:
            messages.success(request, _("The campaign is a draft. Import a list into it next."))
            return redirect("campaign", campaign_id=made.id)
    context = {"form": form, "nav_active": "campaigns"}
    return render(request, "campaigns/planning_new.html", context, status=422 if form.errors else 200)


@firm_page(Action.CAMPAIGN_VIEW)
@require_safe
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show one campaign."""
    return _show(request, _find(request, campaign_id), ReasonForm(auto_id="pause_%s"))


@firm_page(Action.CAMPAIGN_EDIT)
@require_http_methods(_FORM_METHODS)
def plan_edit(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Edit the whole plan."""
    found = _find(request, campaign_id)
    plan = queries.load_plan(found)
    forms = PlanForms(plan, request.POST if request.method == "POST" else None)
    version = found.plan_version
    problems: list[str] = []
    if request.method == "POST":
        seen = request.POST.get("version", "")
        version = int(seen) if seen.isascii() and seen.isdigit() else 0
        if forms.is_valid():
            try:
                saved = services.edit_plan(
                    actor=_actor(request), campaign_id=found.id, seen_version=version, plan=forms.plan()
                )
            except (PlanChanged, PlanInvalid) as error:
                problems = [str(error.message)]
            else:
                messages.success(request, _("The plan is saved, version %(v)d.") % {"v": saved.plan_version})
                return redirect("campaign", campaign_id=found.id)
        problems += forms.problems()
    context = {
        "campaign": found,
        "forms": forms,
        "form": forms.figures,
        "problems": problems,
        "version": version,
        "profile": profile_of(found.default_region),
        "nav_active": "campaigns",
    }
    failed = bool(problems or forms.figures.errors)
    return render(request, "campaigns/planning_plan.html", context, status=422 if failed else 200)


@firm_page(Action.CAMPAIGN_RUN)
@require_POST
def campaign_start(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Let a draft be called."""
    return _act(request, campaign_id, services.start_campaign, _("The campaign is running."))


@firm_page(Action.CAMPAIGN_RUN)
@require_POST
def campaign_pause(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Pause, with a reason for the record."""
    found = _find(request, campaign_id)
    form = ReasonForm(request.POST, auto_id="pause_%s")
    if not form.is_valid():
        return _show(request, found, form, status=422)

    def pause(*, actor: Actor, campaign_id: UUID) -> Campaign:
        return services.pause_campaign(
            actor=actor, campaign_id=campaign_id, reason=form.cleaned_data["reason"]
        )

    words = _("The campaign is paused. Calls that are open end normally.")
    return _act(request, campaign_id, pause, words)


@firm_page(Action.CAMPAIGN_RUN)
@require_POST
def campaign_resume(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Go on after a pause."""
    return _act(request, campaign_id, services.resume_campaign, _("The campaign is running again."))


@firm_page(Action.CAMPAIGN_RUN)
@require_POST
def campaign_finish(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Close a campaign for good."""
    return _act(request, campaign_id, services.finish_campaign, _("The campaign is finished."))


@firm_page(Action.CAMPAIGN_EDIT)
@require_POST
def campaign_engage(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Put an engagement to work."""
    form = EngageForm(request.POST)
    if form.is_valid():
        engagement_id = form.cleaned_data["engagement"]

        def engage(*, actor: Actor, campaign_id: UUID) -> None:
            services.engage_outsourcer(actor=actor, campaign_id=campaign_id, engagement_id=engagement_id)

        return _act(request, campaign_id, engage, _("The outsourcer is on the campaign."))
    messages.warning(request, _("Choose an outsourcer. Nothing was changed."))
    return redirect("campaign", campaign_id=_find(request, campaign_id).id)


@firm_page(Action.CAMPAIGN_EDIT)
@require_POST
def campaign_disengage(request: HttpRequest, campaign_id: UUID, engagement_id: UUID) -> HttpResponse:
    """Take an engagement off a campaign."""

    def disengage(*, actor: Actor, campaign_id: UUID) -> None:
        services.disengage_outsourcer(actor=actor, campaign_id=campaign_id, engagement_id=engagement_id)

    return _act(request, campaign_id, disengage, _("The outsourcer is off the campaign."))


def _show(request: HttpRequest, found: Campaign, form: ReasonForm, status: int = 200) -> HttpResponse:
    actor = _actor(request)
    plan = queries.load_plan(found)
    progress = queries.count_progress(found.id)
    profile = profile_of(found.default_region)
    zones = queries.list_zones(found.id) or [(profile.time_zone, 0)]
    may_run = allows(actor, Action.CAMPAIGN_RUN)
    clocks = zone_clocks(zones, queries.week_hours(plan), timezone.now())
    context = {
        "campaign": found,
        "plan": plan,
        "summary": summarise_plan(plan),
        "progress": progress,
        "bar": progress_bar(progress),
        "zones": clocks,
        "chart_height": chart_height(clocks),
        "chart_hours": CHART_HOURS,
        "next_closed": next((item for item in plan.closed_days if item[0] >= timezone.localdate()), None),
        "profile": profile,
        "engaged": queries.list_engaged(found),
        "engageable": queries.list_engageable(found) if allows(actor, Action.CAMPAIGN_EDIT) else [],
        "has_list": list_imports(firm_id=actor.own_firm_id).filter(campaign_id=found.id).exists(),
        "questions_missing": questions_missing(plan),
        "unknown_fields": unknown_fields(plan.script, {column.name for column in plan.columns}),
        "form": form,
        "may_edit": allows(actor, Action.CAMPAIGN_EDIT),
        "may_run": may_run,
        "may_finish": may_run and found.state in (Campaign.State.RUNNING, Campaign.State.PAUSED),
        "may_import": allows(actor, Action.LIST_IMPORT),
        "nav_active": "campaigns",
    }
    return render(request, "campaigns/planning_campaign.html", context, status=status)


def _act(request: HttpRequest, campaign_id: UUID, act: Callable[..., object], words: str) -> HttpResponse:
    """Do one act and go back to the campaign; a refusal is said there."""
    try:
        act(actor=_actor(request), campaign_id=campaign_id)
    except (CampaignNotFound, EngagementNotFound):
        raise Http404 from None
    except KeyholeError as error:
        messages.warning(request, str(error.message))
    else:
        messages.success(request, words)
    return redirect("campaign", campaign_id=campaign_id)


def _find(request: HttpRequest, campaign_id: UUID) -> Campaign:
    found = queries.find_campaign(firm_id=_actor(request).own_firm_id, campaign_id=campaign_id)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
