"""Checks an evidence bundle of Keyhole on any machine: this one file, Python 3.11 and pycryptodome.

It hashes the raw entries itself and trusts no stored hash. It never changes, sends or unpacks anything. The forms: FORMAT.md.
"""

import argparse
import base64
import io
import json
import re
import stat
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

try:
    from Crypto.Signature import eddsa
except ImportError:  # pragma: no cover - said in words, as everything else
    sys.exit("Could not check: pycryptodome is missing. Install it with: python -m pip install pycryptodome")

SMALL, BLOCK, NAMES = 65_536, 256 * 65_537, 64 * 2**20  # bytes: a note; 256 entries; a ZIP's list of names
LISTED = 20  # faults told one by one; more are counted
HOUR = timedelta(hours=1)
RESULTS = (
    "nothing wrong was found.",
    "something was changed, cut or forged. Keep what you have as it is.",
    "this could not be checked. That is neither good nor bad news.",
)
NAME, SIZE, ROTATION = (
    re.compile(one) for one in (r"[^\s+\x00-\x1f\x85]+", r"0|[1-9]\d{0,18}", r"rotations/\d{1,19}")
)
FIELDS = {
    "actor_id", "actor_kind", "address", "allowed", "at", "campaign_id", "contact_id", "details", "device", "event",
    "firm_id", "id", "outsourcer_id", "process", "reason", "session_ref", "subject_id", "subject_kind", "v",
}  # fmt: skip


class CannotCheck(Exception):
    """Something that must be read cannot be read. Nothing follows from it, good or bad."""


# ---- Keys, notes, entries --------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A public key: `kind` 1 signs checkpoints, 4 cosigns them."""

    name: str
    id: bytes
    kind: int
    public: bytes
    vkey: str


class Note(NamedTuple):
    """A checkpoint as read, not yet believed. `lines` are (name, key id, signature)."""

    text: str
    origin: str
    size: int
    root: bytes
    lines: list[tuple[str, bytes, bytes]]
    name: str


def unbase64(text: str) -> bytes:
    """Read base64 in its one spelling."""
    octets = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("not base64 in its one spelling")
    return octets


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """The four bytes before a signature (C2SP signed-note)."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def read_key(vkey: str) -> Key:
    """Read `name+id+key`."""
    try:
        name, number, text = vkey.strip().split("+", 2)
        octets = unbase64(text)
        key = Key(name, key_id(name, octets[:1], octets[1:]), octets[0], octets[1:], vkey.strip())
        if number != key.id.hex() or len(octets) != 33 or key.kind not in (1, 4) or not NAME.fullmatch(name):
            raise ValueError
        eddsa.import_public_key(key.public)
    except (ValueError, IndexError):
        raise CannotCheck("a key is not of the form name+id+key; copy the whole line") from None
    return key


def read_note(octets: bytes, name: str) -> Note:
    """Read a checkpoint (C2SP signed-note and tlog-checkpoint); no signature is checked here."""
    try:
        whole = octets.decode() if len(octets) <= SMALL else ""
        text, gap, rest = whole.rpartition("\n\n")
        rows = rest[:-1].split("\n")
        if not gap or not rest.endswith("\n") or len(rows) > 100 or re.search(r"[\x00-\x09\x0b-\x1f]", whole):
            raise ValueError
        lines = []
        for row in rows:
            dash, who, signature = row.split(" ")
            signed = unbase64(signature)
            if dash != "\u2014" or not NAME.fullmatch(who) or len(signed) < 5:
                raise ValueError
            lines.append((who, signed[:4], signed[4:]))
        origin, size, root = text.split("\n")
        if not NAME.fullmatch(origin) or not SIZE.fullmatch(size) or len(unbase64(root)) != 32:
            raise ValueError
        return Note(text + "\n", origin, int(size), unbase64(root), lines, name)
    except ValueError:
        raise CannotCheck(f"{name} is not a signed checkpoint") from None


def signed_by(note: Note, key: Key) -> bool | None:
    """Whether the key's signature on the note holds; None if there is none. A cosignature covers its time too."""
    verdict = None
    for name, number, signature in note.lines:
        if (name, number) == (key.name, key.id):
            message = note.text.encode()
            if key.kind == 4:
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + message
                signature = signature[8:]
            try:
                eddsa.new(eddsa.import_public_key(key.public), "rfc8032").verify(message, signature)
                verdict = verdict is not False
            except ValueError:
                verdict = False
    return verdict


