"""Checks a whole log in the database with the verifier that auditors run on their own machine; it trusts no stored hash."""

import json
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from tenants.db.functions import call, call_rows
from tenants.ledger.canonical import EntryError, encode_entry
from tenants.ledger.checkpoint import Checkpoint, NoteError, parse_note
from tenants.ledger.keyhole_verify import Report, check_log
from tenants.ledger.stored import BLOCK, SignerReader

# Checkpoints of the database that are looked at, newest first; what the firm kept is looked at whole.
NEWEST: Final = 100
# An entry waits about a second for its place.
LATE_S: Final = 60


def check_stored_log(
    firm_id: UUID,
    *,
    keys: Sequence[str],
    kept: Sequence[tuple[str, bytes]] = (),
    witnesses: Sequence[str] = (),
    find: str | None = None,
) -> Report:
    """Hash every entry of a log again and hold it against the tree, its checkpoints and those that were kept.

    `kept` are (name, note); `keys` and `witnesses` are vkeys. For the ledger's login. A log that was never signed cannot
    be checked and says so.
    """
    state, reader = call("tenants_load_log_v1", firm_id), SignerReader(firm_id)
    if state["note"] is None:
        return _unsigned(kept)
    stored = call_rows("tenants_read_checkpoints_v1", firm_id, state["size"], NEWEST)
    report = check_log(
        _entries(reader, max(state["placed"], state["size"])),
        checkpoint=state["note"].encode(),
        keys=keys,
        kept=[*kept, *((f"checkpoint {row['size']}", row["note"].encode()) for row in stored)],
        witnesses=witnesses,
        rotations=[row["note"].encode() for row in call_rows("tenants_read_rotations_v1", firm_id)],
        tiles=lambda level, index, width: _tile(reader, level, index, width),
        find=find,
    )
    for row in stored:
        if not _says(row["note"], row["size"], bytes(row["root"])):
            report.fault(
                "checkpoint-differs",
                f"The table of checkpoints says something else than checkpoint {row['size']}.",
            )
    unplaced = call("tenants_count_unplaced_v1", firm_id, LATE_S)
    if unplaced:
        report.fault("entry-outside", f"{unplaced} entries older than {LATE_S} s have no place in the log.")
    return report


def _unsigned(kept: Sequence[tuple[str, bytes]]) -> Report:
    report = Report()
    for name, _ in kept:
        report.fault("log-cut", f"{name} was signed, and the database holds no signed checkpoint at all.")
    if not kept:
        report.broken = "nothing of this log was signed yet"
    return report


def _says(note: str, size: int, root: bytes) -> bool:
    try:
        checkpoint = Checkpoint.parse(parse_note(note.encode()).text)
    except NoteError:
        return False
    return (checkpoint.size, checkpoint.root) == (size, root)


def _entries(reader: SignerReader, size: int) -> Iterator[tuple[int, bytes]]:
    for start in range(0, size, BLOCK):
        for position, _, fields in reader.rows(start, min(start + BLOCK, size)):
            if fields is not None:
                yield position, _bytes(fields)


def _bytes(fields: str) -> bytes:
    try:
        return encode_entry(json.loads(fields))
    except EntryError:
        # It was not written by Keyhole as it stands now: hashed as it is, it fits nothing.
        return fields.encode()


def _tile(reader: SignerReader, level: int, index: int, width: int) -> bytes | None:
    found = reader.tiles(level, index, index + 1)
    return found[0][1][: width * 32] if found else None
