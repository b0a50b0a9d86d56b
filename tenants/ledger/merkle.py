"""The tree of RFC 6962: hashes, a growing right edge, and the checks of both proofs. It holds no entry and reads nothing."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


class ProofError(ValueError):
    """This proof does not show what it should. Nothing was accepted."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf. Source: RFC 6962, section 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into their parent. Source: RFC 6962, section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root of a complete subtree: 1, 2, 4, 8, ... nodes of one level."""
    level = list(hashes)
    if not level or len(level) & (len(level) - 1):
        raise ValueError("a complete subtree has a power of two of nodes")
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


class Frontier:
    """The right edge of a growing tree: one root per complete subtree, so `size` leaves cost at most 64 hashes.

    Invariant: one subtree for each bit set in `size`, the largest (leftmost) first.
    """

    __slots__ = ("_subtrees", "size")

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        """Start from a tree of `size` leaves and the roots of its complete subtrees, leftmost first."""
        if size < 0 or len(subtrees) != size.bit_count() or any(len(one) != HASH for one in subtrees):
            raise ValueError("a frontier has one 32-byte hash for each bit set in its size")
        self.size = size
        self._subtrees = list(subtrees)

    @property
    def subtrees(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, leftmost first: what a new `Frontier` of this size is made from."""
        return tuple(self._subtrees)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the right."""
        node, below = leaf, self.size
        while below & 1:
            node = node_hash(self._subtrees.pop(), node)
            below >>= 1
        self._subtrees.append(node)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes at the right, in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Root of the tree as it is now."""
        if not self._subtrees:
            return EMPTY_ROOT
        *rest, node = self._subtrees
        for left in reversed(rest):
            node = node_hash(left, node)
        return node


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash stands at `index` (from 0) in the tree of `size` leaves with that root.

    Raises: ProofError if it does not. Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofError("the position lies outside the tree")
    at, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if at & 1 or at == last:
            node = node_hash(step, node)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            node = node_hash(node, step)
        at >>= 1
        last >>= 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    if node != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` begins with the whole tree of `old_size`.

    Raises: ProofError if it does not. Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError("the newer tree is smaller than the older one")
    if old_size in (0, new_size):
        _verify_trivial(old_size, old_root, new_size, new_root, proof)
        return
    if not proof:
        raise ProofError("the consistency proof is empty")
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        at >>= 1
        last >>= 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    if old != old_root or new != new_root:
        raise ProofError("the newer tree does not begin with the older one")


def _verify_trivial(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """The cases that need no hash: the same size twice, and the empty tree, which begins every other."""
    if proof:
        raise ProofError("the consistency proof is too long")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the empty tree has another root")
    if old_size == new_size and old_root != new_root:
        raise ProofError("two trees of one size have different roots")