def read_entry(entry: bytes) -> dict[str, Any] | None:
    """The fields of an entry; None unless its bytes are the one spelling of these fields (RFC 8785, whole numbers)."""

    def whole(number: str) -> int:
        if abs(int(number)) >= 2**53:
            raise ValueError
        return int(number)

    try:
        fields = json.loads(entry, parse_int=whole, parse_float=whole, parse_constant=whole)
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        # A key that stands there twice, a space or another order do not come out again as they went in.
        is_right = text.encode() == entry and fields.keys() == FIELDS and entry.endswith(b',"v":1}')
    except (ValueError, AttributeError, RecursionError):
        return None
    return fields if is_right else None


def shown(entry: bytes | None) -> str:
    """An entry in a few words, whatever it is."""
    try:
        fields = json.loads(entry or b"")
        return f"{fields['at']}, {fields['event']}, id {fields['id']}"[:200]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "not readable"


# ---- What was found --------------------------------------------------------------------------------------------


class Fault(NamedTuple):
    """One thing that is wrong, at an entry if one can be named."""

    kind: str
    position: int | None
    words: str


@dataclass
class Report:
    """What a check found. `code`: 0 nothing wrong, 1 something was changed, cut or forged, 2 it could not be checked."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    remarks: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    broken: str = ""
    entry: str = ""
    first: int | None = None
    entries: int = 0
    size: int = 0

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if self.count else 2 if self.broken else 0

    def fault(self, kind: str, words: str, position: int | None = None) -> None:
        """Note something wrong."""
        self.count += 1
        if position is not None and (self.first is None or position < self.first):
            self.first = position
        if len(self.faults) < LISTED:
            self.faults.append(Fault(kind, position, words))

    def say(self, tell: Callable[[str], object]) -> None:
        """Tell it in words, without anything that could steer a terminal."""
        lines: list[str] = []
        wrong = [one.words for one in self.faults]
        if self.count > len(wrong):
            wrong.append(f"{self.count - len(wrong)} more faults are not listed.")
        parts = [
            ("WRONG", wrong),
            ("To note", self.remarks),
            ("Shown", self.proven),
            ("Not shown", self.unproven),
        ]
        for title, words in parts:
            lines += [f"{title}:", *(f"  - {one}" for one in words)] if words else []
        lines.append(self.entry)
        if self.first is not None:
            lines.append(f"The first difference is at entry {self.first}.")
        if self.broken:
            lines.append(f"Could not check to the end: {self.broken}.")
        for line in [*lines, "Result: " + RESULTS[self.code]]:
            if line:
                tell("".join(char if char.isprintable() or char == "\n" else "?" for char in line))


# ---- The tree of RFC 6962 --------------------------------------------------------------------------------------


def leaf(entry: bytes) -> bytes:
    """Hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def top(nodes: Sequence[bytes]) -> bytes:
    """Root over the nodes of one level; an odd last one rises as it is."""
    while len(nodes) > 1:
        pairs = [sha256(b"\x01" + nodes[i] + nodes[i + 1]).digest() for i in range(0, len(nodes) - 1, 2)]
        nodes = [*pairs, nodes[-1]] if len(nodes) % 2 else pairs
    return nodes[0] if nodes else sha256(b"").digest()


Block = Sequence[bytes | None] | None  # up to 256 entries; None for one, or for all, that is not here
Tiles = Callable[[int, int, int], bytes | None]


