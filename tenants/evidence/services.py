"""Takes evidence home, and checks entries; each look and each download is an entry. Nothing of a log is ever changed."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from tenants.db.functions import call
from tenants.evidence.errors import EvidenceBroken, NothingSigned
from tenants.evidence.export import write_evidence
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.entry_check import EntryCheck, check_entry
from tenants.ledger.errors import LogBroken
from tenants.ledger.events import Event
from tenants.ledger.models import Checkpoint, Entry
from tenants.ledger.origin import origin_of
from tenants.ledger.proof import root_at
from tenants.ledger.queries import find_span, get_newest, load_seal
from tenants.ledger.services import append_entry
from tenants.ledger.stored import FirmReader, StoredTiles
from tenants.ledger.witnesses import add_cosignatures


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was written: its checkpoint's size, and the places `[start, end)` whose entries it holds."""

    size: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NewestCheck:
    """The newest checkpoint as it was checked just now: its signature, and its root against the tree."""

    checkpoint: Checkpoint
    is_signed: bool
    fits_tree: bool
    is_late: bool


def view_evidence(*, actor: Actor, now: datetime) -> NewestCheck | None:
    """Check the newest checkpoint of the firm's log, None when there is none; the look is an entry.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.EVIDENCE_VIEW).own_firm_id
    append_entry(actor=actor, event=Event.EVIDENCE_VIEWED)
    newest, seal = get_newest(firm_id), load_seal(firm_id=firm_id, now=now)
    if newest is None or seal is None:
        return None
    try:
        fits = root_at(newest.size, StoredTiles(FirmReader(firm_id))) == bytes(newest.root)
    except (LogBroken, ValueError):
        fits = False
    return NewestCheck(newest, seal.holds, fits, seal.is_late)


def keep_checkpoint(*, actor: Actor) -> tuple[int, bytes]:
    """Return size and note of the newest checkpoint, countersignatures included; that it was taken is an entry.

    Raises: NotAllowed, NothingSigned.
    """
    newest = _newest(require(actor, Action.EVIDENCE_VIEW).own_firm_id)
    append_entry(
        actor=actor,
        event=Event.CHECKPOINT_KEPT,
        details={"size": newest.size, "root": bytes(newest.root).hex()},
    )
    return newest.size, add_cosignatures(newest)


def export_evidence(
    *,
    actor: Actor,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    out: BinaryIO,
    now: datetime,
) -> Taken:
    """Write the evidence of a period to `out`; that it was taken, and why (a code), is an entry.

    Raises: NotAllowed, NothingSigned, EvidenceBroken.
    """
    firm_id = require(actor, Action.EVIDENCE_EXPORT).own_firm_id
    newest = _newest(firm_id)
    start, end = find_span(firm_id=firm_id, since=since, until=until, size=newest.size)
    try:
        write_evidence(out, firm_id=firm_id, checkpoint=newest, span=(start, end), now=now)
    except (LogBroken, ValueError):
        raise EvidenceBroken from None
    append_entry(
        actor=actor,
        event=Event.EVIDENCE_EXPORTED,
        reason=reason,
        details={"from": start, "until": end, "size": newest.size},
    )
    return Taken(newest.size, start, end)


def prove_entry(*, actor: Actor, entry: Entry) -> EntryCheck:
    """Check an entry that was just looked at; one that does not fit the signed tree opens an incident.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.CONTACTS_AUDIT).own_firm_id
    check = check_entry(firm_id=firm_id, entry=entry)
    if check.is_broken:
        call("tenants_report_entry_v1", entry.id)
    return check


def proof_fields(check: EntryCheck) -> dict[str, object]:
    """Return a check as the file an auditor keeps: everything to repeat it by hand."""
    return {
        "origin": origin_of(check.firm_id),
        "position": check.position,
        "entry": check.octets.decode(),
        "leaf": b64encode(check.leaf).decode(),
        "size": check.size,
        "proof": [b64encode(step).decode() for step in check.proof],
        "checkpoint": check.note,
        "holds": check.is_proven,
    }


def _newest(firm_id: UUID) -> Checkpoint:
    newest = get_newest(firm_id)
    if newest is None:
        raise NothingSigned
    return newest
