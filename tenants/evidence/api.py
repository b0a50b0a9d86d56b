"""Checkpoints, keys and proofs over the API: what a witness and other people's tools need. It holds no entry but one."""

import base64
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.evidence.errors import NotPlaced
from tenants.evidence.services import proof_fields, prove_entry
from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.ledger.events import Event
from tenants.ledger.proof import consistency_proof, inclusion_proof
from tenants.ledger.queries import get_newest, list_keys, list_rotations
from tenants.ledger.services import append_entry
from tenants.ledger.stored import FirmReader, StoredTiles, read_entries
from tenants.ledger.witnesses import add_cosignatures
from tenants.oversight.queries import get_entry


class NoteRenderer(BaseRenderer):
    """A signed note as it stands."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        """Return the note's bytes."""
        return bytes(data)


class SizesQuery(serializers.Serializer[Any]):
    """Two sizes of the log; without `new` it is the newest checkpoint's."""

    old = serializers.IntegerField(min_value=0, max_value=2**53)
    new = serializers.IntegerField(min_value=0, max_value=2**53, required=False)


class RotationOut(serializers.Serializer[Any]):
    """A change of keys: a checkpoint signed by the old and the new key, and the entry that says so, with its proof."""

    note = serializers.CharField()
    position = serializers.IntegerField()
    entry = serializers.CharField(help_text="The entry's bytes in base64.")
    proof = serializers.ListField(child=serializers.CharField())


class KeysOut(serializers.Serializer[Any]):
    """The keys that sign the log's checkpoints, oldest first, and how each took over."""

    keys = serializers.ListField(child=serializers.CharField())
    rotations = RotationOut(many=True)


class ConsistencyOut(serializers.Serializer[Any]):
    """That the larger tree begins with the smaller one (RFC 9162, section 2.1.4): hashes in base64."""

    old = serializers.IntegerField()
    new = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField())


class EntryProofOut(serializers.Serializer[Any]):
    """One entry and its way to a signed checkpoint (RFC 9162, section 2.1.3). `holds` is what this server found."""

    origin = serializers.CharField()
    position = serializers.IntegerField()
    entry = serializers.CharField(
        help_text="The entry in its canonical form; its UTF-8 bytes are what is hashed."
    )
    leaf = serializers.CharField(help_text="SHA-256 of a zero byte and the entry's bytes, in base64.")
    size = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField(), help_text="Hashes in base64, lowest first.")
    checkpoint = serializers.CharField(help_text="The signed note.")
    holds = serializers.BooleanField()


class CheckpointView(ApiView):
    """The newest checkpoint."""

    actions = {"GET": Action.EVIDENCE_VIEW}
    renderer_classes = [NoteRenderer, JSONRenderer]

    @extend_schema(
        operation_id="get_checkpoint",
        responses={
            (200, "text/plain"): OpenApiResponse(str, description="A signed note (C2SP tlog-checkpoint).")
        },
    )
    def get(self, request: Request) -> Response:
        """Read the newest checkpoint, with the countersignatures of the firm's witnesses."""
        newest = get_newest(self.actor.own_firm_id)
        if newest is None:
            raise Http404
        return Response(add_cosignatures(newest), content_type="text/plain; charset=utf-8")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer errors in the API's one form, whatever was asked for."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.accepted_renderer = NoteRenderer() if answer.status_code == 200 else JSONRenderer()
        answer.accepted_media_type = answer.accepted_renderer.media_type
        return answer


class KeysView(ApiView):
    """The log's keys."""

    actions = {"GET": Action.EVIDENCE_VIEW}

    @extend_schema(operation_id="get_ledger_keys", responses=KeysOut)
    def get(self, request: Request) -> Response:
        """Read the public keys of the log, and the proofs by which each took over."""
        firm_id = self.actor.own_firm_id
        newest = get_newest(firm_id)
        found = list_rotations(firm_id=firm_id, size=newest.size if newest else 0)
        reader = FirmReader(firm_id)
        rotations = []
        for one in found:
            ((_place, octets),) = read_entries(reader, one.place, one.place + 1)
            proof = inclusion_proof(one.place, one.checkpoint.size, StoredTiles(reader))
            rotations.append(
                {
                    "note": one.checkpoint.note,
                    "position": one.place,
                    "entry": _text(octets),
                    "proof": [_text(step) for step in proof],
                }
            )
        keys = [key.vkey for key in list_keys(firm_id)]
        return Response(KeysOut({"keys": keys, "rotations": rotations}).data)


class ConsistencyView(ApiView):
    """That the log only grew."""

    actions = {"GET": Action.EVIDENCE_VIEW}

    @extend_schema(operation_id="get_consistency", parameters=[SizesQuery], responses=ConsistencyOut)
    def get(self, request: Request) -> Response:
        """Read the proof that the tree of size `new` begins with that of size `old`."""
        given = SizesQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        firm_id = self.actor.own_firm_id
        newest = get_newest(firm_id)
        size = newest.size if newest else 0
        old, new = given.validated_data["old"], given.validated_data.get("new", size)
        if not old <= new <= size:
            raise serializers.ValidationError({"old": _("no proof between these sizes")})
        proof = consistency_proof(old, new, StoredTiles(FirmReader(firm_id)))
        return Response(
            ConsistencyOut({"old": old, "new": new, "proof": [_text(step) for step in proof]}).data
        )


class EntryProofView(ApiView):
    """The proof of one entry."""

    actions = {"GET": Action.CONTACTS_AUDIT}

    @extend_schema(
        operation_id="get_entry_proof",
        responses={
            200: EntryProofOut,
            409: OpenApiResponse(OpenApiTypes.OBJECT, "The entry is not in the signed tree yet."),
        },
    )
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Read one entry with the proof that it stands in the newest checkpoint. The look becomes an entry."""
        entry = get_entry(firm_id=self.actor.own_firm_id, entry_id=entry_id)
        append_entry(actor=self.actor, event=Event.ENTRY_VIEWED, subject_kind="entry", subject_id=entry.id)
        check = prove_entry(actor=self.actor, entry=entry)
        if not check.note:
            raise NotPlaced
        return Response(EntryProofOut(proof_fields(check)).data)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