class Check:
    """One walk over a log, 256 entries at a time, from the first to the last."""

    def __init__(
        self, report: Report, note: Note, sizes: Iterable[int], tiles: Tiles | None, find: str, read: bool
    ) -> None:
        self.report, self.note, self.tiles, self.find, self.form = report, note, tiles, find, read
        self.firm = b'"firm_id":"%s"' % note.origin.rpartition("/")[2].encode()
        self.sizes = sorted({size for size in sizes if size <= note.size} | {note.size}, reverse=True)
        self.roots: dict[int, bytes] = {}
        self.tails: list[list[bytes]] = [[]]  # for each level, the hashes that fill no tile yet
        self.newest = datetime.min.replace(tzinfo=UTC)
        self.oldest: datetime | None = None
        self.early: list[int] = []
        self.absent: list[range] = []
        self.rotations: list[tuple[int, Key, Key]] = []
        self.pruned: list[tuple[int, int, int, datetime]] = []

    def walk(self, blocks: Iterable[tuple[int, Block]]) -> None:
        """Hash everything; `blocks` gives each 256 entries with their number."""
        self.keep_roots(0)
        for index, block in blocks:
            width, level = min(256, self.note.size - index * 256), 0
            self.tails[0] = self.block(index * 256, block, width)
            self.keep_roots(index * 256 + width)
            while len(self.tails[level]) == 256:
                self.same(level, index >> 8 * level)
                if level + 1 == len(self.tails):
                    self.tails.append([])
                self.tails[level + 1].append(top(self.tails[level]))
                self.tails[level] = []
                level += 1
        for level, tail in enumerate(self.tails):
            if tail:
                self.same(level, self.note.size >> 8 * (level + 1))
        if self.roots.get(self.note.size) != self.note.root:
            words = f"The root over all {self.note.size} entries is not the root that the checkpoint tells."
            self.report.fault("root-differs", words)

    def keep_roots(self, until: int) -> None:
        """Keep the root at every size asked for up to here; the tail of level 0 is the 256 entries read last."""
        while self.sizes and self.sizes[-1] <= until:
            size = self.sizes.pop()
            right: list[bytes] = []
            for tail in [self.tails[0][: (size - 1) % 256 + 1], *self.tails[1:]]:
                # What a lower level has left over hangs to the right of this level's nodes like one node more.
                right = [top([*tail, *right])] if tail or right else []
            self.roots[size] = right[0] if right else top([])

    def stored(self, level: int, index: int, width: int) -> bytes | None:
        """The stored hashes of a tile, None if there are none to compare with."""
        octets = self.tiles(level, index, width) if self.tiles else None
        if octets is None or len(octets) == width * 32:
            return octets
        start = (index * 256) << 8 * level
        words = f"The stored hashes of level {level} from entry {start} on are missing or cut."
        self.report.fault("tile-missing", words, start)
        return None

    def same(self, level: int, index: int) -> None:
        """Compare a tile above the leaves with what the entries below it give."""
        tail = self.tails[level]
        if place := differ(tail, self.stored(level, index, len(tail)) if level else None):
            start = (index * 256 + place - 1) << 8 * level
            end = start + (1 << 8 * level)
            # A fault at one entry of this part was told already, and says more exactly where.
            known = self.report.first is not None and start <= self.report.first < end
            words = f"The stored hash over entries {start} to {end - 1} is not what they give."
            self.report.fault("tile-differs", words, None if known else start)

    def block(self, start: int, block: Block, width: int) -> list[bytes]:
        """Give the leaf hashes of up to 256 entries: of the entries themselves, of the tile where there is none."""
        stored = self.stored(0, start // 256, width)
        if block is not None and len(block) != width:
            words = f"There are {len(block)} entries from number {start} on where the tree has {width}."
            self.report.fault("entry-missing" if len(block) < width else "entry-added", words)
        block = [*(block or ())[:width], *[None] * (width - len(block or ()))]
        leaves = [sha256(b"\x00" + (entry or b"")).digest() for entry in block]
        for i in [i for i, entry in enumerate(block) if entry is None]:
            if stored is None:
                words = f"Entry {start + i} is missing, and so is its hash: nothing behind it can be checked."
                self.report.fault("entry-missing", words, start + i)
                raise CannotCheck("the rest of the log hangs on what is missing")
            leaves[i] = stored[i * 32 : i * 32 + 32]
            self.miss(start + i)
        if place := differ(leaves, stored):
            number, entry = start + place - 1, shown(block[place - 1])
            words = f"Entry {number} ({entry}) is not the entry whose hash is stored."
            self.report.fault("entry-differs", words, number)
        self.read(start, block)
        return leaves

    def miss(self, position: int) -> None:
        """Note a position without an entry; whether that is a fault is judged at the end."""
        if self.absent and self.absent[-1].stop == position:
            self.absent[-1] = range(self.absent[-1].start, position + 1)
        elif len(self.absent) < 100_000:
            self.absent.append(range(position, position + 1))
        else:
            raise CannotCheck("entries are missing in more than 100,000 places")

    def read(self, start: int, block: Sequence[bytes | None]) -> None:
        """Look into the entries, whose hashes bind them: whose they are, their time, what they say of the log itself."""
        self.report.entries += len(block) - block.count(None)
        firm, newest, oldest, asked = self.firm, self.newest, self.oldest, self.form or self.find
        # One look into all of them is quicker than one into each.
        own = b'"event":"ledger:' in b"".join(filter(None, block))
        for position, entry in enumerate(block, start):
            if entry is None:
                continue
            if entry.rfind(firm) < 0:
                words = f"Entry {position} ({shown(entry)}) is not this firm's."
                self.report.fault("entry-foreign", words, position)
            if own and b'"event":"ledger:' in entry:
                self.own(position, entry)
            if asked:
                self.look(position, entry)
            try:
                place = entry.find(b'"at":"') + 6
                at = datetime.fromisoformat(entry[place : place + 27].decode())
                if at >= newest:
                    newest = at
                elif newest - at > HOUR and len(self.early) < LISTED:
                    self.early.append(position)
                oldest = oldest or at
            except (ValueError, TypeError):
                self.misspelt(position)
        self.newest, self.oldest = newest, oldest

    def misspelt(self, position: int) -> None:
        """Note an entry that cannot be what Keyhole wrote."""
        self.report.fault("entry-form", f"Entry {position} is not in the ledger's form.", position)

    def look(self, position: int, entry: bytes) -> None:
        """Check an entry's form, if that was asked for, and show the entry that was asked for by number or id."""
        named, is_number = b'"id":"%s"' % self.find.encode(errors="replace"), self.find == str(position)
        if not self.form and not is_number and named not in entry:
            return
        fields = read_entry(entry)
        if fields is None:
            self.misspelt(position)
        if (is_number or (fields and self.find == fields["id"])) and len(self.report.entry) < SMALL:
            text = entry.decode(errors="replace")
            self.report.entry += f"Entry {position}, hash {leaf(entry).hex()}:\n{text}\n"

    def own(self, position: int, entry: bytes) -> None:
        """Remember what the log says of itself: keys that changed, entries that were let go."""
        try:
            fields = json.loads(entry)
            event, details, at = fields["event"], fields["details"], datetime.fromisoformat(fields["at"])
            if event == "ledger:key:rotated" and len(self.rotations) < 1_000:
                pair = read_key(details["old_key"]), read_key(details["new_key"])
                self.rotations.append((position, *pair))
            if (
                event == "ledger:entries:pruned"
                and fields["actor_kind"] == "system"
                and len(self.pruned) < 10_000
            ):
                first, last = details["from"], details["until"]
                if type(first) is type(last) is int and first < last <= position:
                    self.pruned.append((first, last, position, at))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, CannotCheck):
            self.misspelt(position)


