"""Lists over the API: names, states and counts. Never a contact's field."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.lists.models import ContactList
from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.oversight.paging import PageQuery, page_by_creation


class ListOut(serializers.Serializer[Any]):
    """A contact list: what it is called, where it belongs and which columns it has."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    campaign_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ContactList.State.choices)
    columns = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class ListPage(serializers.Serializer[Any]):
    """A page of lists, newest first."""

    items = ListOut(many=True)
    next = serializers.CharField(allow_null=True)


class ListQuery(PageQuery):
    """Which lists are wanted."""

    campaign = serializers.UUIDField(required=False)


class ListListView(ApiView):
    """The firm's lists."""

    actions = {"GET": Action.LIST_VIEW}

    @extend_schema(operation_id="list_lists", parameters=[ListQuery], responses=ListPage)
    def get(self, request: Request) -> Response:
        """List the firm's contact lists, newest first."""
        asked = ListQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = ContactList.objects.filter(firm_id=self.actor.own_firm_id)
        if "campaign" in asked.validated_data:
            rows = rows.filter(campaign_id=asked.validated_data["campaign"])
        items, following = page_by_creation(rows, asked=asked.validated_data)
        return Response({"items": ListOut(items, many=True).data, "next": following})


class ListView(ApiView):
    """One list."""

    actions = {"GET": Action.LIST_VIEW}

    @extend_schema(operation_id="read_list", responses=ListOut)
    def get(self, request: Request, list_id: UUID) -> Response:
        """Read one contact list."""
        found = ContactList.objects.filter(firm_id=self.actor.own_firm_id, id=list_id).first()
        if found is None:
            raise Http404
        return Response(ListOut(found).data)
