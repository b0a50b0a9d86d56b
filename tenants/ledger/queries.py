"""Reads of a firm's log: checkpoints, keys, places, and who kept what. Never across firms; it signs and changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tenants.ledger.checkpoint import NoteError, VerifyingKey, open_checkpoint
from tenants.ledger.events import Event
from tenants.ledger.models import Checkpoint, Entry, LogKey, Position
from tenants.ledger.origin import origin_of

# The signer looks several times a second; who waits longer than this waits for a signer that does not run.
SIGNED_WITHIN: Final = timedelta(seconds=60)
# An act takes its time from its beginning and its place at its end; no act of Keyhole's takes longer than this.
LONGEST_ACT: Final = timedelta(hours=1)
MOST_SHOWN: Final = 10
ABOUT_ITSELF: Final = (
    Event.KEY_ADDED,
    Event.KEY_ROTATED,
    Event.RESTORE_NOTICED,
    Event.ROLLBACK_ACCEPTED,
    Event.ENTRIES_PRUNED,
    Event.WITNESS_ADDED,
    Event.WITNESS_RETIRED,
    Event.WITNESS_REFUSED,
    Event.WITNESS_MISSED,
)


@dataclass(frozen=True, slots=True)
class SealState:
    """How far a firm's log is signed. `holds`: the newest checkpoint carries a known key's signature, checked just now.

    `is_late`: an entry waits longer than a running signer lets it wait.
    """

    size: int
    at: datetime
    holds: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key that took over: the place of the entry that says so, and the first checkpoint that covers it."""

    place: int
    checkpoint: Checkpoint


def get_newest(firm_id: UUID) -> Checkpoint | None:
    """Return the newest checkpoint of the firm's log, None before the first."""
    return Checkpoint.objects.filter(firm_id=firm_id).order_by("-size").first()


def get_checkpoint(*, firm_id: UUID, size: int) -> Checkpoint | None:
    """Return the checkpoint of exactly this size."""
    return Checkpoint.objects.filter(firm_id=firm_id, size=size).first()


def list_checkpoints(firm_id: UUID) -> list[Checkpoint]:
    """Return the newest checkpoints, newest first, at most ten."""
    return list(Checkpoint.objects.filter(firm_id=firm_id).order_by("-size")[:MOST_SHOWN])


def list_keys(firm_id: UUID) -> list[LogKey]:
    """Return the keys of the firm's log, oldest first."""
    return list(LogKey.objects.filter(firm_id=firm_id).order_by("version"))


def load_keys(firm_id: UUID) -> list[VerifyingKey]:
    """Return the keys of the firm's log ready to check with, oldest first."""
    return [VerifyingKey.parse(key.vkey) for key in list_keys(firm_id)]


def get_place(*, firm_id: UUID, entry_id: UUID) -> int | None:
    """Return the place of an entry in the log, from 0; None while it waits for one."""
    return (
        Position.objects.filter(firm_id=firm_id, entry_id=entry_id).values_list("position", flat=True).first()
    )


def list_signed(*, firm_id: UUID, entry_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of these entries stand in the signed tree."""
    newest = get_newest(firm_id)
    if newest is None:
        return frozenset()
    found = Position.objects.filter(firm_id=firm_id, entry_id__in=list(entry_ids), position__lt=newest.size)
    return frozenset(found.values_list("entry_id", flat=True))


def load_seal(*, firm_id: UUID, now: datetime) -> SealState | None:
    """Return how far the log is signed, None when nothing is. The signature is checked each time."""
    newest = get_newest(firm_id)
    if newest is None:
        return None
    try:
        checkpoint, _signers = open_checkpoint(
            newest.note.encode(), load_keys(firm_id), origin=origin_of(firm_id)
        )
        holds = (checkpoint.size, checkpoint.root) == (newest.size, bytes(newest.root))
    except NoteError:
        holds = False
    waiting = Entry.objects.filter(firm_id=firm_id, at__gt=newest.at, at__lt=now - SIGNED_WITHIN)
    is_late = now - newest.at > SIGNED_WITHIN and waiting.exists()
    return SealState(newest.size, newest.at, holds, is_late)


def list_kept(firm_id: UUID) -> list[Entry]:
    """Return the entries of the checkpoints and the evidence that were downloaded last, newest first, at most ten."""
    wanted = [str(Event.CHECKPOINT_KEPT), str(Event.EVIDENCE_EXPORTED)]
    return list(Entry.objects.filter(firm_id=firm_id, event__in=wanted).order_by("-at", "-id")[:MOST_SHOWN])


def list_alarms(firm_id: UUID) -> list[Entry]:
    """Return what the log's own watch told of, newest first, at most ten: witnesses, restores, accepted rollbacks."""
    wanted = [
        str(event)
        for event in (
            Event.WITNESS_REFUSED,
            Event.WITNESS_MISSED,
            Event.RESTORE_NOTICED,
            Event.ROLLBACK_ACCEPTED,
        )
    ]
    return list(Entry.objects.filter(firm_id=firm_id, event__in=wanted).order_by("-at", "-id")[:MOST_SHOWN])


def find_span(*, firm_id: UUID, since: datetime | None, until: datetime | None, size: int) -> tuple[int, int]:
    """Return the places `[start, end)` that hold every entry of this time, and as few others as checkpoints tell apart."""
    rows = Checkpoint.objects.filter(firm_id=firm_id, size__lte=size)
    start, end = 0, size
    if since is not None:
        # What happened after a checkpoint was signed has its place after it.
        before = rows.filter(at__lte=since).order_by("-size").values_list("size", flat=True).first()
        start = before or 0
    if until is not None:
        after = (
            rows.filter(at__gte=until + LONGEST_ACT).order_by("size").values_list("size", flat=True).first()
        )
        end = after or size
    return min(start, end), end


def list_own_places(*, firm_id: UUID, size: int) -> list[int]:
    """Return the places of the log's entries about itself (keys, rotations, pruning, witnesses), in order."""
    told = Entry.objects.filter(firm_id=firm_id, event__in=[str(event) for event in ABOUT_ITSELF])
    places = Position.objects.filter(firm_id=firm_id, entry_id__in=told.values("id"), position__lt=size)
    return sorted(places.values_list("position", flat=True))


def get_pruned_until(firm_id: UUID) -> int:
    """Return below which place entries were let go after their time; 0 when none were."""
    told = Entry.objects.filter(firm_id=firm_id, event=str(Event.ENTRIES_PRUNED))
    return max((int(entry.details.get("until", 0)) for entry in told), default=0)


def list_rotations(*, firm_id: UUID, size: int) -> list[Rotation]:
    """Return how each key after the first took over, oldest first, as far as a log of this size tells."""
    found = []
    for key in list_keys(firm_id)[1:]:
        place = get_place(firm_id=firm_id, entry_id=key.entry_id)
        if place is None:
            continue
        rows = Checkpoint.objects.filter(firm_id=firm_id, size__gt=place, size__lte=size)
        found += [Rotation(place, checkpoint) for checkpoint in rows.order_by("size")[:1]]
    return found
