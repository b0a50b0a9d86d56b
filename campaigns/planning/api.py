"""Campaigns over the API: read with progress, paused, resumed. By the same services as the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.planning.models import Campaign
from campaigns.planning.queries import count_progress, find_campaign
from campaigns.planning.services import pause_campaign, resume_campaign
from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.oversight.paging import PageQuery, page_by_creation


class CampaignOut(serializers.Serializer[Any]):
    """A campaign and its state."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Campaign.State.choices)
    state_reason = serializers.CharField()
    default_region = serializers.CharField()
    max_attempts = serializers.IntegerField()
    plan_version = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ProgressOut(serializers.Serializer[Any]):
    """How far a campaign is, in people. The first five add up to `total`."""

    to_call = serializers.IntegerField()
    waiting = serializers.IntegerField()
    reached = serializers.IntegerField()
    not_reached = serializers.IntegerField()
    closed = serializers.IntegerField()
    total = serializers.IntegerField()
    calls_today = serializers.IntegerField()
    reached_today = serializers.IntegerField()


class CampaignDetail(CampaignOut):
    """A campaign with its progress."""

    progress = ProgressOut()


class CampaignPage(serializers.Serializer[Any]):
    """A page of campaigns, newest first."""

    items = CampaignOut(many=True)
    next = serializers.CharField(allow_null=True)


class PauseIn(serializers.Serializer[Any]):
    """Why the campaign is paused, in words the outsourcer's people will read. Not about a person called."""

    reason = serializers.CharField(min_length=1, max_length=200)


class CampaignListView(ApiView):
    """The firm's campaigns."""

    actions = {"GET": Action.CAMPAIGN_VIEW}

    @extend_schema(operation_id="list_campaigns", parameters=[PageQuery], responses=CampaignPage)
    def get(self, request: Request) -> Response:
        """List the firm's campaigns, newest first."""
        asked = PageQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = Campaign.objects.filter(firm_id=self.actor.own_firm_id)
        items, following = page_by_creation(rows, asked=asked.validated_data)
        return Response({"items": CampaignOut(items, many=True).data, "next": following})


class CampaignView(ApiView):
    """One campaign."""

    actions = {"GET": Action.CAMPAIGN_VIEW}

    @extend_schema(operation_id="read_campaign", responses=CampaignDetail)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """Read one campaign with its progress."""
        found = find_campaign(firm_id=self.actor.own_firm_id, campaign_id=campaign_id)
        if found is None:
            raise Http404
        progress = ProgressOut(count_progress(campaign_id)).data
        return Response({**CampaignOut(found).data, "progress": progress})


class CampaignPauseView(ApiView):
    """The pause of a campaign."""

    actions = {"POST": Action.CAMPAIGN_RUN}

    @extend_schema(operation_id="pause_campaign", request=PauseIn, responses=CampaignOut)
    def post(self, request: Request, campaign_id: UUID) -> Response:
        """Pause a campaign: no new person is handed out, calls that run end by themselves."""
        given = PauseIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = pause_campaign(
            actor=self.actor, campaign_id=campaign_id, reason=given.validated_data["reason"]
        )
        return Response(CampaignOut(found).data)


class CampaignResumeView(ApiView):
    """The end of a pause."""

    actions = {"POST": Action.CAMPAIGN_RUN}

    @extend_schema(operation_id="resume_campaign", request=None, responses=CampaignOut)
    def post(self, request: Request, campaign_id: UUID) -> Response:
        """Resume a paused campaign."""
        found = resume_campaign(actor=self.actor, campaign_id=campaign_id)
        return Response(CampaignOut(found).data)
