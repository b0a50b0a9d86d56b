"""Reads a log for an evidence bundle, a block at a time. It must never hold a log whole, or leave out what it was asked for."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from tenants.evidence.errors import EvidenceBroken
from tenants.ledger.bundle import About, Out, blocks_of, write_bundle
from tenants.ledger.errors import LogBroken
from tenants.ledger.models import Checkpoint
from tenants.ledger.origin import origin_of
from tenants.ledger.queries import (
    get_pruned_until,
    list_keys,
    list_own_places,
    list_rotations,
)
from tenants.ledger.stored import FirmReader, StoredTiles, read_entries_as_they_are
from tenants.ledger.tiles import WIDTH, tile_width
from tenants.ledger.witnesses import add_cosignatures

logger = structlog.get_logger(__name__)

# Tiles read at once: half a megabyte.
AHEAD: Final = 64


class TilesAhead:
    """The tiles of a log (a `TileSource`) for who asks for them in order: full ones are read 64 at a time."""

    def __init__(self, reader: FirmReader) -> None:
        self._reader = reader
        self._stored = StoredTiles(reader)
        self._held: dict[tuple[int, int], bytes] = {}

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile, joined. Raises: LogBroken."""
        if (level, index) not in self._held and width == WIDTH:
            rows = self._reader.tiles(level, index, index + AHEAD)
            self._held = {(level, at): hashes for at, hashes, _root in rows}
        if (level, index) in self._held:
            return self._held[level, index]
        return self._stored.hashes(level, index, width)


def write_evidence(
    out: Out, *, firm_id: UUID, checkpoint: Checkpoint, span: tuple[int, int], now: datetime
) -> None:
    """Write the bundle of a period, places `[start, end)`, under one checkpoint.

    Raises: EvidenceBroken when the log does not hold what its tree needs; what `out` raises.
    """
    try:
        _write(out, firm_id, checkpoint, span, now)
    except (LogBroken, ValueError):
        # Whoever reads the file already sees that it breaks off, and not why.
        logger.error("evidence_broken", firm_id=str(firm_id), size=checkpoint.size)
        raise EvidenceBroken from None


def _write(out: Out, firm_id: UUID, checkpoint: Checkpoint, span: tuple[int, int], now: datetime) -> None:
    reader, size = FirmReader(firm_id), checkpoint.size
    pruned = min(get_pruned_until(firm_id), size)
    start, end = span
    about = About(origin_of(firm_id), size, start, end, now, pruned)
    own = {place // WIDTH for place in list_own_places(firm_id=firm_id, size=size)}
    wanted = sorted(own | set(blocks_of(max(start, min(pruned, end)), end, size)))
    write_bundle(
        out,
        checkpoint_note=add_cosignatures(checkpoint),
        keys=[key.vkey for key in list_keys(firm_id)],
        about=about,
        tiles=TilesAhead(reader),
        entries=read_blocks(reader, wanted, size),
        rotations=[
            (one.checkpoint.size, one.checkpoint.note.encode())
            for one in list_rotations(firm_id=firm_id, size=size)
        ],
    )


def read_blocks(reader: FirmReader, numbers: Iterable[int], size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Give these 256-blocks of a log of `size` entries, in order; one with an entry that was let go is left out."""
    for first, last in runs_of(numbers):
        index, block = first, list[bytes | None]()
        for _position, octets in read_entries_as_they_are(reader, first * WIDTH, min(last * WIDTH, size)):
            block.append(octets)
            if len(block) == tile_width(0, index, size):
                whole = [entry for entry in block if entry is not None]
                if len(whole) == len(block):
                    yield index, whole
                index, block = index + 1, []


def runs_of(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join rising numbers that follow one another into `[first, last)`."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first, last = number, number + 1
        elif number == last:
            last = number + 1
        else:
            yield first, last
            first, last = number, number + 1
    if first is not None and last is not None:
        yield first, last
