"""Who contacted whom and what is open now, over the API. Never a number or a name of a person called."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dialer.oversight.names import Names, load_names
from dialer.oversight.queries import OpenLease
from dialer.oversight.services import view_entries, view_live
from dialer.oversight.timeline import row_of
from dialer.templatetags.keyhole import contact_ref
from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.cursor import write_cursor
from tenants.oversight.filters import EntryFilter
from tenants.oversight.paging import PageQuery, read_place


class EntryQuery(PageQuery):
    """Which entries are wanted. Times are ISO 8601 with an offset; `since` counts in, `until` does not."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    agent = serializers.UUIDField(required=False)
    outsourcer = serializers.UUIDField(required=False)
    campaign = serializers.UUIDField(required=False)
    contact = serializers.UUIDField(required=False)
    outcome = serializers.RegexField(r"\A[a-z0-9_-]{1,36}\Z", required=False)
    allowed = serializers.BooleanField(required=False, allow_null=True, default=None)
    contacts_only = serializers.BooleanField(required=False, default=False)


class EntryOut(serializers.Serializer[Any]):
    """One act or one refused attempt."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    event = serializers.ChoiceField(choices=[(str(event), str(event)) for event in Event])
    words = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    actor_kind = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor = serializers.CharField()
    outsourcer_id = serializers.UUIDField(allow_null=True)
    outsourcer = serializers.CharField()
    campaign_id = serializers.UUIDField(allow_null=True)
    campaign = serializers.CharField()
    contact_id = serializers.UUIDField(allow_null=True)
    contact_ref = serializers.CharField()
    subject_kind = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    device = serializers.CharField()
    session_ref = serializers.CharField()
    process = serializers.CharField()
    details = serializers.DictField()


class EntryPage(serializers.Serializer[Any]):
    """A page of entries, newest first. The look itself became an entry."""

    items = EntryOut(many=True)
    next = serializers.CharField(allow_null=True)


class OpenOut(serializers.Serializer[Any]):
    """A record that is open at this moment; `for_s` counts seconds in the state."""

    lease_id = serializers.UUIDField()
    state = serializers.CharField()
    for_s = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    agent_id = serializers.UUIDField()
    agent = serializers.CharField()
    outsourcer = serializers.CharField()
    campaign_id = serializers.UUIDField()
    campaign = serializers.CharField()
    contact_id = serializers.UUIDField()
    contact_ref = serializers.CharField()
    seen = serializers.ListField(child=serializers.CharField())
    address = serializers.CharField()
    stopping = serializers.BooleanField()


class OpenList(serializers.Serializer[Any]):
    """Every record open now, the one opened first on top."""

    at = serializers.DateTimeField()
    items = OpenOut(many=True)


class EntryListView(ApiView):
    """The record of access."""

    actions = {"GET": Action.CONTACTS_AUDIT}

    @extend_schema(operation_id="list_entries", parameters=[EntryQuery], responses=EntryPage)
    def get(self, request: Request) -> Response:
        """List entries: who contacted whom, who looked, who was refused. Newest first."""
        given = EntryQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        wanted = EntryFilter(
            since=asked.get("since"),
            until=asked.get("until"),
            outsourcer_id=asked.get("outsourcer"),
            agent_id=asked.get("agent"),
            campaign_id=asked.get("campaign"),
            contact_ids=(asked["contact"],) if "contact" in asked else (),
            outcome=asked.get("outcome", ""),
            allowed=asked["allowed"],
            contacts_only=asked["contacts_only"],
        )
        entries, following = view_entries(
            actor=self.actor,
            wanted=wanted,
            after=read_place(asked["cursor"]),
            view="api",
            limit=asked["limit"],
        )
        names = load_names(firm_id=self.actor.own_firm_id, entries=entries)
        rows = [_entry(entry, names) for entry in entries]
        following_text = write_cursor(following) if following else None
        return Response({"items": EntryOut(rows, many=True).data, "next": following_text})


class LiveView(ApiView):
    """What is open now."""

    actions = {"GET": Action.LIVE_VIEW}

    @extend_schema(operation_id="list_open_records", responses=OpenList)
    def get(self, request: Request) -> Response:
        """List every record that is open at this moment."""
        now = timezone.now()
        rows = view_live(actor=self.actor, now=now, is_new_look=True)
        items = [_open(row) for row in rows]
        return Response(OpenList({"at": now, "items": items}).data)


def _entry(entry: Entry, names: Names) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "event": entry.event,
        "words": row_of(entry, names).what,
        "allowed": entry.allowed,
        "reason": entry.reason,
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor": names.person(entry.actor_id),
        "outsourcer_id": entry.outsourcer_id,
        "outsourcer": names.outsourcer(entry.outsourcer_id),
        "campaign_id": entry.campaign_id,
        "campaign": names.campaign(entry.campaign_id),
        "contact_id": entry.contact_id,
        "contact_ref": contact_ref(entry.contact_id),
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "address": entry.address,
        "device": entry.device,
        "session_ref": entry.session_ref,
        "process": entry.process,
        "details": entry.details,
    }


def _open(row: OpenLease) -> dict[str, Any]:
    return {
        "lease_id": row.id,
        "state": row.state,
        "for_s": row.for_s,
        "opened_at": row.opened_at,
        "agent_id": row.agent_id,
        "agent": row.agent,
        "outsourcer": row.outsourcer,
        "campaign_id": row.campaign_id,
        "campaign": row.campaign,
        "contact_id": row.contact_id,
        "contact_ref": contact_ref(row.contact_id),
        "seen": row.seen,
        "address": row.address,
        "stopping": row.stopping,
    }
