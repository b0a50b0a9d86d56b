"""Evidence bundles of any size, made as the product makes them, without a database. Nobody in them is real."""

import hashlib
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from tenants.db.ids import new_id
from tenants.ledger.bundle import About, write_bundle
from tenants.ledger.canonical import encode_entry
from tenants.ledger.checkpoint import Checkpoint, SigningKey, sign_checkpoint
from tenants.ledger.merkle import leaf_hash
from tenants.ledger.origin import origin_of
from tenants.ledger.tiles import WIDTH, TileBuilder
from tenants.vault.sealed import SealedBytes

_BEGUN: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_BROWSER: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari"
)
# What one call leaves behind, in order: event, kind of actor, subject, process, reason, details.
_CALL: Final[tuple[tuple[str, str, str, str, str, dict[str, object]], ...]] = (
    ("dialer:contact:reserved", "person", "lease", "agent", "", {"stage": 0}),
    ("dialer:dial:requested", "person", "attempt", "agent", "", {}),
    ("dialer:call:dialled", "gateway", "attempt", "gateway", "", {"attempt_no": 1}),
    ("dialer:call:answered", "gateway", "attempt", "gateway", "", {"ring_s": 11}),
    ("dialer:contact:revealed", "person", "lease", "gateway", "", {"stage": 1}),
    ("dialer:call:ended", "gateway", "attempt", "gateway", "answered", {"cause": 16, "talk_s": 94}),
    ("dialer:outcome:recorded", "person", "lease", "agent", "reached", {"note": False}),
)


class _MadeTiles:
    """The tiles of a tree that was just built."""

    def __init__(self, tiles: dict[tuple[int, int], bytes], builder: TileBuilder) -> None:
        self._tiles, self._tails = tiles, builder.tails

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """See `TileSource`."""
        return self._tiles[level, index] if width == WIDTH else self._tails[level]


def write_evidence(path: Path, count: int) -> str:
    """Write a bundle of `count` entries, all of the log; returns the vkey that signed it."""
    firm_id = new_id()
    key = SigningKey(origin_of(firm_id), SealedBytes(hashlib.sha256(firm_id.bytes).digest()))
    builder = TileBuilder()
    tiles: dict[tuple[int, int], bytes] = {}
    # Packed, for a million of them; in their form entries hold no line's end.
    packed: list[bytes] = []
    for block in _blocks(firm_id, key.vkey, count):
        packed.append(zlib.compress(b"\n".join(block), 1))
        tiles |= {(tile.level, tile.index): tile.hashes for tile in builder.append(map(leaf_hash, block))}
    note = sign_checkpoint(Checkpoint(origin_of(firm_id), builder.size, builder.root()), [key])
    about = About(origin_of(firm_id), count, 0, count, _BEGUN + timedelta(days=365))
    with path.open("wb") as out:
        write_bundle(
            out,
            checkpoint_note=note,
            keys=[key.vkey],
            about=about,
            tiles=_MadeTiles(tiles, builder),
            entries=((at, zlib.decompress(block).split(b"\n")) for at, block in enumerate(packed)),
        )
    return key.vkey


def _blocks(firm_id: UUID, vkey: str, count: int) -> Iterator[list[bytes]]:
    for start in range(0, count, WIDTH):
        yield [_entry(firm_id, vkey, n) for n in range(start, min(start + WIDTH, count))]


def _entry(firm_id: UUID, vkey: str, number: int) -> bytes:
    call, step = divmod(number, len(_CALL))
    event, kind, subject, process, reason, details = _CALL[step]
    if number == 0:
        event, kind, subject, process, reason, details = (
            "ledger:key:added",
            "system",
            "",
            "ledger",
            "",
            {"new_key": vkey},
        )
    is_person = kind == "person"
    return encode_entry(
        {
            "id": _uuid(firm_id, "entry", number),
            "firm_id": firm_id,
            "at": _BEGUN + timedelta(seconds=call * 20 + step * 3, microseconds=number * 7919 % 1_000_000),
            "event": event,
            "actor_kind": kind,
            "actor_id": _uuid(firm_id, "agent", call * 31 % 200) if number else None,
            "outsourcer_id": _uuid(firm_id, "house", call % 3) if number else None,
            "campaign_id": _uuid(firm_id, "campaign", call % 20) if number else None,
            "contact_id": _uuid(firm_id, "contact", call * 7919 % 400_000) if number else None,
            "subject_kind": subject,
            "subject_id": _uuid(firm_id, subject, call) if number else None,
            "allowed": True,
            "reason": reason,
            "address": "203.0.113.24" if is_person else None,
            "device": _BROWSER if is_person else "",
            "session_ref": "A1B2" if is_person else "",
            "process": process,
            "details": details,
        }
    )


def _uuid(firm_id: UUID, what: str, number: int) -> UUID:
    return UUID(bytes=hashlib.md5(firm_id.bytes + f"{what}{number}".encode(), usedforsecurity=False).digest())
