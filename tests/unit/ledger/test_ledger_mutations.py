"""Random mutations of bundle and database, of every kind: each is found against what was kept, and no untouched one is."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tenants.ledger.keyhole_verify import Report, check, check_log
from tests.unit.ledger.logbook import Files, Logbook, entry, signing_key

KEY = signing_key("first").vkey
POOL = [entry(number) for number in range(620)]
OTHERS = [entry(number + 10_000, allowed=False) for number in range(620)]
Kept = list[tuple[str, bytes]]


class Case:
    """A log, its bundle, what an auditor kept of it, and the chance by which it is changed."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng, self.size = rng, size
        self.log = Logbook(POOL[:size])
        self.newest = rng.randint(1, size)
        older = [rng.randint(0, self.newest) for _ in range(rng.randint(0, 2))]
        self.kept: Kept = [(str(one), self.log.checkpoint(one)) for one in [*older, self.newest]]
        self.files = Files.unpack(self.log.bundle())

    def pick(self, beginning: str) -> str:
        """A file of the bundle whose name begins so."""
        return self.rng.choice([name for name in self.files.files if name.startswith(beginning)])

    def edited(self, octets: bytes) -> bytes:
        """The bytes with one of them changed, left out or doubled."""
        at, kind = self.rng.randrange(len(octets)), self.rng.randrange(4)
        flipped = bytes([octets[at] ^ (1 << self.rng.randrange(8))])
        return octets[:at] + (flipped, flipped, b"", octets[at : at + 1] * 2)[kind] + octets[at + 1 :]

    def rewritten(self, below: int) -> list[bytes]:
        """The entries with one below a place changed, deleted, inserted or swapped with another."""
        rows, at = list(self.log.entries), self.rng.randrange(below)
        kind = self.rng.randrange(4)
        if kind == 0:
            rows[at] = OTHERS[at]
        elif kind == 1:
            del rows[at]
        elif kind == 2:
            rows.insert(at, OTHERS[at])
        else:
            other = self.rng.randrange(len(rows))
            rows[at], rows[other] = rows[other], rows[at]
        return rows


# ---- Mutations of a bundle: each changes `case.files` ------------------------------------------------------------


def entry_byte(case: Case) -> None:
    name = case.pick("tile/entries/")
    case.files.files[name] = case.edited(case.files.files[name])