def differ(hashes: Sequence[bytes], stored: bytes | None) -> int:
    """The first of the hashes that is not the one stored, counted from 1; 0 if all are, or none is stored."""
    if stored is None or b"".join(hashes) == stored:
        return 0
    return next(i for i, one in enumerate(hashes, 1) if one != stored[i * 32 - 32 : i * 32])


# ---- What is believed, and what has to be there ----------------------------------------------------------------

FORGED = "its signature does not hold: it was changed after it was signed, or forged"
UNKNOWN = "it is not signed by a key that you trust"
REPLACED = "it is signed by a key that had been replaced before"


class Trust:
    """Whose signatures count: the keys given, and those that a proven rotation joins to them."""

    def __init__(self, check: Check, keys: Iterable[Key], notes: Sequence[Note]) -> None:
        self.keys = [key for key in keys if key.kind == 1 and key.name == check.note.origin]
        self.retired: dict[str, int] = {}
        links = []
        for position, old, new in check.rotations:
            after = [one for one in notes if one.size > position and check.roots.get(one.size) == one.root]
            if any(signed_by(one, old) and signed_by(one, new) for one in after):
                links.append((position, old, new))
            else:
                words = f"Entry {position} changes the signing key, but no checkpoint signed by both keys is here."
                check.report.remarks.append(words)
        # Forwards from an old key, backwards from a new one: both have signed the checkpoint that joins them.
        for _ in links:
            for position, old, new in links:
                if old in self.keys or new in self.keys:
                    self.keys += [key for key in (old, new) if key not in self.keys]
                    self.retired[old.vkey] = position

    def refusal(self, note: Note) -> str:
        """Empty if the note is signed by a key that counts at its size; else why it is refused."""
        answers = {key: signed_by(note, key) for key in self.keys}
        if False in answers.values():
            return FORGED
        signers = [key for key, answer in answers.items() if answer]
        in_time = [key for key in signers if self.retired.get(key.vkey, note.size) >= note.size]
        return "" if in_time else REPLACED if signers else UNKNOWN


