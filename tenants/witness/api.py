"""What a witness sends: its countersignatures, and its refusals with both checkpoints. Its secret key never comes here."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.identity.api import ApiView
from tenants.identity.permissions import Action
from tenants.ledger.checkpoint import MAX_NOTE
from tenants.witness.services import keep_cosignature, refuse_log

# A note ends in a newline, which is part of it.
_AS_IT_IS: Any = {"trim_whitespace": False}


class CosignatureIn(serializers.Serializer[Any]):
    """A checkpoint of the log as it was served, and the line that the witness adds to it."""

    checkpoint = serializers.CharField(max_length=MAX_NOTE, **_AS_IT_IS)
    cosignature = serializers.CharField(max_length=1000, **_AS_IT_IS)


class CosignatureOut(serializers.Serializer[Any]):
    """What was understood; `kept` is false for one that is not newer than the last."""

    witness = serializers.CharField()
    size = serializers.IntegerField()
    kept = serializers.BooleanField()


class RefusalIn(serializers.Serializer[Any]):
    """The checkpoint that the witness keeps, empty for none, and the one it was offered and does not believe."""

    kept = serializers.CharField(max_length=MAX_NOTE, allow_blank=True, **_AS_IT_IS)
    offered = serializers.CharField(max_length=MAX_NOTE, allow_blank=True, **_AS_IT_IS)


class RefusalOut(serializers.Serializer[Any]):
    """What the two notes show: `forked` and `cut` are proof, `unproven` is not. Each opens an incident."""

    verdict = serializers.ChoiceField(choices=["forked", "cut", "unproven"])


class CosignatureView(ApiView):
    """Countersignatures come back here."""

    actions = {"POST": Action.WITNESS_SIGN}

    @extend_schema(operation_id="add_cosignature", request=CosignatureIn, responses=CosignatureOut)
    def post(self, request: Request) -> Response:
        """Send a countersignature. It is verified, kept, and served with the checkpoint from then on."""
        given = CosignatureIn(data=request.data)
        given.is_valid(raise_exception=True)
        done = keep_cosignature(actor=self.actor, now=timezone.now(), **given.validated_data)
        said = {"witness": done.witness, "size": done.size, "kept": done.is_new}
        return Response(CosignatureOut(said).data)


class RefusalView(ApiView):
    """Refusals are told here."""

    actions = {"POST": Action.WITNESS_SIGN}

    @extend_schema(operation_id="add_refusal", request=RefusalIn, responses=RefusalOut)
    def post(self, request: Request) -> Response:
        """Tell that the log does not continue what the witness keeps. It becomes an entry and an incident."""
        given = RefusalIn(data=request.data)
        given.is_valid(raise_exception=True)
        verdict = refuse_log(actor=self.actor, **given.validated_data)
        return Response(RefusalOut({"verdict": verdict}).data)
