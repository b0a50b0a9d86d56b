"""Every write to campaigns and plans. Each appends its entry in the same transaction; none may skip it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.planning.defaults import RETRIES, default_outcomes, default_script
from campaigns.planning.errors import (
    CampaignNotFound,
    EngagementNotFound,
    NameTaken,
    NotReadyToStart,
    PlanChanged,
    PlanInvalid,
    ReasonMissing,
    WrongState,
)
from campaigns.planning.hours import Window
from campaigns.planning.models import (
    Campaign,
    ClosedDay,
    Column,
    Disposition,
    Engaged,
    OpenHours,
    RetryRule,
)
from campaigns.planning.plan import ColumnRule, Outcome, Plan, find_fault
from campaigns.planning.profiles import profile_of
from campaigns.planning.queries import load_plan
from campaigns.planning.wake import wake_campaign_after_commit
from tenants.firms.models import Engagement
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry

MAX_REASON_CHARS = 200
_State = Campaign.State
_FIGURES = ("max_attempts", "min_ring_s", "max_ring_s", "preview_s", "wrap_up_s", "verify_needed", "script")


@transaction.atomic
def create_campaign(*, actor: Actor, name: str, country: str) -> Campaign:
    """Make a draft with the country's profile, default outcomes, retries and script.

    `country` is ISO 3166 alpha-2. Raises: NotAllowed, NameTaken.
    """
    require(actor, Action.CAMPAIGN_EDIT)
    profile = profile_of(country)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                firm_id=actor.own_firm_id,
                name=name.strip(),
                default_region=country.upper(),
                min_ring_s=profile.min_ring_s,
                max_ring_s=profile.max_ring_s,
                script=default_script(),
            )
    except IntegrityError:
        raise NameTaken from None
    year = timezone.now().year
    _write_hours(campaign, profile.windows, profile.closed_days(range(year, year + 2)))
    _write_outcomes(campaign, default_outcomes())
    _write_retries(campaign, RETRIES)
    _append(actor, Event.CAMPAIGN_CREATED, campaign, profile=profile.country)
    return campaign


@transaction.atomic
def edit_plan(*, actor: Actor, campaign_id: UUID, seen_version: int, plan: Plan) -> Campaign:
    """Put a whole plan in place of the one of `seen_version`; an unchanged plan writes nothing.

    Columns are those the imports made: rules for other names are ignored.

    Raises: NotAllowed, CampaignNotFound, PlanChanged, PlanInvalid (its code names the part).
    """
    require(actor, Action.CAMPAIGN_EDIT)
    campaign = _lock(actor, campaign_id)
    if campaign.plan_version != seen_version:
        raise PlanChanged
    if (fault := find_fault(plan)) is not None:
        raise PlanInvalid(f"plan_{fault}")
    changed = load_plan(campaign).changes(plan)
    if not changed:
        return campaign
    for figure in _FIGURES:
        setattr(campaign, figure, getattr(plan, figure))
    campaign.plan_version += 1
    campaign.save(update_fields=[*_FIGURES, "plan_version"])
    if {"hours", "closed_days"} & set(changed):
        _write_hours(campaign, plan.hours, plan.closed_days)
    if "outcomes" in changed:
        _write_outcomes(campaign, plan.outcomes)
    if "retries" in changed:
        _write_retries(campaign, plan.retries)
    if "columns" in changed:
        _write_columns(campaign, plan.columns)
    _append(
        actor, Event.PLAN_CHANGED, campaign, plan_version=campaign.plan_version, changed=",".join(changed)
    )
    wake_campaign_after_commit(campaign.id)
    return campaign


def start_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Let a draft be called. Raises: NotAllowed, CampaignNotFound, WrongState, NotReadyToStart."""
    return _move(actor, campaign_id, {_State.DRAFT}, _State.RUNNING, Event.CAMPAIGN_STARTED)


def pause_campaign(*, actor: Actor, campaign_id: UUID, reason: str) -> Campaign:
    """Stop giving out people; calls that are open end normally.

    Raises: NotAllowed, CampaignNotFound, WrongState, ReasonMissing.
    """
    require(actor, Action.CAMPAIGN_RUN)
    if not reason.strip():
        raise ReasonMissing
    return _move(actor, campaign_id, {_State.RUNNING}, _State.PAUSED, Event.CAMPAIGN_PAUSED, reason.strip())


def resume_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Go on after a pause. Raises: NotAllowed, CampaignNotFound, WrongState, NotReadyToStart."""
    return _move(actor, campaign_id, {_State.PAUSED}, _State.RUNNING, Event.CAMPAIGN_RESUMED)


def finish_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Close a campaign for good. Raises: NotAllowed, CampaignNotFound, WrongState."""
    before = {_State.DRAFT, _State.RUNNING, _State.PAUSED}
    return _move(actor, campaign_id, before, _State.FINISHED, Event.CAMPAIGN_FINISHED)


