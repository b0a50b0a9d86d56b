"""The tree cut into tiles of 256 hashes: their names, their widths, and a builder that grows them. It reads no table."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from tenants.ledger.merkle import EMPTY_ROOT, HASH, perfect_root, tree_root

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
MAX_LEVEL: Final = 63

_PATH: Final = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileSource(Protocol):
    """Where the hashes of a tree are read from."""

    def hashes(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes (1 to 256) of tile `index` at `level`, joined: `width * 32` bytes."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: `hashes` is 32 bytes for each of its hashes, 256 of them when it is full."""

    level: int
    index: int
    hashes: bytes


def _number_path(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def tile_path(level: int | None, index: int, width: int = WIDTH) -> str:
    """Name of a hash tile, or of an entry bundle with `level=None`. Source: C2SP tlog-tiles."""
    if index < 0 or not 1 <= width <= WIDTH or not 0 <= (level or 0) <= MAX_LEVEL:
        raise ValueError("no such tile")
    kind = "entries" if level is None else str(level)
    return f"tile/{kind}/{_number_path(index)}" + ("" if width == WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> tuple[int | None, int, int]:
    """Level (None for an entry bundle), index and width that a name stands for.

    Raises: ValueError for a name that `tile_path` would not give.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError("not the name of a tile")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", ""))
    width = int(match[3] or WIDTH)
    if width > WIDTH or tile_path(level, index, width) != path:
        raise ValueError("not the name of a tile")
    return level, index, width


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes (0 to 256) that tile has in a tree of `size` leaves."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, index and width of every hash tile of a tree of `size` leaves, level by level."""
    level = 0
    while (count := size >> (HEIGHT * level)) > 0:
        for index in range(-(-count // WIDTH)):
            yield level, index, tile_width(level, index, size)
        level += 1


def split_hashes(octets: bytes) -> list[bytes]:
    """Cut joined hashes apart."""
    return [octets[i : i + HASH] for i in range(0, len(octets), HASH)]


class TileBuilder:
    """Grows a tree tile by tile. What it keeps between runs is its size and one unfinished tile per level.

    Invariant: the tail of level L holds `(size >> 8L) % 256` hashes.
    """

    __slots__ = ("_tails", "size")

    def __init__(self, size: int = 0, tails: Mapping[int, bytes] | None = None) -> None:
        """Start from a tree of `size` leaves and its unfinished tiles (level to joined hashes; empty ones may be left out)."""
        self.size = size
        self._tails: list[list[bytes]] = []
        level = 0
        while size >> (HEIGHT * level) or level == 0:
            tail = (tails or {}).get(level, b"")
            if len(tail) != (size >> (HEIGHT * level)) % WIDTH * HASH:
                raise ValueError(f"the unfinished tile of level {level} does not fit the size")
            self._tails.append(split_hashes(tail))
            level += 1
        if any(tail for at, tail in (tails or {}).items() if at >= level):
            raise ValueError("there is an unfinished tile above the tree")

    @property
    def tails(self) -> dict[int, bytes]:
        """The unfinished tiles by level; empty ones are left out."""
        return {level: b"".join(tail) for level, tail in enumerate(self._tails) if tail}

    def append(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Add leaf hashes at the right; gives the tiles that became full, lower levels first within a leaf."""
        finished: list[Tile] = []
        for leaf in leaves:
            self._tails[0].append(leaf)
            self.size += 1
            level = 0
            while len(self._tails[level]) == WIDTH:
                index = (self.size >> (HEIGHT * (level + 1))) - 1
                finished.append(Tile(level, index, b"".join(self._tails[level])))
                if level + 1 == len(self._tails):
                    self._tails.append([])
                self._tails[level + 1].append(perfect_root(self._tails[level]))
                self._tails[level] = []
                level += 1
        return finished

    def root(self) -> bytes:
        """Root of the tree as it is now."""
        right: list[bytes] = []
        for tail in self._tails:
            # A lower level's rest hangs to the right of this level's complete subtrees like one leaf more.
            nodes = [*tail, *right]
            right = [tree_root(nodes)] if nodes else []
        return right[0] if right else EMPTY_ROOT
