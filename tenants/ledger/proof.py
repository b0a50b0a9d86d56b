"""Proofs and roots of any size, read from tiles: a few tiles a proof, however long the log. It must never read an entry."""

from tenants.ledger.merkle import EMPTY_ROOT, HASH, node_hash, perfect_root
from tenants.ledger.tiles import HEIGHT, WIDTH, TileSource, split_hashes, tile_width


class _Reader:
    """Reads subtree roots of a tree of one size; each tile once."""

    def __init__(self, size: int, source: TileSource) -> None:
        self.size = size
        self._source = source
        self._seen: dict[tuple[int, int], bytes] = {}

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._seen:
            width = tile_width(level, index, self.size)
            octets = self._source.hashes(level, index, width)
            if len(octets) != width * HASH:
                raise ValueError(f"tile {index} of level {level} has another width than the tree needs")
            self._seen[level, index] = octets
        return self._seen[level, index]

    def complete(self, height: int, index: int) -> bytes:
        """Root of the complete subtree over leaves `[index << height, (index + 1) << height)`."""
        level, rest = divmod(height, HEIGHT)
        first, count = index << rest, 1 << rest
        tile, offset = divmod(first, WIDTH)
        octets = self._tile(level, tile)[offset * HASH : (offset + count) * HASH]
        return perfect_root(split_hashes(octets))

    def root(self, start: int, end: int) -> bytes:
        """Root over leaves `[start, end)`, where `start` is a multiple of the largest power of two below the length."""
        if start == end:
            return EMPTY_ROOT
        length = end - start
        height = length.bit_length() - 1
        if length == 1 << height:
            return self.complete(height, start >> height)
        middle = start + (1 << height)
        return node_hash(self.root(start, middle), self.root(middle, end))


def _split(length: int) -> int:
    """The largest power of two smaller than `length`."""
    return 1 << ((length - 1).bit_length() - 1)


def root_at(size: int, source: TileSource) -> bytes:
    """Root of the first `size` leaves."""
    return _Reader(size, source).root(0, size)


def inclusion_proof(index: int, size: int, source: TileSource) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root of the first `size` leaves, lowest first.

    Raises: ValueError for a position outside the tree. Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError("the position lies outside the tree")
    reader = _Reader(size, source)
    steps: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            steps.append(reader.root(middle, end))
            end = middle
        else:
            steps.append(reader.root(start, middle))
            start = middle
    return steps[::-1]


def consistency_proof(old: int, new: int, source: TileSource) -> list[bytes]:
    """The hashes that show that the first `new` leaves begin with the first `old`; empty if one of the two is trivial.

    Raises: ValueError unless `0 <= old <= new`. Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 <= old <= new:
        raise ValueError("the newer tree is smaller than the older one")
    if old in (0, new):
        return []
    reader = _Reader(new, source)
    steps: list[bytes] = []
    start, end, whole = 0, new, True
    # The old tree's last leaf is followed down; `whole` stays true while the way is along the left edge.
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            steps.append(reader.root(middle, end))
            end = middle
        else:
            steps.append(reader.root(start, middle))
            start, whole = middle, False
    if not whole:
        steps.append(reader.root(start, end))
    return steps[::-1]