def entry_rows(case: Case) -> None:
    """Delete, insert or swap rows inside the files, as if by hand; the hashes stay."""
    rows = case.rewritten(case.size)
    blocks = {
        name: octets for name, octets in case.files.files.items() if not name.startswith("tile/entries/")
    }
    for index in range(-(-len(rows) // 256)):
        width = min(256, case.size - index * 256)
        part = b"".join(len(row).to_bytes(2, "big") + row for row in rows[index * 256 : index * 256 + 256])
        if width > 0:
            suffix = "" if width == 256 else f".p/{width}"
            blocks[f"tile/entries/{index:03}{suffix}"] = part
    case.files.files = blocks


def entry_tail(case: Case) -> None:
    name = case.pick("tile/entries/")
    octets = case.files.files[name]
    case.files.files[name] = octets[: case.rng.randrange(len(octets))]


def tile_byte(case: Case) -> None:
    name = case.pick(f"tile/{case.rng.choice(['0', '1'] if case.size >= 256 else ['0'])}/")
    case.files.files[name] = case.edited(case.files.files[name])


def file_lost(case: Case) -> None:
    del case.files.files[case.pick("tile/")]


def files_swapped(case: Case) -> None:
    one, other = case.pick("tile/"), case.pick("tile/")
    files = case.files.files
    files[one], files[other] = files[other], files[one]


def checkpoint_byte(case: Case) -> None:
    case.files.files["checkpoint"] = case.edited(case.files.files["checkpoint"])


def checkpoint_of_another_time(case: Case) -> None:
    size = case.rng.randint(0, case.size)
    case.files.files["checkpoint"] = case.log.checkpoint(size)


def log_rolled_back(case: Case) -> None:
    case.files = Files.unpack(Logbook(POOL[: case.rng.randrange(case.newest)]).bundle())


def log_rewritten(case: Case) -> None:
    """The operator rewrites history below what was kept, builds every hash anew and signs with the right key."""
    rows = case.rewritten(case.newest)
    if rows[: case.newest] == POOL[: case.newest]:
        return
    more = case.rng.randint(0, 3)
    case.files = Files.unpack(Logbook([*rows, *OTHERS[600 : 600 + more]]).bundle())


def log_split(case: Case) -> None:
    """Another log of the same size, for another reader."""
    at = case.rng.randrange(case.newest)
    rows = [*POOL[:at], OTHERS[at], *POOL[at + 1 : case.size]]
    case.files = Files.unpack(Logbook(rows).bundle())


def signed_by_a_stranger(case: Case) -> None:
    case.files = Files.unpack(Logbook(POOL[: case.size], key=signing_key("stranger")).bundle())


BUNDLE: list[Callable[[Case], None]] = [
    entry_byte,
    entry_rows,
    entry_tail,
    tile_byte,
    file_lost,
    files_swapped,
    checkpoint_byte,
    checkpoint_of_another_time,
    log_rolled_back,
    log_rewritten,
    log_split,
    signed_by_a_stranger,
]
# Without one that was kept, these are a good log to anybody; what was kept is what finds them.
FOUND_BY_KEPT = [log_rolled_back, log_rewritten, log_split]


def verdict(case: Case, kept: Kept | None = None) -> Report:
    def quiet(line: str) -> None:
        assert line

    return check(case.files, case.kept if kept is None else kept, [KEY], out=quiet, whole=True)


# ---- Mutations of a database -------------------------------------------------------------------------------------

Rows = list[tuple[int, bytes]]


def mutate_rows(case: Case, rows: Rows, tiles: dict[tuple[int, int], bytes]) -> tuple[Rows, bytes]:
    """What an administrator can do to the tables; gives the rows and the newest checkpoint."""
    rng, at, note = case.rng, case.rng.randrange(len(rows)), case.log.checkpoint()
    kind = rng.randrange(7)
    if kind == 0:
        rows[at] = (at, case.edited(rows[at][1]))
    elif kind == 1:
        del rows[at]
    elif kind == 2:
        rows.insert(at, (at, OTHERS[at]))
    elif kind == 3:
        other = rng.randrange(len(rows))
        rows[at], rows[other] = (at, rows[other][1]), (other, rows[at][1])
    elif kind == 4:
        del rows[at:]
    elif kind == 5 and tiles:
        place = rng.choice(sorted(tiles))
        tiles[place] = case.edited(tiles[place])
    else:
        older = Logbook(POOL[: rng.randrange(case.newest)])
        rows[:] = list(enumerate(older.entries))
        note = older.checkpoint()
    return rows, note


def database_verdict(case: Case, rows: Rows, tiles: dict[tuple[int, int], bytes], note: bytes) -> Report:
    return check_log(
        rows,
        checkpoint=note,
        keys=[KEY],
        kept=case.kept,
        tiles=lambda level, index, width: tiles.get((level, index)) if width == 256 else None,
    )


# ---- The tests ---------------------------------------------------------------------------------------------------


def sizes(rng: random.Random, count: int) -> list[int]:
    """Mostly small logs, and every twentieth of more than one tile."""
    return [rng.randint(257, 600) if number % 20 == 0 else rng.randint(1, 24) for number in range(count)]


def run(seed: int, count: int) -> Counter[str]:
    """Mutate and check; gives how many of each kind were found. Fails at the first that was not."""
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    for number, size in enumerate(sizes(rng, count)):
        case = Case(rng, size)
        if number % 5 == 4:
            rows, tiles = list(enumerate(case.log.entries)), dict(case.log.full)
            before = (list(rows), dict(tiles), case.log.checkpoint())
            rows, note = mutate_rows(case, rows, tiles)
            if (rows, tiles, note) != before:
                assert database_verdict(case, rows, tiles, note).code == 1
                found["database"] += 1
            continue
        mutate = BUNDLE[number % len(BUNDLE)]
        before_files = dict(case.files.files)
        mutate(case)
        if case.files.files == before_files:
            continue
        report = verdict(case)
        # Two: what is left of a checkpoint cannot be read as one.
        expected = {1, 2} if mutate is checkpoint_byte else {1}
        assert report.code in expected, (mutate.__name__, seed, number, report)
        found[mutate.__name__] += 1
    return found


def test_two_thousand_mutations_are_all_found() -> None:
    found = run(2_026, 2_000)
    assert set(found) == {mutate.__name__ for mutate in BUNDLE} | {"database"}
    assert sum(found.values()) > 1_800


@pytest.mark.full
@pytest.mark.timeout(1_200)
def test_ten_thousand_mutations_and_more_are_all_found() -> None:
    assert sum(run(6_962, 12_000).values()) > 10_000


def test_nothing_is_found_in_what_nobody_touched() -> None:
    rng = random.Random(3)
    for size in sizes(rng, 150):
        case = Case(rng, size)
        report = verdict(case)
        assert (report.code, report.count) == (0, 0), report
        rows = list(enumerate(case.log.entries))
        assert database_verdict(case, rows, dict(case.log.full), case.log.checkpoint()).code == 0


def test_it_is_what_was_kept_that_finds_a_rewritten_log() -> None:
    rng = random.Random(4)
    for mutate in FOUND_BY_KEPT:
        case = Case(rng, 20)
        mutate(case)
        assert verdict(case).code == 1
        assert verdict(case, kept=[]).code == 0


def test_it_is_the_entries_that_are_hashed_and_not_what_is_stored() -> None:
    case = Case(random.Random(5), 20)
    name = "tile/entries/000.p/20"
    case.files.files[name] = case.files.files[name].replace(b"Firefox", b"Fixefor", 1)
    assert {fault.kind for fault in verdict(case).faults} >= {"entry-differs", "root-differs"}
