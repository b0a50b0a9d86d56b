"""Checks an evidence bundle of Keyhole on any machine: this one file, Python 3.11 and pycryptodome.

It hashes the raw entries itself and trusts no stored hash. It never changes, sends or unpacks anything. The forms: FORMAT.md.
"""

import argparse
import base64
import datetime
import io
import itertools
import json
import re
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

try:
    from Crypto.Signature import eddsa
except ImportError:  # pragma: no cover - said in words, as everything else
    sys.exit("Could not check: pycryptodome is missing. Install it with: python -m pip install pycryptodome")

SMALL, BLOCK, NAMES = 65_536, 256 * 65_537, 64 * 2**20  # bytes: a note; 256 entries; a ZIP's list of names
LISTED = 20  # faults told one by one; more are counted
RESULTS = (
    "nothing wrong was found.",
    "something was changed, cut or forged. Keep what you have as it is.",
    "this could not be checked. That is neither good nor bad news.",
)

# ---- The forms: entries, notes, keys ---------------------------------------------------------------------------

_S = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*+)*+"'
_I = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_U = rb'(?:"' + _I + rb'"|null)'
_V = rb"(?:" + _S + rb"|0|-?[1-9][0-9]{0,14}|true|false|null)"
_V = rb"(?:" + _V + rb"|\[(?:" + _V + rb"(?:," + _V + rb")*+)?\])"
_P = rb'"[A-Za-z0-9_.:-]{1,64}":' + _V
_T = rb"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\.[0-9]{6}Z"
# Form 1 of an entry, byte for byte: every key there, sorted, no space. Groups: at, details (and those behind the first),
# event, firm, id. Numbers of up to 15 digits; WIDE has one more, and those are looked at one by one.
ENTRY = re.compile(
    rb'\{"actor_id":' + _U + rb',"actor_kind":' + _S + rb',"address":(?:' + _S + rb'|null),"allowed":(?:true|false),"at":"('
    + _T + rb')","campaign_id":' + _U + rb',"contact_id":' + _U + rb',"details":(\{(?:' + _P + rb"((?:," + _P + rb')*+))?\})'
    + rb',"device":' + _S + rb',"event":(' + _S + rb'),"firm_id":"(' + _I + rb')","id":"(' + _I + rb')","outsourcer_id":'
    + _U + rb',"process":' + _S + rb',"reason":' + _S + rb',"session_ref":' + _S + rb',"subject_id":' + _U
    + rb',"subject_kind":' + _S + rb',"v":1\}'
)  # fmt: skip
WIDE = re.compile(ENTRY.pattern.replace(b"{0,14}", b"{0,15}"))
KEYS = re.compile(rb'[{,]"([A-Za-z0-9_.:-]{1,64})":')
ROTATION = re.compile(r"rotations/[0-9]{1,19}")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
NAME = re.compile(r"[^\s+\x00-\x1f\x85]+")


class CannotCheck(Exception):
    """Something that must be read cannot be read. Nothing follows from it, good or bad."""


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


