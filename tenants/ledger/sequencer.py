"""Puts new entries in order, grows each firm's tree and signs checkpoints. It must never sign two trees of one size.

Two may run at once: the database lets one at a time go on, and who comes late reads its state again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from tenants.db.functions import call, call_rows
from tenants.ledger.checkpoint import (
    Checkpoint,
    NoteError,
    SigningKey,
    VerifyingKey,
    open_checkpoint,
    sign_checkpoint,
)
from tenants.ledger.errors import LogBroken
from tenants.ledger.events import Event
from tenants.ledger.keychange import find_foreign_key
from tenants.ledger.memory import SignerMemory
from tenants.ledger.merkle import leaf_hash, perfect_root
from tenants.ledger.origin import origin_of
from tenants.ledger.proof import root_at
from tenants.ledger.stored import SignerReader, StoredTiles, read_entries
from tenants.ledger.tiles import HEIGHT, WIDTH, TileBuilder, split_hashes
from tenants.vault.keyring import KeySet

log = structlog.get_logger(__name__)

# Entries of one checkpoint: a backlog is signed in steps, each of them whole.
BATCH: Final = 10_000


@dataclass(slots=True)
class _Log:
    """What is kept of one log between runs: its unfinished tiles, and its keys as the log knows them."""

    firm_id: UUID
    origin: str
    tree: TileBuilder
    keys: list[tuple[SigningKey, int | None]]


class Sequencer:
    """One process's view of every log. Not for use by several threads."""

    def __init__(self, seeds: KeySet, memory: SignerMemory) -> None:
        self._seeds = seeds
        self._memory = memory
        self._logs: dict[UUID, _Log] = {}
        self._due: set[UUID] = set()
        self._broken: dict[UUID, str] = {}
        self._is_first = True

    def run_once(self) -> int:
        """Place and sign everything committed so far; returns how many entries were signed.

        A log that does not fit what was signed is left as it is and told of; the others go on. Raises: DatabaseError.
        """
        said = call("tenants_sequence_entries_v1")
        self._due.update(UUID(firm_id) for firm_id in said["firms"])
        if self._is_first or said["restored"]:
            self._logs.clear()
            self._due.update(row["tenants_list_logs_v1"] for row in call_rows("tenants_list_logs_v1"))
            self._is_first = False
        if said["restored"]:
            self._tell_all(Event.RESTORE_NOTICED)
        signed = 0
        for firm_id in sorted(self._due):
            # Signing may find that it has to come back; until it has succeeded the log stays due.
            self._due.discard(firm_id)
            try:
                signed += self._sign(firm_id)
            except LogBroken as error:
                self._logs.pop(firm_id, None)
                self._due.add(firm_id)
                self._tell_broken(error)
            except Exception:
                self._logs.pop(firm_id, None)
                self._due.add(firm_id)
                raise
            else:
                self._broken.pop(firm_id, None)
        return signed

    @property
    def pending(self) -> frozenset[UUID]:
        """Logs that are not signed up to their last place as far as the last run knew."""
        return frozenset(self._due)

    @property
    def broken(self) -> Mapping[UUID, str]:
        """Logs that do not fit what was signed of them, with the cause."""
        return dict(self._broken)

    def _sign(self, firm_id: UUID) -> int:
        """Sign a log up to its last place; returns how many entries that were."""
        held = self._logs.get(firm_id)
        state = call("tenants_load_log_v1", firm_id)
        if held is None or held.tree.size != state["size"]:
            held = self._logs[firm_id] = self._load(firm_id, state)
        if self._add_key(held, state):
            # The entry that makes the key known gets its place in the next run.
            return 0
        if not held.keys:
            raise LogBroken(firm_id, cause="key_missing")
        begun = held.tree.size
        while held.tree.size < state["placed"]:
            if not self._extend(held, min(held.tree.size + BATCH, state["placed"])):
                del self._logs[firm_id]
                self._due.add(firm_id)
                return 0
        return held.tree.size - begun

    def _extend(self, held: _Log, until: int) -> bool:
        """Add entries up to `until` and sign; False when another process was faster."""
        size = held.tree.size
        entries = list(read_entries(SignerReader(held.firm_id), size, until))
        own = {SigningKey(held.origin, seed).vkey for seed in self._seeds.keys.values()}
        foreign = find_foreign_key(entries, own)
        if foreign is not None:
            raise LogBroken(held.firm_id, cause="foreign_key", position=foreign)
        tiles = held.tree.append(leaf_hash(octets) for _, octets in entries)
        checkpoint = Checkpoint(held.origin, held.tree.size, held.tree.root())
        note = sign_checkpoint(checkpoint, _signers(held.keys, size, until))
        done = call(
            "tenants_extend_log_v1",
            held.firm_id,
            size,
            checkpoint.size,
            checkpoint.root,
            note.decode(),
            [tile.level for tile in tiles],
            [tile.index for tile in tiles],
            [tile.hashes for tile in tiles],
            [perfect_root(split_hashes(tile.hashes)) for tile in tiles],
        )
        if done:
            self._memory.keep(held.firm_id, note)
        return bool(done)

    def _add_key(self, held: _Log, state: Mapping[str, Any]) -> bool:
        """Make the current key known in the log if it is not; True when an entry was written for that."""
        held.keys = self._keys_of(held.origin, state)
        known = [row["version"] for row in state["keys"]]
        if self._seeds.current in known:
            return False
        old = state["keys"][-1]["vkey"] if known else None
        key = SigningKey(held.origin, self._seeds.keys[self._seeds.current])
        call("tenants_add_log_key_v1", held.firm_id, self._seeds.current, key.vkey, old)
        self._due.add(held.firm_id)
        return True

    def _keys_of(self, origin: str, state: Mapping[str, Any]) -> list[tuple[SigningKey, int | None]]:
        keys: list[tuple[SigningKey, int | None]] = []
        for row in state["keys"]:
            seed = self._seeds.keys.get(row["version"])
            if seed is not None:
                key = SigningKey(origin, seed)
                if key.vkey == row["vkey"]:
                    keys.append((key, row["position"]))
        return keys

    def _load(self, firm_id: UUID, state: Mapping[str, Any]) -> _Log:
        """Read a log's unfinished tiles and check that they are of the tree that was signed.

        Raises: LogBroken when they are not, or when more was signed than the database holds.
        """
        size, reader = state["size"], SignerReader(firm_id)
        origin, tiles = origin_of(firm_id), StoredTiles(reader)
        tails: dict[int, bytes] = {}
        level = 0
        while size >> (HEIGHT * level):
            count = size >> (HEIGHT * level)
            if count % WIDTH:
                tails[level] = tiles.hashes(level, count // WIDTH, count % WIDTH)
            level += 1
        tree = TileBuilder(size, tails)
        if size:
            self._check_signed(firm_id, state, tree.root())
        remembered = self._memory.recall(firm_id)
        if remembered is not None:
            if remembered.size > size:
                raise LogBroken(firm_id, cause="rolled_back", position=remembered.size)
            if root_at(remembered.size, tiles) != remembered.root:
                raise LogBroken(firm_id, cause="forked", position=remembered.size)
        return _Log(firm_id, origin, tree, self._keys_of(origin, state))

    def _check_signed(self, firm_id: UUID, state: Mapping[str, Any], root: bytes) -> None:
        keys = [VerifyingKey.parse(row["vkey"]) for row in state["keys"]]
        try:
            checkpoint, _ = open_checkpoint(state["note"].encode(), keys, origin=origin_of(firm_id))
        except NoteError:
            raise LogBroken(firm_id, cause="checkpoint_not_ours", position=state["size"]) from None
        if (checkpoint.size, checkpoint.root) != (state["size"], root):
            raise LogBroken(firm_id, cause="root_differs", position=state["size"])

    def _tell_all(self, event: Event) -> None:
        log.warning("ledger_restored")
        for firm_id in self._due:
            call("tenants_note_log_v1", firm_id, str(event), "{}")

    def _tell_broken(self, error: LogBroken) -> None:
        """Say once a cause that a log is left alone, and open the firm's incident."""
        if self._broken.get(error.firm_id) == error.cause:
            return
        self._broken[error.firm_id] = error.cause
        log.error("ledger_broken", firm_id=str(error.firm_id), cause=error.cause, position=error.position)
        call("tenants_report_log_v1", error.firm_id, error.cause)


def _signers(keys: list[tuple[SigningKey, int | None]], size: int, until: int) -> list[SigningKey]:
    """Who signs the checkpoint over `[0, until)` after one over `[0, size)`: the key known so far, and with it
    every key whose entry this checkpoint covers for the first time, so that the old key vouches for the new."""
    known = [key for key, position in keys if position is not None and position < size] or [
        key for key, _ in keys[:1]
    ]
    new = [key for key, position in keys if position is not None and size <= position < until]
    return [known[-1], *(key for key in new if key is not known[-1])]