def judge_checkpoint(check: Check, trust: Trust, keys: Sequence[Key]) -> None:
    """Hold the log's newest checkpoint against the keys that count."""
    report, note = check.report, check.note
    if note.origin not in {key.name for key in keys}:
        report.fault("checkpoint-forged", f"This is the log {note.origin}, and no key given is of that name.")
    elif words := trust.refusal(note):
        report.fault("checkpoint-forged", f"The log's newest checkpoint is refused: {words}.")
    else:
        report.proven.append(
            f"A key you trust signed the checkpoint of {note.origin} over {note.size} entries."
        )


def judge_kept(check: Check, trust: Trust, kept: Sequence[Note]) -> None:
    """Hold the log against every checkpoint that was kept."""
    report, note, roots = check.report, check.note, check.roots
    same, seen, agreed = 0, {note.size: note.root}, list[str]()
    mine = sorted((one for one in kept if one.origin == note.origin), key=lambda one: one.size)
    for one in mine:
        words, agrees = trust.refusal(one), roots.get(one.size) == one.root
        if seen.setdefault(one.size, one.root) != one.root:
            text = f"There are two checkpoints over {one.size} entries with different roots ({one.name})."
            report.fault("split-view", f"{text} Not everybody was shown the same log.")
        if one.size > note.size:
            text = f"This log ends at {note.size}, and you kept a checkpoint over {one.size} entries ({one.name})."
            more = "It was cut or set back, unless what you check is older than what you kept."
            report.fault("log-cut", f"{text} {more}", note.size)
        elif one.size in roots and not agrees:
            text = f"The first {one.size} entries are not those of the checkpoint you kept ({one.name})."
            more = f"The first difference is among entries {same} to {one.size - 1}."
            report.fault("kept-differs", f"{text} {more}")
        elif not words and agrees:
            same = one.size
            agreed.append(one.name)
        if words == UNKNOWN and agrees:
            report.broken = report.broken or f"{one.name} agrees with this log, but {words}"
        elif words:
            report.fault("kept-forged", f"The kept checkpoint {one.name} is refused: {words}.")
    if agreed:
        text = f"The first {same} entries are those of the checkpoint you kept ({agreed[-1]})."
        report.proven.append(text + (f" {len(agreed) - 1} older ones agree too." if agreed[1:] else ""))
    if len(mine) < len(kept):
        report.remarks.append(f"{len(kept) - len(mine)} checkpoints of other logs were kept, and not used.")
    if not mine:
        text = "That nothing was changed since an earlier day: no checkpoint that you kept was compared."
        report.unproven.append(text)


def judge_witnesses(report: Report, witnesses: Sequence[Key], notes: Sequence[Note]) -> None:
    """Check the cosignatures of the witnesses asked for, wherever one stands."""
    for witness in witnesses:
        answers = [(one.size, signed_by(one, witness)) for one in notes]
        if any(answer is False for _, answer in answers):
            report.fault("cosignature-forged", f"A cosignature of {witness.name} does not hold.")
        elif sizes := [size for size, answer in answers if answer]:
            report.proven.append(f"{witness.name} has cosigned the first {max(sizes)} entries.")
        else:
            report.unproven.append(f"What {witness.name} saw: no checkpoint here carries its cosignature.")


