"""Imports over the API: a file comes in sealed, is imported by the worker, and is followed by its counts.

It must never show a cell of the file, and never open a column to agents that no manager opened.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, QueryDict
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.importing.columns import guess_columns
from campaigns.importing.errors import UploadMissing
from campaigns.importing.mapping import MappingError, parse_mapping
from campaigns.importing.models import ImportBatch, Reject
from campaigns.importing.read import open_table
from campaigns.importing.reasons import TableError
from campaigns.importing.services import Upload, choose_columns, start_import, take_upload
from campaigns.importing.spooling import open_reader
from campaigns.importing.stored import NEVER, ChosenColumn, choose_from_guesses, choose_from_mapping
from campaigns.importing.upload import SealedUpload, SealingUploadHandler
from campaigns.lists.queries import find_import
from campaigns.planning.models import Column
from tenants.identity.actor import Actor
from tenants.identity.api import ApiView
from tenants.identity.api_errors import Refused
from tenants.identity.permissions import Action
from tenants.oversight.paging import PageQuery, page_by_creation


class ImportOut(serializers.Serializer[Any]):
    """An import and its counts. When finished, rows_in = stored + duplicate + suppressed + rejected."""

    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    list_id = serializers.UUIDField(allow_null=True)
    file = serializers.CharField(source="name")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=ImportBatch.State.choices)
    failure = serializers.CharField()
    size_bytes = serializers.IntegerField()
    bytes_read = serializers.IntegerField()
    rows_in = serializers.IntegerField()
    stored = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    rejected = serializers.IntegerField()
    blank = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportPage(serializers.Serializer[Any]):
    """A page of imports, newest first."""

    items = ImportOut(many=True)
    next = serializers.CharField(allow_null=True)


class ImportQuery(PageQuery):
    """Which imports are wanted."""

    campaign = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=ImportBatch.State.choices, required=False)


class ImportIn(serializers.Serializer[Any]):
    """A list to import. `map` says what a column is, as role=column; without it the columns are guessed."""

    file = serializers.FileField()
    campaign = serializers.UUIDField()
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=160)
    region = serializers.RegexField(r"\A[A-Za-z]{2}\Z", required=False, default="", allow_blank=True)
    map = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=100)


class RejectOut(serializers.Serializer[Any]):
    """A row that was not stored: where, what became of it and why. The cell is not kept."""

    line = serializers.IntegerField(source="line_no")
    fate = serializers.CharField()
    reason = serializers.CharField()
    column = serializers.CharField()


class RejectQuery(serializers.Serializer[Any]):
    """Which rows are wanted."""

    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=1000, required=False, default=200)


class RejectPage(serializers.Serializer[Any]):
    """Rows that were not stored; `next` is the `after` of the following page."""

    items = RejectOut(many=True)
    next = serializers.IntegerField(allow_null=True)


class ImportListView(ApiView):
    """The firm's imports."""

    actions = {"GET": Action.LIST_VIEW, "POST": Action.LIST_IMPORT}
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the file come in sealed; it is not read before the token was let in."""
        self.sealing = SealingUploadHandler(request._request)
        request._request.upload_handlers = [self.sealing]
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="list_imports", parameters=[ImportQuery], responses=ImportPage)
    def get(self, request: Request) -> Response:
        """List the firm's imports, newest first."""
        asked = ImportQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = ImportBatch.objects.filter(firm_id=self.actor.own_firm_id)
        if "campaign" in asked.validated_data:
            rows = rows.filter(campaign_id=asked.validated_data["campaign"])
        if "state" in asked.validated_data:
            rows = rows.filter(state=asked.validated_data["state"])
        items, following = page_by_creation(rows, asked=asked.validated_data)
        return Response({"items": ImportOut(items, many=True).data, "next": following})

    @extend_schema(
        operation_id="start_import",
        request={"multipart/form-data": ImportIn},
        responses={201: OpenApiResponse(ImportOut)},
    )
    def post(self, request: Request) -> Response:
        """Upload a list and start its import.

        Columns the campaign does not know yet stay hidden from agents until a manager decides.
        """
        try:
            batch = self._start(request)
        except BaseException:
            # Whatever went wrong, nobody will import this file.
            self.sealing.discard()
            raise
        return Response(ImportOut(batch).data, status=201)

    def _start(self, request: Request) -> ImportBatch:
        given = ImportIn(data=self._fields(request))
        if self.sealing.problem is not None:
            raise Refused(self.sealing.problem.code, self.sealing.problem.message)
        given.is_valid(raise_exception=True)
        sealed = given.validated_data["file"]
        if not isinstance(sealed, SealedUpload):
            raise Refused(UploadMissing.code, UploadMissing.message)
        try:
            return _start_import(self.actor, given.validated_data, sealed)
        except (TableError, MappingError) as error:
            raise Refused(error.code, error.sentence) from None

    def _fields(self, request: Request) -> dict[str, Any]:
        data = cast("QueryDict", request.data)
        names = ("file", "campaign", "name", "region")
        fields: dict[str, Any] = {name: data.get(name) for name in names if name in data}
        if "map" in data:
            fields["map"] = data.getlist("map")
        return fields


