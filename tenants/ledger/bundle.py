"""Writes an evidence bundle: a ZIP of the checkpoint, every hash and a period's entries. It never holds more than a block."""

import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from tenants.ledger.canonical import MAX_ENTRY, format_at
from tenants.ledger.tiles import WIDTH, TileSource, tile_path, tile_width, tiles_of

FORMAT: Final = 1
# Entries are texts that repeat themselves: a higher level takes longer and hardly gains.
_LEVEL: Final = 3

README: Final = """Evidence of a Keyhole log
=========================

This folder shows what is in the access record of one firm, in a form that others than we can check.

How to check it, on your own machine:

1. Install Python 3.11 or newer, then: python -m pip install pycryptodome
2. Have keyhole_verify.py from a place that you trust, best from the first day on, and not from this bundle.
3. Run: python keyhole_verify.py BUNDLE.zip --kept FOLDER --key KEY

KEY is the log's public key, one line that begins with keyhole/. FOLDER holds the checkpoints that you kept from
earlier days. Keep the file named checkpoint from this bundle, too: the next bundle has to agree with it.

checkpoint      the size of the log and the root over all its entries, signed
rotations/      checkpoints signed by an old and a new key, where the key was changed
keys            the log's public keys, oldest first; for your convenience, not a proof
tile/0/ ...     the hashes of the whole log (C2SP tlog-tiles)
tile/entries/   the entries of the period, each behind its length
about.json      what this bundle is about

What is shown: that these entries are in the log, unchanged and in order, and that the log continues the one whose
checkpoints you kept. What is not shown: what happened after the last entry, and what was never written down.
"""


class Out(Protocol):
    """Where a bundle is written to: bytes go one way, in order, and what was written is never gone back to."""

    def write(self, octets: bytes, /) -> int:
        """Write all of it."""

    def flush(self) -> None:
        """Hold nothing back."""

    def close(self) -> None:
        """Let it go. A bundle that is written leaves that to its caller."""


@dataclass(frozen=True, slots=True)
class About:
    """What a bundle is about. Positions count from 0; `until` and `pruned_until` are exclusive."""

    origin: str
    size: int
    start: int
    until: int
    made_at: datetime
    pruned_until: int = 0

    def to_json(self) -> str:
        """The text of about.json. Raises: ValueError for a period that is not within the log."""
        if not 0 <= self.start <= self.until <= self.size or not 0 <= self.pruned_until <= self.size:
            raise ValueError("the period of a bundle lies within the log")
        fields = {
            "format": FORMAT,
            "origin": self.origin,
            "size": self.size,
            "from": self.start,
            "until": self.until,
            "made_at": format_at(self.made_at),
            "pruned_until": self.pruned_until,
        }
        return json.dumps(fields, indent=2) + "\n"


def blocks_of(start: int, until: int, size: int) -> range:
    """Numbers of the entry bundles that cover the positions `[start, until)`."""
    end = min(until, size)
    return range(start // WIDTH, -(-end // WIDTH)) if start < end else range(0)


def encode_block(entries: Sequence[bytes]) -> bytes:
    """Join entries, each behind its length as two bytes. Raises: ValueError for one that is too long."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise ValueError(f"an entry is longer than {MAX_ENTRY} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def write_bundle(
    out: Out,
    *,
    checkpoint_note: bytes,
    keys: Sequence[str],
    about: About,
    tiles: TileSource,
    entries: Iterable[tuple[int, Sequence[bytes]]],
    rotations: Iterable[tuple[int, bytes]] = (),
) -> None:
    """Write the ZIP to `out`.

    `entries` are (number of the 256-block, its entries), each block whole: those of the period, and those with the log's
    own `ledger:*` entries. `rotations` are (size, note) of the checkpoints signed by two keys. A reader can check nothing
    that is left out here. Raises: ValueError for a block or a tile of another width than the tree has there.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True, compresslevel=_LEVEL) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("about.json", about.to_json())
        archive.writestr("checkpoint", checkpoint_note)
        archive.writestr("keys", "".join(f"{key}\n" for key in keys))
        for size, note in rotations:
            archive.writestr(f"rotations/{size}", note)
        for level, index, width in tiles_of(about.size):
            octets = tiles.hashes(level, index, width)
            if len(octets) != width * 32:
                raise ValueError(f"tile {index} of level {level} has another width than the tree needs")
            archive.writestr(tile_path(level, index, width), octets)
        last = -1
        for index, block in entries:
            width = tile_width(0, index, about.size)
            if index <= last or len(block) != width or not width:
                raise ValueError(f"the entries of block {index} are out of order, too few or too many")
            archive.writestr(tile_path(None, index, width), encode_block(block), zipfile.ZIP_DEFLATED)
            last = index
