"""Takes evidence home, and checks entries; each look and each download is an entry. Nothing of a log is ever changed."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from tenants.db.firm import firm_transaction
from tenants.db.functions import call
from tenants.evidence.errors import NothingSigned
from tenants.evidence.export import write_evidence
from tenants.evidence.growing import GrowingFile
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.bundle import Out
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

# So long a download is waited for, that what is wrong with it can be said on the page; then it begins as it is.
PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle: its checkpoint's size, the places `[start, end)` whose entries it holds, and its file.

    `length` is the file's in bytes, None while it is still being written.
    """

    size: int
    start: int
    end: int
    file: GrowingFile
    length: int | None


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
    session_key: str,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    now: datetime,
) -> Taken:
    """Begin the evidence of a period, read under the caller's session; that it was taken, and why (a code), is an entry.

    It is to be sent on only after this transaction. A log that breaks later than the first seconds breaks the file off.

    Raises: NotAllowed, NothingSigned, EvidenceBroken.
    """
    firm_id = require(actor, Action.EVIDENCE_EXPORT).own_firm_id
    newest = _newest(firm_id)
    start, end = find_span(firm_id=firm_id, since=since, until=until, size=newest.size)

    def write(out: Out) -> None:
        with firm_transaction(session_key):
            write_evidence(out, firm_id=firm_id, checkpoint=newest, span=(start, end), now=now)

    file = GrowingFile(write, folder=settings.KEYHOLE_SPOOL / "evidence")
    length = file.wait(PATIENCE_S)
    try:
        append_entry(
            actor=actor,
            event=Event.EVIDENCE_EXPORTED,
            reason=reason,
            details={"from": start, "until": end, "size": newest.size},
        )
    except BaseException:
        file.close()
        raise
    return Taken(newest.size, start, end, file, length)


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