class ImportView(ApiView):
    """One import."""

    actions = {"GET": Action.LIST_VIEW}

    @extend_schema(operation_id="read_import", responses=ImportOut)
    def get(self, request: Request, import_id: UUID) -> Response:
        """Read one import and how far it is."""
        return Response(ImportOut(_find(self.actor, import_id)).data)


class ImportRejectsView(ApiView):
    """The rows of an import that were not stored."""

    actions = {"GET": Action.LIST_VIEW}

    @extend_schema(operation_id="list_rejects", parameters=[RejectQuery], responses=RejectPage)
    def get(self, request: Request, import_id: UUID) -> Response:
        """List the rows that were not stored, each with its line and its reason."""
        asked = RejectQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        batch = _find(self.actor, import_id)
        limit = asked.validated_data["limit"]
        rows = Reject.objects.filter(
            firm_id=batch.firm_id, batch_id=batch.id, id__gt=asked.validated_data["after"]
        ).order_by("id")[: limit + 1]
        found = list(rows)
        following = found[limit - 1].id if len(found) > limit else None
        return Response({"items": RejectOut(found[:limit], many=True).data, "next": following})


def _find(actor: Actor, import_id: UUID) -> ImportBatch:
    found = find_import(firm_id=actor.own_firm_id, batch_id=import_id)
    if found is None:
        raise Http404
    return found


def _start_import(actor: Actor, given: dict[str, Any], sealed: SealedUpload) -> ImportBatch:
    name = str(sealed.name or "")
    region = given["region"].upper()
    upload = Upload(
        batch_id=sealed.batch_id,
        file_name=name,
        size_bytes=sealed.size or 0,
        list_name=given["name"] or name,
        region=region,
    )
    with open_reader(sealed.batch_id, settings.KEYRING) as stream:
        batch = take_upload(actor=actor, campaign_id=given["campaign"], upload=upload, stream=stream)
        stream.seek(0)
        table = open_table(stream, filename=name)
        guesses = guess_columns(table.columns, table.sample)
        chosen = (
            choose_from_mapping(parse_mapping(given["map"], table.columns), guesses)
            if given.get("map")
            else choose_from_guesses(guesses)
        )
    columns = _as_decided(actor, given["campaign"], chosen)
    choose_columns(actor=actor, batch_id=batch.id, columns=columns, keep_possible=False, region=batch.region)
    return start_import(actor=actor, batch_id=batch.id)


def _as_decided(actor: Actor, campaign_id: UUID, columns: Sequence[ChosenColumn]) -> list[ChosenColumn]:
    """Give each column the visibility a manager decided for it, and never where nobody decided."""
    decided = dict(
        Column.objects.filter(firm_id=actor.own_firm_id, campaign_id=campaign_id).values_list(
            "name", "visible"
        )
    )
    return [replace(column, visible=decided.get(column.key, NEVER)) for column in columns]