def judge_gaps(check: Check, period: tuple[int, int]) -> None:
    """Say of every entry that is not there whether it has to be: the log itself has to say that it was let go."""
    report, covered, by, outside = check.report, 0, None, 0
    for one in sorted(check.pruned):
        if one[0] <= covered < one[1]:
            covered, by = one[1], one
    if by and check.oldest and check.absent and check.absent[0].start < covered:
        oldest, at = check.oldest, by[3]
        words = f"Entries 0 to {covered - 1} were let go after their time (entry {by[2]}, {at.date()})."
        words += f" The oldest left is of {oldest.date()}."
        if (oldest.year + 2, oldest.month, oldest.day) > (at.year, at.month, at.day):
            words += " That is less than two years before: ask why they had to go."
        report.remarks.append(words)
    for gap in check.absent:
        gap = range(min(max(gap.start, covered), gap.stop), gap.stop)
        inside = range(max(gap.start, period[0]), min(gap.stop, period[1]))
        outside += len(gap) - len(inside)
        if inside:
            words = f"Entries {inside[0]} to {inside[-1]} are" if inside[1:] else f"Entry {inside[0]} is"
            report.fault("entry-missing", f"{words} missing, and nothing in the log explains it.", inside[0])
    if outside:
        words = f"What {outside} entries outside this bundle say: only their hashes were checked."
        report.unproven.append(words)
    if check.early:
        words = "More than an hour older than an entry before (was a clock set back?): entries"
        report.remarks.append(f"{words} {', '.join(map(str, check.early))}.")


def check_log(
    entries: Iterable[tuple[int, bytes]],
    *,
    checkpoint: bytes,
    keys: Sequence[str],
    kept: Iterable[tuple[str, bytes]] = (),
    witnesses: Sequence[str] = (),
    rotations: Iterable[bytes] = (),
    tiles: Tiles | None = None,
    find: str | None = None,
    read: bool = False,
    blocks: Iterable[tuple[int, Block]] | None = None,
    period: tuple[int, int] | None = None,
    report: Report | None = None,
) -> Report:
    """Check a log, wherever it is: its entries as (position, bytes) in order, against its newest signed checkpoint.

    `kept` are (name, note); `rotations` the notes signed by two keys; `tiles(level, index, width)` gives the stored hashes
    to compare with (`width * 32` bytes), None where none are stored and none need be. With `read`, the form of every entry
    is checked. Every entry of the `period` (from, until; the whole log without one) must be there that the log does not say
    was let go. `blocks` stands for `entries` by 256, None for what is not there.
    """
    report = report or Report()
    try:
        note = read_note(checkpoint, "the log's checkpoint")
        report.size = note.size
        known, seen = [read_key(key) for key in keys], [read_key(key) for key in witnesses]
        if not known:
            raise CannotCheck(
                "no key to trust was given. Get the log's key from your firm; give it with --key"
            )
        saved = [read_note(octets, name) for name, octets in kept]
        proofs = [read_note(octets, "a checkpoint of two keys") for octets in rotations]
        notes = [note, *proofs, *saved]
        check = Check(report, note, [one.size for one in notes], tiles, find or "", read)
        try:
            check.walk(group(entries, note.size, report) if blocks is None else blocks)
        except CannotCheck as error:
            report.broken = str(error)
        trust = Trust(check, known, notes)
        judge_checkpoint(check, trust, known)
        judge_kept(check, trust, saved)
        judge_witnesses(report, seen, notes)
        if not report.broken:
            judge_gaps(check, period or (0, note.size))
        if not report.count and not report.broken:
            words = f"{report.entries} of {note.size} entries were hashed again: whole, and in their places."
            report.proven += [
                words,
                *(["Every one of them is in the ledger's one spelling."] if read else []),
            ]
        report.unproven.append("What happened after the last entry here, and what was never written down.")
        if find and not report.entry and not report.broken:
            report.broken = f"entry {find[:64]} is not among the entries here"
    except CannotCheck as error:
        report.broken = str(error)
    return report


