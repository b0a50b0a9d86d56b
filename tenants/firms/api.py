"""The firm's engagements over the API: read, suspended, resumed. By the same services as the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.firms.models import Engagement
from tenants.firms.queries import find_engagement
from tenants.firms.services import resume_engagement, suspend_engagement
from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.oversight.paging import PageQuery, page_by_creation


class EngagementOut(serializers.Serializer[Any]):
    """An engagement: with whom, until when, in which state, within which caps."""

    id = serializers.UUIDField()
    outsourcer_id = serializers.UUIDField()
    outsourcer = serializers.CharField(source="outsourcer.name")
    state = serializers.ChoiceField(choices=Engagement.State.choices)
    state_reason = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    cap_agent_hour = serializers.IntegerField()
    cap_agent_day = serializers.IntegerField()
    cap_day = serializers.IntegerField()
    skip_budget_day = serializers.IntegerField()
    networks = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class EngagementPage(serializers.Serializer[Any]):
    """A page of engagements, newest first."""

    items = EngagementOut(many=True)
    next = serializers.CharField(allow_null=True)


class SuspendIn(serializers.Serializer[Any]):
    """Why the outsourcer is suspended, in words its people will read. Not about a person called."""

    reason = serializers.CharField(min_length=1, max_length=200)


class EngagementListView(ApiView):
    """The firm's engagements."""

    actions = {"GET": Action.ENGAGEMENT_VIEW}

    @extend_schema(operation_id="list_engagements", parameters=[PageQuery], responses=EngagementPage)
    def get(self, request: Request) -> Response:
        """List the firm's engagements, newest first."""
        asked = PageQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = Engagement.objects.filter(firm_id=self.actor.own_firm_id).select_related("outsourcer")
        items, following = page_by_creation(rows, asked=asked.validated_data)
        return Response({"items": EngagementOut(items, many=True).data, "next": following})


class EngagementView(ApiView):
    """One engagement."""

    actions = {"GET": Action.ENGAGEMENT_VIEW}

    @extend_schema(operation_id="read_engagement", responses=EngagementOut)
    def get(self, request: Request, engagement_id: UUID) -> Response:
        """Read one engagement."""
        found = find_engagement(actor=self.actor, engagement_id=engagement_id)
        if found is None:
            raise Http404
        return Response(EngagementOut(found).data)


class EngagementSuspendView(ApiView):
    """The stop of an outsourcer."""

    actions = {"POST": Action.ENGAGEMENT_EDIT}

    @extend_schema(operation_id="suspend_engagement", request=SuspendIn, responses=EngagementOut)
    def post(self, request: Request, engagement_id: UUID) -> Response:
        """Suspend an engagement: nobody new is handed out, open records end where they are."""
        given = SuspendIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = suspend_engagement(
            actor=self.actor, engagement_id=engagement_id, reason=given.validated_data["reason"]
        )
        return Response(EngagementOut(found).data)


class EngagementResumeView(ApiView):
    """The end of a stop."""

    actions = {"POST": Action.ENGAGEMENT_EDIT}

    @extend_schema(operation_id="resume_engagement", request=None, responses=EngagementOut)
    def post(self, request: Request, engagement_id: UUID) -> Response:
        """Let a suspended outsourcer go on."""
        found = resume_engagement(actor=self.actor, engagement_id=engagement_id)
        return Response(EngagementOut(found).data)
