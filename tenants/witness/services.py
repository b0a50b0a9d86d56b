"""Registers witnesses, keeps what they sign, tells of what they refuse. A signature is verified before it is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.errors import StepUpNeeded
from tenants.identity.permissions import Action, require
from tenants.ledger.checkpoint import Checkpoint as SignedCheckpoint
from tenants.ledger.checkpoint import NoteError, open_checkpoint, parse_signature
from tenants.ledger.cosignature import verify_cosignature
from tenants.ledger.errors import LogBroken
from tenants.ledger.models import Checkpoint, Witness
from tenants.ledger.origin import origin_of
from tenants.ledger.proof import root_at
from tenants.ledger.queries import get_newest, load_keys
from tenants.ledger.stored import FirmReader, StoredTiles
from tenants.ledger.witnesses import key_of, list_active
from tenants.witness.errors import NotCountersigned, WitnessKnown, WitnessUnknown

# A time further ahead would make every later countersignature look old.
CLOCK_AHEAD: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Countersigned:
    """What came of a countersignature: whose it is, of which size, and whether it was new."""

    witness: str
    size: int
    is_new: bool


def add_witness(*, actor: Actor, name: str, vkey: str, due_h: int) -> UUID:
    """Register a witness; returns its id. `due_h` is how many hours it may be silent.

    Raises: NotAllowed, StepUpNeeded, WitnessKnown.
    """
    require(actor, Action.WITNESS_EDIT)
    said = call("tenants_add_witness_v1", name, vkey, due_h, actor.address, actor.device)
    if not said["ok"]:
        raise StepUpNeeded if said["code"] == "step_up" else WitnessKnown
    return UUID(said["id"])


def retire_witness(*, actor: Actor, witness_id: UUID) -> None:
    """Let a witness go: nothing of it is taken any more, and its silence is not told of.

    Raises: NotAllowed, StepUpNeeded, WitnessUnknown.
    """
    require(actor, Action.WITNESS_EDIT)
    said = call("tenants_retire_witness_v1", witness_id, actor.address, actor.device)
    if not said["ok"]:
        raise StepUpNeeded if said["code"] == "step_up" else WitnessUnknown


def get_active(*, actor: Actor, witness_id: UUID) -> Witness:
    """Return a witness that is not retired.

    Raises: NotAllowed, WitnessUnknown.
    """
    firm_id = require(actor, Action.WITNESS_EDIT).own_firm_id
    found = Witness.objects.filter(firm_id=firm_id, id=witness_id, retired_at__isnull=True).first()
    if found is None:
        raise WitnessUnknown
    return found


def keep_cosignature(*, actor: Actor, checkpoint: str, cosignature: str, now: datetime) -> Countersigned:
    """Verify a witness's line under a checkpoint that is one of ours, and keep it.

    Raises: NotAllowed, NotCountersigned.
    """
    firm_id = require(actor, Action.WITNESS_SIGN).own_firm_id
    try:
        note = checkpoint.encode()
        signed, _signers = open_checkpoint(note, load_keys(firm_id), origin=origin_of(firm_id))
        line = parse_signature(cosignature.removesuffix("\n"))
        witness = next(
            (
                one
                for one in list_active(firm_id)
                if (key_of(one).name, key_of(one).key_id) == (line.name, line.key_id)
            ),
            None,
        )
        stored = Checkpoint.objects.filter(firm_id=firm_id, size=signed.size).first()
        if witness is None or stored is None or bytes(stored.root) != signed.root:
            raise NotCountersigned
        # Under the note that is kept here, so that whoever reads it later verifies the same bytes.
        time_s = verify_cosignature(stored.note.encode(), line.line(), key_of(witness))
    except NoteError:
        raise NotCountersigned from None
    if time_s > (now + CLOCK_AHEAD).timestamp():
        raise NotCountersigned
    signed_at = datetime.fromtimestamp(time_s, UTC)
    is_new = call("tenants_keep_cosignature_v1", witness.id, signed.size, line.line(), signed_at)
    return Countersigned(witness.name, signed.size, bool(is_new))


def refuse_log(*, actor: Actor, kept: str, offered: str) -> str:
    """Record that a witness would not countersign, and open the firm's incident; returns the verdict.

    'forked': our own keys signed a checkpoint of another tree than this one. 'cut': they signed one that is longer than
    the log is now. Both are proof, whoever brings it. 'unproven': neither of the notes shows it.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.WITNESS_SIGN).own_firm_id
    verdicts = [(_judge(firm_id, note), note) for note in (kept, offered)]
    verdict = next(
        (word for wanted in ("forked", "cut") for word, _ in verdicts if word == wanted), "unproven"
    )
    newest = get_newest(firm_id)
    size = newest.size if newest else 0
    call("tenants_refuse_log_v1", None, verdict, size, actor.address, actor.device)
    return verdict


def _judge(firm_id: UUID, note: str) -> str:
    """What one note shows by itself, against the tree that is here now."""
    try:
        signed, _ = open_checkpoint(note.encode(), load_keys(firm_id), origin=origin_of(firm_id))
    except (NoteError, UnicodeEncodeError):
        return "unknown"
    return _against_tree(firm_id, signed)


def _against_tree(firm_id: UUID, signed: SignedCheckpoint) -> str:
    newest = get_newest(firm_id)
    if newest is None or signed.size > newest.size:
        return "cut"
    try:
        ours = root_at(signed.size, StoredTiles(FirmReader(firm_id)))
    except (LogBroken, ValueError):
        return "cut"
    return "agrees" if ours == signed.root else "forked"