def group(entries: Iterable[tuple[int, bytes]], size: int, report: Report) -> Iterable[tuple[int, Block]]:
    """Put entries into blocks of 256 by position, None in the gaps."""
    index, last, later = 0, -1, 0
    block: list[bytes | None] = [None] * min(256, size)
    for position, entry in entries:
        if position <= last:
            report.fault("entry-duplicate", f"There is more than one entry at number {position}.", position)
        elif position >= size:
            later += 1
        else:
            while position >> 8 > index:
                yield index, block
                index += 1
                block = [None] * min(256, size - index * 256)
            block[position & 255] = entry
            last = position
    while index * 256 < size:
        yield index, block
        index += 1
        block = [None] * min(256, size - index * 256)
    if later:
        report.remarks.append(f"{later} entries follow that no checkpoint covers yet.")


# ---- Bundles ---------------------------------------------------------------------------------------------------


class Source(Protocol):
    """Where a bundle's files are read from."""

    def read(self, name: str, limit: int) -> bytes | None:
        """A file of at most `limit` bytes, None if there is none."""

    def names(self) -> Iterable[str]:
        """Names of the files, where they are known."""


class Bundle:
    """A bundle in its ZIP or unpacked to a folder. Nothing is written, and no file is read beyond its bound."""

    class _File(io.FileIO):
        def read(self, size: int | None = -1) -> Any:
            if size is not None and size > NAMES:
                raise zipfile.BadZipFile
            return super().read(NAMES if size is None or size < 0 else size)

    def __init__(self, path: Path) -> None:
        self.path, self.zip, self.infos = path.resolve(), None, dict[str, zipfile.ZipInfo]()
        if path.is_dir():
            return
        try:
            self.zip = zipfile.ZipFile(self._File(path))
            self.infos = {info.filename: info for info in self.zip.infolist()}
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, NotImplementedError):
            raise CannotCheck(f"{path.name} is not a ZIP that can be read, or it was cut") from None
        if len(self.infos) != len(self.zip.infolist()):
            raise CannotCheck("two files in the ZIP have one name")

    def read(self, name: str, limit: int) -> bytes | None:
        """Read a file of at most `limit` bytes."""
        try:
            file, size = self.open(name)
            with file:
                if size > limit:
                    raise CannotCheck(f"{name} is larger than it can be")
                return file.read(size)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except CannotCheck:
            raise
        except Exception:  # the ZIP reader fails in many ways on a damaged file; all of them mean the same
            raise CannotCheck(f"{name} is damaged or cannot be read") from None

    def open(self, name: str) -> tuple[IO[bytes], int]:
        """Open a plain file: nothing that leads out of the folder, no device, no pipe, no packing that is not used here."""
        if self.zip:
            if name not in self.infos:
                raise FileNotFoundError
            info = self.infos[name]
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 0x41:
                raise CannotCheck(f"{name} is packed in a way that is not used here")
            return self.zip.open(info), info.file_size
        path = self.path / name
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or not path.resolve().is_relative_to(self.path):
            raise CannotCheck(f"{name} is not a plain file")
        return path.open("rb"), status.st_size

    def names(self) -> Iterable[str]:
        """Names of the files; of a folder, those of the proofs of rotation, for nothing else is looked for by name."""
        found = sorted((self.path / "rotations").glob("*"))[:1_000]
        return self.infos if self.zip else ["rotations/" + one.name for one in found]


