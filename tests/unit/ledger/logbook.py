"""A log of one firm in memory, built from the product's own modules, for every test of the ledger. Holds no test."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tenants.ledger.bundle import About, write_bundle
from tenants.ledger.canonical import encode_entry
from tenants.ledger.checkpoint import Checkpoint, SigningKey, sign_checkpoint
from tenants.ledger.merkle import leaf_hash
from tenants.ledger.proof import root_at
from tenants.ledger.tiles import TileBuilder
from tenants.vault.sealed import SealedBytes

FIRM = UUID("0190f2a0-0000-7000-8000-000000000001")
DAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def signing_key(label: str, firm: UUID = FIRM) -> SigningKey:
    """A key of the log, always the same for one label."""
    return SigningKey(f"keyhole/{firm}", SealedBytes(hashlib.sha256(label.encode()).digest()))


def entry(number: int, event: str = "dialer:contact:revealed", **changes: object) -> bytes:
    """An entry like those of the product; `changes` replace fields."""

    def uid(kind: int) -> str:
        return str(UUID(int=(0x0190F2A1 << 96) | (7 << 76) | (8 << 60) | (kind << 40) | number))

    fields: dict[str, object] = {
        "id": uid(1),
        "firm_id": FIRM,
        "at": DAY + timedelta(milliseconds=137 * number),
        "event": event,
        "actor_kind": "agent",
        "actor_id": uid(2),
        "outsourcer_id": uid(3),
        "campaign_id": None,
        "contact_id": uid(4),
        "subject_kind": "",
        "subject_id": None,
        "allowed": True,
        "reason": "",
        "address": "192.0.2.7",
        "device": 'Firefox "145"',
        "session_ref": "ab12cd34",
        "process": "agent",
        "details": {"lease": number, "tried": ["a", number, None, True]} if number % 3 else {},
    }
    return encode_entry({**fields, **changes})


class Logbook:
    """Entries, their tree and their checkpoints. `source` for proofs is the logbook itself."""

    def __init__(self, entries: Iterable[bytes] = (), *, key: SigningKey | None = None) -> None:
        self.key = key or signing_key("first")
        self.entries: list[bytes] = []
        self.builder = TileBuilder()
        self.full: dict[tuple[int, int], bytes] = {}
        self.rotations: list[tuple[int, bytes]] = []
        self.extend(entries)

    def extend(self, entries: Iterable[bytes]) -> None:
        """Add entries at the end."""
        fresh = list(entries)
        self.entries += fresh
        for tile in self.builder.append(leaf_hash(one) for one in fresh):
            self.full[tile.level, tile.index] = tile.hashes

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """Tiles, as `TileSource` asks for them."""
        octets = self.full.get((level, index)) or self.builder.tails[level]
        return octets[: width * 32]

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def checkpoint(self, size: int | None = None, keys: Iterable[SigningKey] | None = None) -> bytes:
        """The signed checkpoint at a size."""
        size = self.size if size is None else size
        return sign_checkpoint(Checkpoint(self.key.name, size, root_at(size, self)), list(keys or [self.key]))

    def about(self, start: int, until: int, pruned_until: int) -> About:
        """What a bundle of a period says of itself."""
        return About(self.key.name, self.size, start, until, DAY, pruned_until)

    def bundle(
        self,
        blocks: Iterable[int] | None = None,
        *,
        period: tuple[int, int] | None = None,
        pruned_until: int = 0,
        note: bytes | None = None,
    ) -> bytes:
        """The ZIP, with all entries or with those of some blocks."""
        out = io.BytesIO()
        start, until = period or (0, self.size)
        chosen = range(-(-self.size // 256)) if blocks is None else blocks
        write_bundle(
            out,
            checkpoint_note=note or self.checkpoint(),
            keys=[self.key.vkey],
            about=self.about(start, until, pruned_until),
            tiles=self,
            entries=((index, self.entries[index * 256 : index * 256 + 256]) for index in chosen),
            rotations=self.rotations,
        )
        return out.getvalue()


class Files:
    """A bundle in memory, as the verifier reads one. Changing `files` changes the bundle."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    @classmethod
    def unpack(cls, octets: bytes) -> "Files":
        """The files of a ZIP."""
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    def read(self, name: str, limit: int) -> bytes | None:
        """One file."""
        return self.files.get(name)

    def names(self) -> list[str]:
        """All names."""
        return list(self.files)
