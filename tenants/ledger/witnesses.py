"""A firm's witnesses and what they countersigned, each signature verified as it is read. A retired one vouches no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tenants.ledger.checkpoint import COSIGNATURE, NoteError, VerifyingKey, add_signature
from tenants.ledger.cosignature import verify_cosignature
from tenants.ledger.models import Checkpoint, Cosignature, Witness


@dataclass(frozen=True, slots=True)
class WitnessState:
    """A witness and when it was last heard of, by the server's clock. `due_at`: when its silence is told of."""

    witness: Witness
    last: Cosignature | None
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint of the log that a witness countersigned. `holds`: the signature was verified just now."""

    name: str
    note: str
    signed_at: datetime
    holds: bool


def key_of(witness: Witness) -> VerifyingKey:
    """Return the witness's key ready to check with. Raises: NoteError for one that was not registered through the page."""
    return VerifyingKey.parse(witness.vkey, kind=COSIGNATURE)


def list_witnesses(*, firm_id: UUID, now: datetime) -> list[WitnessState]:
    """Return the firm's witnesses by name, those that are retired last."""
    found = Witness.objects.filter(firm_id=firm_id).order_by("name", "id")
    states = []
    for witness in found:
        last = _cosignatures(witness).order_by("-size", "-signed_at").first()
        due_at = (last.at if last else witness.added_at) + timedelta(hours=witness.due_h)
        states.append(WitnessState(witness, last, due_at, witness.retired_at is None and due_at < now))
    return sorted(states, key=lambda state: state.witness.retired_at is not None)


def list_active(firm_id: UUID) -> list[Witness]:
    """Return the witnesses that are not retired."""
    return list(Witness.objects.filter(firm_id=firm_id, retired_at__isnull=True).order_by("name", "id"))


def iterate_cosigned(*, firm_id: UUID, position: int) -> Iterator[Cosigned]:
    """Give each active witness's newest countersigned checkpoint that covers this place."""
    for witness in list_active(firm_id):
        last = _cosignatures(witness).filter(size__gt=position).order_by("-size", "-signed_at").first()
        if last is None:
            continue
        checkpoint = Checkpoint.objects.filter(firm_id=firm_id, size=last.size).first()
        if checkpoint is not None:
            holds = _holds(witness, checkpoint.note, last.line)
            yield Cosigned(witness.name, checkpoint.note, last.signed_at, holds)


def add_cosignatures(checkpoint: Checkpoint) -> bytes:
    """Return the checkpoint's note with the countersignatures of active witnesses, those that hold."""
    note = checkpoint.note.encode()
    for witness in list_active(checkpoint.firm_id):
        last = _cosignatures(witness).filter(size=checkpoint.size).order_by("-signed_at").first()
        if last is not None and _holds(witness, checkpoint.note, last.line):
            note = add_signature(note, last.line)
    return note


def _cosignatures(witness: Witness) -> QuerySet[Cosignature]:
    return Cosignature.objects.filter(firm_id=witness.firm_id, witness_id=witness.id)


def _holds(witness: Witness, note: str, line: str) -> bool:
    try:
        verify_cosignature(note.encode(), line, key_of(witness))
    except NoteError:
        return False
    return True
