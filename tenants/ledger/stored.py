"""A firm's log as the database holds it: entries as bytes by place, and tiles made of full ones, roots and entries.

It must never give a hash that it did not read or make from the entry itself.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from tenants.db.functions import call_rows
from tenants.ledger.canonical import EntryError, encode_entry
from tenants.ledger.errors import LogBroken
from tenants.ledger.merkle import HASH, leaf_hash
from tenants.ledger.models import Tile
from tenants.ledger.tiles import WIDTH

# Entries read at once: a few megabytes.
BLOCK = 5_000


class LogReader(Protocol):
    """How a process reads a log. Rows come in order; what is not there is left out."""

    firm_id: UUID

    def rows(self, start: int, end: int) -> Sequence[tuple[int, UUID, str | None]]:
        """Place, id and fields as JSON (None: the entry is gone) of `[start, end)`."""

    def tiles(self, level: int, start: int, end: int) -> Sequence[tuple[int, bytes, bytes]]:
        """Index, hashes and root of the full tiles `[start, end)` of a level."""


class SignerReader:
    """As the ledger process reads: any firm, by functions alone."""

    def __init__(self, firm_id: UUID) -> None:
        self.firm_id = firm_id

    def rows(self, start: int, end: int) -> Sequence[tuple[int, UUID, str | None]]:
        """See `LogReader`."""
        found = call_rows("tenants_read_log_v1", self.firm_id, start, end)
        return [(row["position"], row["entry_id"], row["fields"]) for row in found]

    def tiles(self, level: int, start: int, end: int) -> Sequence[tuple[int, bytes, bytes]]:
        """See `LogReader`."""
        found = call_rows("tenants_read_tiles_v1", self.firm_id, level, start, end)
        return [(row["index"], bytes(row["hashes"]), bytes(row["root"])) for row in found]


class FirmReader:
    """As the firm surface reads: the firm of the running transaction's token, under row-level security."""

    def __init__(self, firm_id: UUID) -> None:
        self.firm_id = firm_id

    def rows(self, start: int, end: int) -> Sequence[tuple[int, UUID, str | None]]:
        """See `LogReader`."""
        found = call_rows("tenants_read_own_log_v1", start, end)
        return [(row["position"], row["entry_id"], row["fields"]) for row in found]

    def tiles(self, level: int, start: int, end: int) -> Sequence[tuple[int, bytes, bytes]]:
        """See `LogReader`."""
        found = (
            Tile.objects.filter(firm_id=self.firm_id, level=level, index__gte=start, index__lt=end)
            .order_by("index")
            .values_list("index", "hashes", "root")
        )
        return [(index, bytes(hashes), bytes(root)) for index, hashes, root in found]


class StoredTiles:
    """The tiles of one log (a `TileSource`): full ones as stored, unfinished ones from roots below or from entries."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile, joined.

        Raises: LogBroken when the database does not hold what the tree needs.
        """
        full = self._reader.tiles(level, index, index + 1)
        if full:
            return full[0][1][: width * HASH]
        start = index * WIDTH
        if level == 0:
            return b"".join(
                leaf_hash(octets) for _, octets in read_entries(self._reader, start, start + width)
            )
        below = self._reader.tiles(level - 1, start, start + width)
        if [at for at, _, _ in below] != list(range(start, start + width)):
            raise LogBroken(self._reader.firm_id, cause="tile_missing")
        return b"".join(root for _, _, root in below)


def read_entries(reader: LogReader, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Give place and bytes of every entry of `[start, end)`.

    Raises: LogBroken when a place or its entry is missing.
    """
    for position, octets in read_entries_as_they_are(reader, start, end):
        if octets is None:
            raise LogBroken(reader.firm_id, cause="entry_missing", position=position)
        yield position, octets


def read_entries_as_they_are(reader: LogReader, start: int, end: int) -> Iterator[tuple[int, bytes | None]]:
    """Give place and bytes of `[start, end)`, None for an entry that is gone; reads in blocks.

    Raises: LogBroken when a place is missing altogether, or an entry cannot be written in the ledger's form.
    """
    for first in range(start, end, BLOCK):
        expected = first
        for position, _, fields in reader.rows(first, min(first + BLOCK, end)):
            if position != expected:
                raise LogBroken(reader.firm_id, cause="place_missing", position=expected)
            yield position, None if fields is None else _bytes(reader.firm_id, position, fields)
            expected += 1
        if expected != min(first + BLOCK, end):
            raise LogBroken(reader.firm_id, cause="place_missing", position=expected)


def _bytes(firm_id: UUID, position: int, fields: str) -> bytes:
    try:
        return encode_entry(json.loads(fields))
    except EntryError:
        raise LogBroken(firm_id, cause="entry_unreadable", position=position) from None