def signature_holds(key: Key, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is this key's."""
    try:
        eddsa.new(eddsa.import_public_key(key.public), "rfc8032").verify(message, signature)
    except ValueError:
        return False
    return True


def signed_by(note: Note, key: Key) -> bool | None:
    """Whether the key's signature on the note holds; None if there is none. A cosignature covers its time too."""
    verdict = None
    for name, number, signature in note.lines:
        if (name, number) == (key.name, key.id):
            message = note.text.encode()
            if key.kind == 4:
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + message
                signature = signature[8:]
            verdict = verdict is not False and signature_holds(key, message, signature)
    return verdict


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
    log: str = ""
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

        def out(text: str) -> None:
            tell("".join(char if char.isprintable() or char == "\n" else "?" for char in text))

        if self.log:
            out(self.log)
        parts = [("WRONG", [one.words for one in self.faults]), ("To note", self.remarks)]
        parts += [("Shown", self.proven), ("Not shown", self.unproven)]
        for title, lines in parts:
            if lines:
                out(f"{title}:")
                for line in lines:
                    out(f"  - {line}")
        if self.count > len(self.faults):
            out(f"  {self.count - len(self.faults)} more faults are not listed.")
        if self.entry:
            out(self.entry)
        if self.first is not None:
            out(f"The first difference is at entry {self.first}.")
        if self.broken:
            out(f"Could not check to the end: {self.broken}.")
        out("Result: " + RESULTS[self.code])


def shown(entry: bytes | None) -> str:
    """An entry in a few words, whatever it is."""
    try:
        fields = json.loads(entry or b"")
        return f"{fields['at']}, {fields['event']}, id {fields['id']}"[:200]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "not readable"


class Ids:
    """Finds ids that come twice, in flat memory: sorted into 256 heaps, which go to a temporary file when they grow."""

    def __init__(self) -> None:
        self.heaps, self.held = [bytearray() for _ in range(256)], 0
        self.file: io.BufferedRandom | Any = None
        self.places: list[list[tuple[int, int]]] = [[] for _ in range(256)]

    def add(self, identity: bytes, position: int) -> None:
        """Note the id (36 bytes of text) of the entry at a position."""
        self.heaps[hash(identity) & 255] += identity + position.to_bytes(8, "big")
        self.held += 1
        if self.held >= 1 << 16:
            self.file = self.file or tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the check
            for heap, places in zip(self.heaps, self.places, strict=True):
                places.append((self.file.tell(), len(heap)))
                self.file.write(heap)
                heap.clear()
            self.held = 0

    def twice(self) -> Iterator[tuple[int, int]]:
        """Pairs of positions whose entries have one id."""
        for heap, places in zip(self.heaps, self.places, strict=True):
            seen: dict[bytes, int] = {}
            # One part after the other: were all ids the same, they would all be in one heap.
            for octets in itertools.chain(map(self.part, places), [bytes(heap)]):
                for at in range(0, len(octets), 44):
                    position = int.from_bytes(octets[at + 36 : at + 44], "big")
                    first = seen.setdefault(octets[at : at + 36], position)
                    if first != position:
                        yield first, position

    def part(self, place: tuple[int, int]) -> bytes:
        """Read back what was put into the temporary file."""
        self.file.seek(place[0])
        octets: bytes = self.file.read(place[1])
        return octets


# ---- The check -------------------------------------------------------------------------------------------------

Tiles = Callable[[int, int, int], bytes | None]
Blocks = Iterable[tuple[int, Sequence[bytes | None] | None]]


class Check:
    """One walk over a log, 256 entries at a time, from the first to the last."""

    def __init__(
        self, report: Report, note: Note, sizes: Iterable[int], tiles: Tiles | None, find: str | None
    ) -> None:
        self.report, self.note, self.tiles, self.find = report, note, tiles, (find or "").encode()
        self.firm = note.origin.rpartition("/")[2].encode()
        self.sizes = sorted({size for size in sizes if 0 <= size <= note.size} | {note.size}, reverse=True)
        self.roots: dict[int, bytes] = {}
        self.tails: list[list[bytes]] = [[]]
        self.ids, self.newest, self.oldest, self.days = Ids(), b"", b"", set[bytes]()
        self.early: list[int] = []
        self.absent: list[tuple[int, int]] = []
        self.rotations: list[tuple[int, str, str]] = []
        self.pruned: list[tuple[int, int, int, str]] = []

    def walk(self, blocks: Blocks) -> None:
        """Hash everything; `blocks` gives each 256 entries with their number, None where there are none."""
        self.keep_roots(0)
        for index, block in blocks:
            width = min(256, self.note.size - index * 256)
            self.tails[0] = self.block(index * 256, block, width)
            self.keep_roots(index * 256 + width)
            if width == 256:
                self.rise(0, index)
        for level, tail in enumerate(self.tails):
            if tail and level:
                self.same_tile(level, (self.note.size >> 8 * level) // 256, tail)
        for first, second in self.ids.twice():
            self.report.fault("entry-duplicate", f"Entries {first} and {second} have the same id.", second)
        if self.roots.get(self.note.size) != self.note.root:
            words = f"The root over all {self.note.size} entries is not the root that the checkpoint tells."
            self.report.fault("root-differs", words)

    def keep_roots(self, until: int) -> None:
        """Keep the root at every size asked for up to here; the tail of level 0 is the 256 entries read last."""
        while self.sizes and self.sizes[-1] <= until:
            size = self.sizes.pop()
            tails = [self.tails[0][: (size - 1) % 256 + 1], *self.tails[1:]]
            right: list[bytes] = []
            for tail in tails:
                # What a lower level has left over hangs to the right of this level's nodes like one node more.
                right = [top([*tail, *right])] if tail or right else []
            self.roots[size] = right[0] if right else top([])

    def rise(self, level: int, index: int) -> None:
        """A tile is full: compare it with the stored one and put its root into the level above."""
        tail = self.tails[level]
        if level:
            self.same_tile(level, index, tail)
        if level + 1 == len(self.tails):
            self.tails.append([])
        self.tails[level + 1].append(top(tail))
        self.tails[level] = []
        if len(self.tails[level + 1]) == 256:
            self.rise(level + 1, index // 256)

    def stored(self, level: int, index: int, width: int) -> list[bytes] | None:
        """The stored hashes of a tile, None if there are none to compare with."""
        octets = self.tiles(level, index, width) if self.tiles else None
        if octets is None:
            return None
        if len(octets) != width * 32:
            start = (index * 256) << 8 * level
            words = f"The stored hashes of level {level} from entry {start} on are missing or cut."
            self.report.fault("tile-missing", words, start)
            return None
        return [octets[i : i + 32] for i in range(0, len(octets), 32)]

    def same_tile(self, level: int, index: int, tail: Sequence[bytes]) -> None:
        """Compare a tile above the entries with what the entries below it give."""
        stored = self.stored(level, index, len(tail))
        if stored is not None and stored != tail:
            first = next(i for i, one in enumerate(tail) if stored[i] != one)
            start = (index * 256 + first) << 8 * level
            end = start + (1 << 8 * level)
            words = f"The stored hash over entries {start} to {end - 1} is not what they give."
            # A fault at one entry of this part was told already, and says more exactly where.
            known = self.report.first is not None and start <= self.report.first < end
            self.report.fault("tile-differs", words, None if known else start)

    def block(self, start: int, block: Sequence[bytes | None] | None, width: int) -> list[bytes]:
        """Give the leaf hashes of up to 256 entries: of the entries themselves, of the tile where there is none."""
        stored = self.stored(0, start // 256, width)
        if block is not None and len(block) != width:
            words = f"There are {len(block)} entries from number {start} on where the tree has {width}."
            self.report.fault("entry-missing" if len(block) < width else "entry-added", words)
            block = [*block[:width], *[None] * (width - len(block))]
        if block is None or None in block:
            block = block or [None] * width
            gaps = [start + i for i, one in enumerate(block) if one is None]
            if stored is None:
                words = f"Entry {gaps[0]} is missing, and so is its hash: nothing behind it can be checked."
                self.report.fault("entry-missing", words, gaps[0])
                raise CannotCheck("the rest of the log hangs on what is missing")
            self.miss(gaps)
        leaves = [stored[i] if one is None and stored else leaf(one or b"") for i, one in enumerate(block)]
        wrong = (
            [i for i in range(width) if leaves[i] != stored[i]]
            if stored is not None and leaves != stored
            else []
        )
        if wrong:
            more = f" Nor are {len(wrong) - 1} after it, up to {start + wrong[-1]}." if wrong[1:] else ""
            words = f"Entry {start + wrong[0]} ({shown(block[wrong[0]])}) is not the entry whose hash is stored.{more}"
            self.report.fault("entry-differs", words, start + wrong[0])
        self.read(start, block)
        return leaves

    def miss(self, gaps: Sequence[int]) -> None:
        """Note positions without an entry; whether that is a fault is judged at the end."""
        for position in gaps:
            if self.absent and self.absent[-1][1] == position:
                self.absent[-1] = (self.absent[-1][0], position + 1)
            else:
                self.absent.append((position, position + 1))
        if len(self.absent) > 100_000:
            raise CannotCheck("entries are missing in more than 100,000 places")

    def read(self, start: int, block: Sequence[bytes | None]) -> None:
        """Read the entries themselves: their form, whose they are, their order, and what they say of the log."""
        firm, full, add, days, wanted = self.firm, ENTRY.fullmatch, self.ids.add, self.days, self.find
        self.report.entries += len(block) - block.count(None)
        for position, entry in enumerate(block, start):
            if entry is None:
                continue
            match = full(entry) or WIDE.fullmatch(entry)
            if match is None:
                self.report.fault("entry-form", f"Entry {position} is not in the ledger's form.", position)
                continue
            at, details, more, event, whose, identity = match.groups()
            wide = match.re is WIDE
            if more or wide or at[:10] not in days or not entry.isascii():
                self.look_closer(position, entry, at, details, wide)
            if whose != firm:
                self.report.fault(
                    "entry-foreign", f"Entry {position} ({shown(entry)}) is another firm's.", position
                )
            if at >= self.newest:
                self.newest = at
            elif at[:13] != self.newest[:13]:
                self.look_back(position, at)
            if event.startswith(b'"ledger:'):
                self.own(position, event, json.loads(details), at.decode())
            if wanted and (identity == wanted or wanted == b"%d" % position):
                self.report.entry = (
                    f"Entry {position}, hash {leaf(entry).hex()}:\n{entry.decode(errors='replace')}"
                )
            self.oldest = self.oldest or at
            add(identity, position)

    def look_closer(self, position: int, entry: bytes, at: bytes, details: bytes, wide: bool) -> None:
        """What the pattern cannot see: UTF-8, days that exist, the order of the details' keys, numbers too large."""
        try:
            entry.decode()
            if at[:10] not in self.days and len(self.days) < 100_000:
                datetime.date.fromisoformat(at[:10].decode())
                self.days.add(at[:10])
            names = KEYS.findall(details)
            if names != sorted(set(names)):
                raise ValueError
            if wide:
                flat = [
                    n
                    for value in json.loads(details).values()
                    for n in (value if type(value) is list else [value])
                ]
                if any(type(n) is int and abs(n) >= 2**53 for n in flat):
                    raise ValueError
        except ValueError:
            self.report.fault("entry-form", f"Entry {position} is not in the ledger's form.", position)

    def look_back(self, position: int, at: bytes) -> None:
        """Remember an entry whose time lies more than an hour before that of one before it."""
        try:
            times = [datetime.datetime.fromisoformat(one.decode()) for one in (at, self.newest)]
        except ValueError:
            return  # a day that does not exist was told already
        if times[1] - times[0] > datetime.timedelta(hours=1) and len(self.early) < LISTED:
            self.early.append(position)

    def own(self, position: int, event: bytes, details: Any, at: str) -> None:
        """Remember what the log says of itself: keys that changed, entries that were let go."""
        if event == b'"ledger:key:rotated"' and len(self.rotations) < 1_000:
            self.rotations.append((position, str(details.get("old_key")), str(details.get("new_key"))))
        if event == b'"ledger:entries:pruned"' and len(self.pruned) < 10_000:
            first, last = details.get("from"), details.get("until")
            if type(first) is int and type(last) is int and first < last <= position:
                self.pruned.append((first, last, position, at))


class Trust:
    """Whose signatures count: the keys given, and those that a proven rotation joins to them."""

    def __init__(self, check: Check, keys: Iterable[Key], notes: Sequence[Note]) -> None:
        self.keys = [key for key in keys if key.kind == 1 and key.name == check.note.origin]
        self.retired: dict[str, int] = {}
        links = []
        for position, old, new in check.rotations:
            try:
                pair = read_key(old), read_key(new)
            except CannotCheck:
                pair = None
            after = [one for one in notes if one.size > position and check.roots.get(one.size) == one.root]
            if pair and any(signed_by(one, pair[0]) and signed_by(one, pair[1]) for one in after):
                links.append((position, *pair))
            else:
                words = f"Entry {position} changes the signing key, but no checkpoint signed by both keys is here."
                check.report.remarks.append(words)
        # Forwards from an old key, backwards from a new one: both have signed the checkpoint that joins them.
        for _ in links:
            for position, old_key, new_key in links:
                if old_key in self.keys or new_key in self.keys:
                    self.keys += [key for key in (old_key, new_key) if key not in self.keys]
                    self.retired[old_key.vkey] = position

    def refusal(self, note: Note) -> str:
        """Empty if the note is signed by a key that counts at its size; else why it is refused."""
        answers = {key: signed_by(note, key) for key in self.keys}
        if False in answers.values():
            return FORGED
        signers = [key for key, answer in answers.items() if answer]
        if not signers:
            return UNKNOWN
        if all(self.retired.get(key.vkey, note.size) < note.size for key in signers):
            return "it is signed by a key that had been replaced before"
        return ""


FORGED = "its signature does not hold: it was changed after it was signed, or forged"
UNKNOWN = "it is not signed by a key that you trust"


def judge_checkpoint(check: Check, trust: Trust, keys: Sequence[Key]) -> None:
    """Hold the log's newest checkpoint against the keys that count."""
    report, note = check.report, check.note
    if note.origin not in {key.name for key in keys}:
        report.fault("checkpoint-forged", f"This is the log {note.origin}, and no key given is of that name.")
    elif words := trust.refusal(note):
        report.fault("checkpoint-forged", f"The log's newest checkpoint is refused: {words}.")
    else:
        report.proven.append(f"The checkpoint over {note.size} entries is signed by a key you trust.")


def judge_kept(check: Check, trust: Trust, kept: Sequence[Note]) -> None:
    """Hold the log against every checkpoint that was kept."""
    report, note, roots = check.report, check.note, check.roots
    same, seen, agreed = 0, {note.size: note.root}, list[str]()
    for one in sorted(kept, key=lambda one: one.size):
        if one.origin != note.origin:
            report.remarks.append(f"{one.name} is a checkpoint of another log and was not used.")
            continue
        words, agrees = trust.refusal(one), roots.get(one.size) == one.root
        if seen.setdefault(one.size, one.root) != one.root:
            text = f"There are two checkpoints over {one.size} entries with different roots ({one.name})."
            report.fault("split-view", f"{text} Not everybody was shown the same log.")
        if one.size > note.size:
            text = (
                f"You kept a checkpoint over {one.size} entries ({one.name}); this log ends at {note.size}. "
            )
            text += "It was cut or set back, unless what you check is older than what you kept."
            report.fault("log-cut", text, note.size)
        elif one.size in roots and not agrees:
            text = f"The first {one.size} entries are not those of the checkpoint you kept ({one.name}). "
            text += f"The first difference is among entries {same} to {one.size - 1}."
            report.fault("kept-differs", text)
        elif not words and agrees:
            same = one.size
            agreed.append(f"The first {same} entries are those of the checkpoint you kept ({one.name}).")
        if words == UNKNOWN and agrees:
            report.broken = report.broken or f"{one.name} agrees with this log, but {words}"
        elif words:
            report.fault("kept-forged", f"The kept checkpoint {one.name} is refused: {words}.")
    if len(agreed) > 3:
        report.proven.append(f"{len(agreed) - 3} more of the checkpoints that you kept agree with this log.")
    report.proven += agreed[-3:]
    if not any(one.origin == note.origin for one in kept):
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


def judge_gaps(check: Check, period: tuple[int, int, int] | None) -> None:
    """Say of every entry that is not there whether it has to be."""
    report, size, covered, by, soon = check.report, check.note.size, 0, "", ""
    for first, last, position, at in sorted(check.pruned):
        if first <= covered < last:
            covered, by = last, f"entry {position}, {at}"
            is_soon = check.oldest.decode() > f"{int(at[:4]) - 2:04}{at[4:]}"
            soon = " That is less than two years before: ask why they had to go." if is_soon else ""
    start, end, let_go = period or (0, size, 0)
    away = range(0)
    outside = 0
    for first, last in check.absent:
        if first < covered:
            words = f"Entries {first} to {min(last, covered) - 1} were let go after their time ({by})."
            report.remarks.append(f"{words} The oldest left is of {check.oldest.decode()}.{soon}")
        inside = range(max(first, covered, start), min(last, end))
        outside += max(0, last - max(first, covered)) - len(inside)
        if inside and inside[0] < let_go:
            away, inside = (
                range(inside[0], min(let_go, inside[-1] + 1)),
                range(max(inside[0], let_go), inside[-1] + 1),
            )
        if inside:
            words = f"Entries {inside[0]} to {inside[-1]} are" if inside[1:] else f"Entry {inside[0]} is"
            report.fault("entry-missing", f"{words} missing, and nothing in the log explains it.", inside[0])
    if away and outside:
        words = (
            f"That entries {away[0]} to {away[-1]} were let go after their time: what says so is not here."
        )
        report.unproven.append(words)
    elif away:
        words = f"Entries {away[0]} to {away[-1]} are missing, and no entry says that they were let go."
        report.fault("entry-missing", words, away[0])
    if outside:
        report.unproven.append(
            f"What {outside} entries outside this bundle say: only their hashes were checked."
        )
    if check.early:
        words = "More than an hour older than an entry before (was a clock set back?): entries"
        report.remarks.append(f"{words} {', '.join(map(str, check.early))}.")
    if not report.count:
        report.proven.append(
            f"{report.entries} of {size} entries were hashed again: whole, and in their places."
        )


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
    blocks: Blocks | None = None,
    period: tuple[int, int, int] | None = None,
    report: Report | None = None,
) -> Report:
    """Check a log, wherever it is: its entries as (position, bytes) in order, against its newest signed checkpoint.

    `kept` are (name, note); `rotations` the notes signed by two keys; `tiles(level, index, width)` gives the stored hashes
    to compare with (`width * 32` bytes), None where none are stored and none need be. Without a `period` (from, until,
    let go until) every entry must be there that the log does not say was let go. `blocks` stands for `entries` by 256.
    """
    report = report or Report()
    try:
        note = read_note(checkpoint, "the log's checkpoint")
        report.size = note.size
        known, seen = [read_key(key) for key in keys], [read_key(key) for key in witnesses]
        if not known:
            raise CannotCheck(
                "no key to trust was given. Get the log's key from your firm, and give it with --key"
            )
        saved = [read_note(octets, name) for name, octets in kept]
        proofs = [read_note(octets, "a checkpoint of two keys") for octets in rotations]
        check = Check(report, note, [one.size for one in [*saved, *proofs]], tiles, find)
        try:
            check.walk(group(entries, note.size, report) if blocks is None else blocks)
        except CannotCheck as error:
            report.broken = str(error)
        trust = Trust(check, known, [note, *proofs, *saved])
        judge_checkpoint(check, trust, known)
        judge_kept(check, trust, saved)
        judge_witnesses(report, seen, [note, *proofs, *saved])
        if not report.broken:
            judge_gaps(check, period)
        report.unproven.append("What happened after the last entry here, and what was never written down.")
        if find and not report.entry and not report.broken:
            report.broken = f"entry {find[:64]} is not among the entries here"
    except CannotCheck as error:
        report.broken = str(error)
    return report


def group(entries: Iterable[tuple[int, bytes]], size: int, report: Report) -> Blocks:
    """Put entries into blocks of 256 by position, None in the gaps."""
    index, last, later = 0, -1, 0
    block: list[bytes | None] = []
    for position, entry in entries:
        if position <= last:
            report.fault("entry-duplicate", f"There is more than one entry at number {position}.", position)
            continue
        if position >= size:
            later += 1
            continue
        while position >= (index + 1) * 256:
            yield index, [*block, *[None] * (256 - len(block))]
            index, block = index + 1, []
        block += [None] * (position - index * 256 - len(block))
        block.append(entry)
        last = position
    while index * 256 < size:
        yield index, [*block, *[None] * (min(256, size - index * 256) - len(block))]
        index, block = index + 1, []
    if later:
        report.remarks.append(f"{later} entries follow that no checkpoint covers yet.")


# ---- Bundles ---------------------------------------------------------------------------------------------------


class Source(Protocol):
    """Where a bundle's files are read from."""

    def read(self, name: str, limit: int) -> bytes | None:
        """A file of at most `limit` bytes, None if there is none."""

    def names(self) -> Iterable[str]:
        """Names of the files, where they are known."""


class Folder:
    """A bundle that was unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def read(self, name: str, limit: int) -> bytes | None:
        """Read a plain file below the folder; nothing that leads out of it, no device, no pipe."""
        path = self.path / name
        try:
            if not stat.S_ISREG(path.lstat().st_mode) or not path.resolve().is_relative_to(self.path):
                raise CannotCheck(f"{name} is not a plain file")
            with path.open("rb") as file:
                return bounded(file.read(limit + 1), limit, name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise CannotCheck(f"{name} cannot be read") from None

    def names(self) -> Iterable[str]:
        """Names of the proofs of rotation; nothing else is looked for by name."""
        return ["rotations/" + one.name for one in sorted((self.path / "rotations").glob("*"))[:1_000]]


class Archive:
    """A bundle in its ZIP. Nothing is unpacked to the disk, and no file is read beyond its bound."""

    class _File(io.FileIO):
        def read(self, size: int | None = -1) -> Any:
            if size is not None and size > NAMES:
                raise zipfile.BadZipFile
            return super().read(NAMES if size is None or size < 0 else size)

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(self._File(path))
            self.infos = {info.filename: info for info in self.zip.infolist()}
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, NotImplementedError):
            raise CannotCheck(f"{path.name} is not a ZIP that can be read, or it was cut") from None
        if len(self.infos) != len(self.zip.infolist()):
            raise CannotCheck("two files in the ZIP have one name")

    def read(self, name: str, limit: int) -> bytes | None:
        """Read a file of the ZIP."""
        info = self.infos.get(name)
        if info is None:
            return None
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 0x41:
            raise CannotCheck(f"{name} is packed in a way that is not used here")
        try:
            with self.zip.open(info) as file:
                return bounded(file.read(limit + 1), limit, name)
        except Exception:  # the ZIP reader fails in many ways on a damaged file; all of them mean the same
            raise CannotCheck(f"{name} in the ZIP is damaged") from None

    def names(self) -> Iterable[str]:
        """Names of all files."""
        return self.infos


def bounded(octets: bytes, limit: int, name: str) -> bytes:
    """Refuse a file that is longer than it can be."""
    if len(octets) > limit:
        raise CannotCheck(f"{name} is larger than it can be")
    return octets


def path_of(kind: object, index: int, width: int) -> str:
    """Name of a tile (C2SP tlog-tiles)."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def read_block(octets: bytes) -> list[bytes]:
    """Cut an entry bundle apart: each entry behind its length. What is cut short is left out, and so missed."""
    entries: list[bytes] = []
    at, size = 0, len(octets)
    while at + 1 < size and len(entries) <= 256:
        end = at + 2 + (octets[at] << 8) + octets[at + 1]
        if end <= size:
            entries.append(octets[at + 2 : end])
        at = end
    if at < size:
        entries.append(b"")  # what is left over is no entry, and one too many
    return entries


def read_about(source: Source, note: Note, report: Report) -> tuple[int, int, int]:
    """What the bundle says of itself: first entry, end, and until where entries were let go. Nothing rests on it alone."""
    octets = source.read("about.json", SMALL)
    if octets is None:
        return 0, note.size, 0
    try:
        about = json.loads(octets)
        first, end, let_go = values = [about[name] for name in ("from", "until", "pruned_until")]
        named = about["format"], about["origin"], about["size"]
        if any(type(value) is not int for value in values):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CannotCheck("about.json is not what it should be") from None
    if named != (1, note.origin, note.size) or not 0 <= first <= end <= note.size:
        report.fault(
            "about-differs", "about.json tells of another log, size, period or format than the checkpoint."
        )
        return 0, note.size, 0
    return first, end, let_go


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
                    octets = Archive(file).read("checkpoint", SMALL) or b""
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
) -> Report:
    """Check a bundle (a ZIP or a folder) and tell what was found. `kept` are files, folders or (name, note) pairs.

    With `whole`, every entry of the log must be there, whatever period the bundle says it is about.
    """
    report = Report()
    try:
        source, given = open_bundle(bundle), list(kept)
        notes, found, other = read_kept(given)
        if given and not notes and not found:
            raise CannotCheck("nothing that was kept is a checkpoint or a key")
        octets = source.read("checkpoint", SMALL)
        if octets is None:
            raise CannotCheck("there is no file named checkpoint; this is not an evidence bundle")
        note = read_note(octets, "the bundle's checkpoint")
        report.log = f"Log {note.origin}, {note.size} entries."
        report.remarks += [f"{name} is neither a checkpoint nor a key and was not used." for name in other]
        period = read_about(source, note, report)
        check_log(
            (),
            checkpoint=octets,
            keys=[*keys, *found],
            kept=notes,
            witnesses=witnesses,
            rotations=[
                source.read(name, SMALL) or b"" for name in source.names() if ROTATION.fullmatch(name)
            ],
            tiles=lambda level, index, width: source.read(path_of(level, index, width), 8192) or b"",
            find=find,
            blocks=blocks_of(source, note.size),
            period=None if whole else period,
            report=report,
        )
    except (CannotCheck, OSError) as error:
        report.broken = str(error)
    report.say(out)
    return report


def blocks_of(source: Source, size: int) -> Blocks:
    """The entries of a bundle by 256, None for those that are not in it."""
    for index in range(-(-size // 256)):
        octets = source.read(path_of("entries", index, min(256, size - index * 256)), BLOCK)
        yield index, None if octets is None else read_block(octets)


def open_bundle(bundle: str | Path | Source) -> Source:
    """Give the way to read a bundle."""
    if not isinstance(bundle, str | Path):
        return bundle
    path = Path(bundle)
    return Folder(path) if path.is_dir() else Archive(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line. Exit code: 0 nothing wrong, 1 changed, cut or forged, 2 not checked."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle of Keyhole.")
    parser.add_argument("bundle", help="the ZIP, or the folder it was unpacked to")
    parser.add_argument(
        "--kept",
        action="append",
        default=[],
        help="a checkpoint you kept, an older bundle, or a folder of them",
    )
    parser.add_argument(
        "--key", action="append", default=[], help="the log's public key, as your firm gave it to you"
    )
    parser.add_argument("--witness", action="append", default=[], help="the public key of a witness")
    parser.add_argument("--entry", help="show one entry, by id or number")
    parser.add_argument(
        "--whole", action="store_true", help="every entry must be here, not only those of a period"
    )
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return check(
            given.bundle, given.kept, given.key, given.witness, find=given.entry, whole=given.whole
        ).code
    except (Exception, KeyboardInterrupt) as error:
        sys.stderr.write(
            f"Could not check: {type(error).__name__}. Nothing follows from this, good or bad.\n"
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