@transaction.atomic
def engage_outsourcer(*, actor: Actor, campaign_id: UUID, engagement_id: UUID) -> None:
    """Put an open engagement to work on a campaign; doing it twice changes nothing.

    Raises: NotAllowed, CampaignNotFound, EngagementNotFound.
    """
    require(actor, Action.CAMPAIGN_EDIT)
    campaign = _lock(actor, campaign_id)
    engagement = (
        Engagement.objects.filter(firm_id=actor.own_firm_id, id=engagement_id)
        .exclude(state=Engagement.State.ENDED)
        .first()
    )
    if engagement is None:
        raise EngagementNotFound
    _, made = Engaged.objects.get_or_create(
        firm_id=actor.own_firm_id, campaign_id=campaign.id, engagement_id=engagement.id
    )
    if made:
        _append(actor, Event.CAMPAIGN_ENGAGED, campaign, engagement_id=str(engagement.id))
        wake_campaign_after_commit(campaign.id)


@transaction.atomic
def disengage_outsourcer(*, actor: Actor, campaign_id: UUID, engagement_id: UUID) -> None:
    """Take an engagement off a campaign: its agents get no further person of it.

    Raises: NotAllowed, CampaignNotFound, EngagementNotFound.
    """
    require(actor, Action.CAMPAIGN_EDIT)
    campaign = _lock(actor, campaign_id)
    gone, _ = Engaged.objects.filter(
        firm_id=actor.own_firm_id, campaign_id=campaign.id, engagement_id=engagement_id
    ).delete()
    if not gone:
        raise EngagementNotFound
    _append(actor, Event.CAMPAIGN_DISENGAGED, campaign, engagement_id=str(engagement_id))
    wake_campaign_after_commit(campaign.id)


@transaction.atomic
def _move(
    actor: Actor, campaign_id: UUID, before: set[_State], after: _State, event: Event, reason: str = ""
) -> Campaign:
    require(actor, Action.CAMPAIGN_RUN)
    campaign = _lock(actor, campaign_id)
    if campaign.state not in before:
        raise WrongState
    if after is _State.RUNNING and not campaign.hours.filter(firm_id=campaign.firm_id).exists():
        raise NotReadyToStart
    campaign.state = after
    campaign.state_reason = reason[:MAX_REASON_CHARS]
    if after is _State.RUNNING and campaign.started_at is None:
        campaign.started_at = timezone.now()
    campaign.save(update_fields=["state", "state_reason", "started_at"])
    details = {"said": campaign.state_reason} if reason else {}
    _append(actor, event, campaign, **details)
    wake_campaign_after_commit(campaign.id)
    return campaign


def _lock(actor: Actor, campaign_id: UUID) -> Campaign:
    campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .filter(firm_id=actor.own_firm_id, id=campaign_id)
        .first()
    )
    if campaign is None:
        raise CampaignNotFound
    return campaign


def _append(actor: Actor, event: Event, campaign: Campaign, **details: int | str) -> None:
    append_entry(
        actor=actor,
        event=event,
        subject_kind="campaign",
        subject_id=campaign.id,
        campaign_id=campaign.id,
        details=details,
    )


def _write_hours(campaign: Campaign, windows: Sequence[Window], closed: Sequence[tuple[date, str]]) -> None:
    ours = {"firm_id": campaign.firm_id, "campaign_id": campaign.id}
    OpenHours.objects.filter(**ours).delete()
    OpenHours.objects.bulk_create(
        OpenHours(**ours, weekday=window.weekday, opens=window.opens, closes=window.closes)
        for window in sorted(windows)
    )
    ClosedDay.objects.filter(**ours).delete()
    days = dict(closed)
    ClosedDay.objects.bulk_create(ClosedDay(**ours, day=day, name=days[day][:120]) for day in sorted(days))


def _write_outcomes(campaign: Campaign, outcomes: Sequence[Outcome]) -> None:
    """Update those that are named, make new ones, archive the rest: past calls keep the outcome they had."""
    ours = {"firm_id": campaign.firm_id, "campaign_id": campaign.id}
    kept = {item.id: item for item in Disposition.objects.filter(**ours)}
    by_label = {item.label: item for item in kept.values()}
    wanted = {outcome.outcome_id for outcome in outcomes}
    Disposition.objects.filter(**ours).exclude(id__in=[one for one in wanted if one]).update(archived=True)
    for position, outcome in enumerate(outcomes):
        item = kept.get(outcome.outcome_id) if outcome.outcome_id else by_label.get(outcome.label)
        item = item or Disposition(**ours)
        item.position, item.label, item.kind = position, outcome.label, outcome.kind
        item.retry_s, item.archived = outcome.retry_s, False
        item.save()


def _write_retries(campaign: Campaign, retries: Sequence[tuple[str, int | None]]) -> None:
    RetryRule.objects.bulk_create(
        (
            RetryRule(firm_id=campaign.firm_id, campaign_id=campaign.id, result=result, retry_s=retry_s)
            for result, retry_s in retries
        ),
        update_conflicts=True,
        unique_fields=["firm", "campaign", "result"],
        update_fields=["retry_s"],
    )


def _write_columns(campaign: Campaign, columns: Sequence[ColumnRule]) -> None:
    for rule in columns:
        Column.objects.filter(firm_id=campaign.firm_id, campaign_id=campaign.id, name=rule.name).update(
            label=rule.label, visible=rule.visible, question=rule.question
        )
