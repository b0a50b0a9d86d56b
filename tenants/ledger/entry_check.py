"""Checks one entry against the signed tree, now and on this server. It must never call proven what it did not check.

Hashes are made anew from the entry's own fields; what is stored of the tree only leads to the signed root.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from tenants.ledger.canonical import EntryError, encode_entry
from tenants.ledger.checkpoint import Checkpoint, NoteError, open_checkpoint, parse_note
from tenants.ledger.errors import LogBroken
from tenants.ledger.merkle import HASH, ProofError, leaf_hash, verify_inclusion
from tenants.ledger.models import Entry
from tenants.ledger.origin import origin_of
from tenants.ledger.proof import inclusion_proof
from tenants.ledger.queries import LONGEST_ACT, get_newest, get_place, load_keys
from tenants.ledger.stored import FirmReader, StoredTiles
from tenants.ledger.tiles import WIDTH
from tenants.ledger.witnesses import iterate_cosigned


class Step(StrEnum):
    """How far one step of a proof came."""

    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness's step found: who countersigned which size, and when by its own clock."""

    name: str
    size: int
    at: datetime


@dataclass(slots=True)
class EntryCheck:
    """What the check of one entry found. `position` counts from 0; `size` and `root` are the newest checkpoint's.

    `is_edge`: the entry's tile is not full yet, so that the signed root alone vouches for its hash.
    """

    firm_id: UUID
    entry_id: UUID
    position: int | None = None
    octets: bytes = b""
    leaf: bytes = b""
    size: int = 0
    root: bytes = b""
    note: str = ""
    proof: list[bytes] = field(default_factory=list)
    signed_at: datetime | None = None
    signers: list[str] = field(default_factory=list)
    is_edge: bool = False
    unchanged: Step = Step.WAITING
    in_tree: Step = Step.WAITING
    signed: Step = Step.WAITING
    witnessed: Step = Step.WAITING
    witness: Seen | None = None

    @property
    def is_proven(self) -> bool:
        """Whether unchanged, in the tree and signed all hold, and no witness contradicts them."""
        done = (self.unchanged, self.in_tree, self.signed) == (Step.DONE,) * 3
        return done and self.witnessed is not Step.FAILED

    @property
    def is_broken(self) -> bool:
        """Whether any step failed: then something was changed, and people must be told."""
        return Step.FAILED in (self.unchanged, self.in_tree, self.signed, self.witnessed)


_BROKEN: Final = (LogBroken, ProofError, ValueError)


def check_entry(*, firm_id: UUID, entry: Entry) -> EntryCheck:
    """Check an entry of the running transaction's firm; steps that cannot be taken yet wait."""
    check = EntryCheck(firm_id, entry.id)
    check.position = get_place(firm_id=firm_id, entry_id=entry.id)
    newest = get_newest(firm_id)
    if newest is not None and check.position is None and entry.at < newest.at - LONGEST_ACT:
        # Others of its time have their places: this one had one too, or was put in afterwards.
        check.in_tree = Step.FAILED
    if newest is None or check.position is None or check.position >= newest.size:
        return check
    check.note, check.signed_at = newest.note, newest.at
    tiles = StoredTiles(FirmReader(firm_id))
    check.signed = _check_note(check, firm_id, newest.size, bytes(newest.root))
    check.unchanged = _check_leaf(check, FirmReader(firm_id))
    check.in_tree = _check_tree(check, tiles)
    if check.is_edge and check.unchanged is Step.DONE:
        # No stored hash vouches for the right edge yet: the way to the signed root does, or nothing.
        check.unchanged = check.in_tree
    check.witnessed, check.witness = _check_witnesses(check, firm_id, tiles)
    return check


def short_hash(octets: bytes) -> str:
    """Write a hash so that two can be told apart by eye: 9f2c 41d0 … 77ae."""
    text = octets.hex()
    return f"{text[:4]} {text[4:8]} … {text[-4:]}"


def _check_note(check: EntryCheck, firm_id: UUID, size: int, root: bytes) -> Step:
    keys = load_keys(firm_id)
    try:
        checkpoint, signers = open_checkpoint(check.note.encode(), keys, origin=origin_of(firm_id))
    except NoteError:
        check.size, check.root = size, root
        return Step.FAILED
    check.size, check.root = checkpoint.size, checkpoint.root
    check.signers = [key.key_id.hex() for key in signers]
    return Step.DONE if (checkpoint.size, checkpoint.root) == (size, root) else Step.FAILED


def _check_leaf(check: EntryCheck, reader: FirmReader) -> Step:
    position = check.position or 0
    rows = reader.rows(position, position + 1)
    if len(rows) != 1 or rows[0][1] != check.entry_id or rows[0][2] is None:
        return Step.FAILED
    try:
        check.octets = encode_entry(json.loads(rows[0][2]))
    except (EntryError, ValueError):
        return Step.FAILED
    check.leaf = leaf_hash(check.octets)
    stored = reader.tiles(0, position // WIDTH, position // WIDTH + 1)
    check.is_edge = not stored
    if not stored:
        return Step.DONE
    offset = position % WIDTH * HASH
    return Step.DONE if stored[0][1][offset : offset + HASH] == check.leaf else Step.FAILED


def _check_tree(check: EntryCheck, tiles: StoredTiles) -> Step:
    if not check.leaf or check.position is None:
        return Step.FAILED
    try:
        check.proof = inclusion_proof(check.position, check.size, tiles)
        verify_inclusion(check.position, check.size, check.leaf, check.proof, check.root)
    except _BROKEN:
        return Step.FAILED
    return Step.DONE


def _check_witnesses(check: EntryCheck, firm_id: UUID, tiles: StoredTiles) -> tuple[Step, Seen | None]:
    """One witness whose signature holds, over a tree that this entry is in, is enough; one that lies is told of."""
    best: Seen | None = None
    for cosigned in iterate_cosigned(firm_id=firm_id, position=check.position or 0):
        try:
            checkpoint = Checkpoint.parse(parse_note(cosigned.note.encode()).text)
            proof = inclusion_proof(check.position or 0, checkpoint.size, tiles)
            verify_inclusion(check.position or 0, checkpoint.size, check.leaf, proof, checkpoint.root)
        except _BROKEN:
            return Step.FAILED, None
        if not cosigned.holds:
            return Step.FAILED, None
        if best is None or cosigned.signed_at > best.at:
            best = Seen(cosigned.name, checkpoint.size, cosigned.signed_at)
    return (Step.DONE, best) if best else (Step.WAITING, None)