def path_of(kind: object, index: int, width: int) -> str:
    """Name of a tile (C2SP tlog-tiles)."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def read_block(octets: bytes | None) -> list[bytes] | None:
    """Cut an entry bundle apart: each entry behind its length. What is cut short is left out, and so missed."""
    if octets is None:
        return None
    entries: list[bytes] = []
    at, size = 0, len(octets)
    for _ in range(257):
        if at + 1 >= size:
            break
        end = at + 2 + (octets[at] << 8) + octets[at + 1]
        if end <= size:
            entries.append(octets[at + 2 : end])
        at = end
    return [*entries, b""] if at < size else entries  # what is left over is no entry, and one too many


def read_about(source: Source, note: Note, report: Report) -> tuple[int, int]:
    """From where until where the bundle says that it has every entry. Nothing else rests on what it says of itself."""
    octets = source.read("about.json", SMALL)
    if octets is None:
        return 0, note.size
    try:
        about = json.loads(octets)
        first, end = about["from"], about["until"]
        is_right = (about["format"], about["origin"], about["size"]) == (1, note.origin, note.size)
        if type(first) is not int or type(end) is not int:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CannotCheck("about.json is not what it should be") from None
    if is_right and 0 <= first <= end <= note.size:
        return first, end
    words = "about.json tells of another log, size, period or format than the checkpoint."
    report.fault("about-differs", words)
    return 0, note.size


def read_kept(
    paths: Iterable[str | Path | tuple[str, bytes]],
) -> tuple[list[tuple[str, bytes]], list[str], list[str]]:
    """Read checkpoints, older bundles and keys from files and folders. Gives notes, keys, and names of what is neither."""
    notes, keys, other = [], [], []
    for path in paths:
        if isinstance(path, tuple):
            notes.append(path)
            continue
        place = Path(path)
        for file in sorted(place.iterdir()) if place.is_dir() else [place]:
            if not file.is_file():
                continue
            with file.open("rb") as opened:
                octets = opened.read(SMALL + 1)
            try:
                if octets[:2] == b"PK":
                    octets = Bundle(file).read("checkpoint", SMALL) or b""
                read_note(octets, file.name)
                notes.append((file.name, octets))
            except CannotCheck:
                try:
                    keys += [read_key(line).vkey for line in octets.decode().split("\n") if line.strip()]
                except (CannotCheck, ValueError):
                    other.append(file.name)
    return notes, keys, other


def check(
    bundle: str | Path | Source,
    kept: Iterable[str | Path | tuple[str, bytes]] = (),
    keys: Sequence[str] = (),
    witnesses: Sequence[str] = (),
    out: Callable[[str], object] = print,
    *,
    find: str | None = None,
    whole: bool = False,
    read: bool = False,
) -> Report:
    """Check a bundle (a ZIP or a folder) and tell what was found. `kept` are files, folders or (name, note) pairs.

    With `whole`, every entry of the log must be there, whatever period the bundle says it is about. `read`: see `check_log`.
    """
    report = Report()
    try:
        source = Bundle(Path(bundle)) if isinstance(bundle, str | Path) else bundle
        notes, found, other = read_kept(kept := list(kept))
        if kept and not notes and not found:
            raise CannotCheck("nothing that was kept is a checkpoint or a key")
        octets = source.read("checkpoint", SMALL)
        if octets is None:
            raise CannotCheck("there is no file named checkpoint; this is not an evidence bundle")
        note = read_note(octets, "the log's checkpoint")
        report.remarks += [f"{name} is neither a checkpoint nor a key and was not used." for name in other]
        period = read_about(source, note, report)
        check_log(
            (),
            checkpoint=octets,
            keys=[*keys, *found],
            kept=notes,
            witnesses=witnesses,
            rotations=[source.read(one, SMALL) or b"" for one in source.names() if ROTATION.fullmatch(one)],
            tiles=lambda level, index, width: source.read(path_of(level, index, width), 8192) or b"",
            find=find,
            read=read,
            blocks=(
                (i, read_block(source.read(path_of("entries", i, min(256, note.size - i * 256)), BLOCK)))
                for i in range(-(-note.size // 256))
            ),
            period=None if whole else period,
            report=report,
        )
    except (CannotCheck, OSError) as error:
        report.broken = str(error)
    report.say(out)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line. Exit code: 0 nothing wrong, 1 changed, cut or forged, 2 not checked."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle of Keyhole.")
    add = parser.add_argument
    many: dict[str, Any] = {"action": "append", "default": []}
    add("bundle", help="the ZIP, or the folder it was unpacked to")
    add("--kept", help="a checkpoint you kept, an older bundle, or a folder of them", **many)
    add("--key", help="the log's public key, as your firm gave it to you", dest="keys", **many)
    add("--witness", help="the public key of a witness", dest="witnesses", **many)
    add("--entry", help="show one entry, by id or number", dest="find")
    add("--whole", action="store_true", help="every entry must be here, not only those of a period")
    add("--read", action="store_true", help="check the form of every entry too; takes five times as long")
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return check(**vars(given)).code
    except (Exception, KeyboardInterrupt) as error:
        sys.stderr.write(f"Could not check: {type(error).__name__}. That is neither good nor bad news.\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
