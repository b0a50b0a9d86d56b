"""Trees, tiles and proofs: the product's three ways to a root and the verifier's fourth agree, and no wrong proof passes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.ledger import keyhole_verify, keyhole_witness
from tenants.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    leaf_hash,
    node_hash,
    perfect_root,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tenants.ledger.proof import consistency_proof, inclusion_proof, root_at
from tenants.ledger.tiles import TileBuilder, parse_tile_path, tile_path, tile_width, tiles_of

SIZE = 70_000
ENTRIES = [str(number).encode() for number in range(SIZE)]
LEAVES = [leaf_hash(octets) for octets in ENTRIES]


class Tiles:
    """All tiles of a tree of 70,000, and how many were asked for."""

    def __init__(self) -> None:
        self.builder = TileBuilder()
        self.full = {(tile.level, tile.index): tile.hashes for tile in self.builder.append(LEAVES)}
        self.asked = 0

    def hashes(self, level: int, index: int, width: int) -> bytes:
        self.asked += 1
        return (self.full.get((level, index)) or self.builder.tails[level])[: width * 32]


TILES = Tiles()


def recursive_root(leaves: list[bytes]) -> bytes:
    """MTH, word for word. Source: RFC 6962, section 2.1."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@given(st.integers(0, 1_500))
@settings(max_examples=60, deadline=None)
def test_every_way_to_a_root_agrees(size: int) -> None:
    leaves = LEAVES[:size]
    root = recursive_root(leaves)
    builder = TileBuilder()
    builder.append(leaves)
    assert tree_root(leaves) == root_at(size, TILES) == builder.root() == root
    assert keyhole_verify.top(leaves) == root


@given(st.integers(0, 1_200), st.integers(0, 700))
@settings(max_examples=40, deadline=None)
def test_a_tree_goes_on_from_what_was_kept_of_it(size: int, more: int) -> None:
    first = TileBuilder()
    first.append(LEAVES[:size])
    again = TileBuilder(size, first.tails)
    assert again.append(LEAVES[size : size + more]) == first.append(LEAVES[size : size + more])
    assert (again.root(), again.tails) == (first.root(), first.tails)
    kept = Frontier()
    kept.extend(LEAVES[:size])
    assert TileBuilder(size, _tails(size)).root() == kept.root()
    frontier = Frontier(size, kept.subtrees)
    frontier.extend(LEAVES[size : size + more])
    assert frontier.root() == again.root()


def _tails(size: int) -> dict[int, bytes]:
    builder = TileBuilder()
    builder.append(LEAVES[:size])
    return builder.tails


@given(st.integers(1, SIZE), st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_of_inclusion_holds_for_its_place_alone(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, proof = root_at(size, TILES), inclusion_proof(index, size, TILES)
    verify_inclusion(index, size, LEAVES[index], proof, root)
    assert keyhole_witness.contains(ENTRIES[index], index, size, root, proof)
    # Another number of entries may share the very same path; the root, which binds it, is signed with the size.
    for wrong in (index ^ 1, index + 1, index - 1):
        if wrong != index and not (0 <= wrong < size and LEAVES[wrong] == LEAVES[index]):
            with pytest.raises(ProofError):
                verify_inclusion(wrong, size, LEAVES[index], proof, root)
    for bad in ([*proof, root], proof[:-1], [bytes(32), *proof[1:]], proof[::-1]):
        if bad != proof:
            with pytest.raises(ProofError):
                verify_inclusion(index, size, LEAVES[index], bad, root)
            assert not keyhole_witness.contains(ENTRIES[index], index, size, root, bad)


@given(st.integers(0, SIZE), st.integers(0, SIZE))
@settings(max_examples=150, deadline=None)
def test_a_proof_of_consistency_holds_for_these_two_trees_alone(one: int, other: int) -> None:
    old, new = sorted((one, other))
    roots, proof = (root_at(old, TILES), root_at(new, TILES)), consistency_proof(old, new, TILES)
    verify_consistency(old, roots[0], new, roots[1], proof)
    assert keyhole_witness.extends((old, roots[0]), (new, roots[1]), proof)
    forged = leaf_hash(b"forged")
    for a, b, bad in (
        (forged, roots[1], proof),
        (roots[0], forged, proof),
        (roots[0], roots[1], [*proof, forged]),
        (roots[0], roots[1], proof[:-1]),
        (roots[0], roots[1], [forged, *proof[1:]]),
    ):
        if (a, b, bad) == (*roots, proof) or (old == 0 and a == roots[0] and bad == proof):
            continue
        with pytest.raises(ProofError):
            verify_consistency(old, a, new, b, bad)
        assert not keyhole_witness.extends((old, a), (new, b), bad)


def test_the_verdict_on_random_proofs_is_the_same_in_both() -> None:
    rng = random.Random(6962)
    verdicts = set()
    for _ in range(3_000):
        size = rng.randint(1, 40)
        old, pool = (
            rng.randint(0, size + 1),
            [*LEAVES[:4], *consistency_proof(rng.randint(0, size), size, TILES)],
        )
        true = consistency_proof(min(old, size), size, TILES)
        proof = true if rng.random() < 0.3 else [rng.choice(pool) for _ in range(rng.randint(0, 7))]
        roots = (root_at(old, TILES), root_at(size, TILES))
        try:
            verify_consistency(old, roots[0], size, roots[1], proof)
            held = True
        except ProofError:
            held = False
        verdicts.add(held)
        assert keyhole_witness.extends((old, roots[0]), (size, roots[1]), proof) is held
    assert verdicts == {True, False}


def test_a_proof_reads_a_few_tiles_however_long_the_log() -> None:
    TILES.asked = 0
    inclusion_proof(12_345, SIZE, TILES)
    consistency_proof(12_345, SIZE, TILES)
    root_at(SIZE, TILES)
    assert TILES.asked <= 3 * 2 * 3


def test_a_tile_of_another_width_is_refused() -> None:
    class Short:
        def hashes(self, level: int, index: int, width: int) -> bytes:
            return bytes(32 * width - 1)

    with pytest.raises(ValueError, match="width"):
        root_at(3, Short())


def test_a_place_outside_the_tree_has_no_proof() -> None:
    for index, size in ((-1, 5), (5, 5), (0, 0)):
        with pytest.raises(ValueError):
            inclusion_proof(index, size, TILES)
        with pytest.raises(ProofError):
            verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])
    with pytest.raises(ValueError):
        consistency_proof(6, 5, TILES)
    with pytest.raises(ProofError):
        verify_consistency(6, LEAVES[0], 5, LEAVES[0], [])


def test_what_does_not_fit_the_size_is_no_tree() -> None:
    with pytest.raises(ValueError):
        Frontier(3, [bytes(32)])
    with pytest.raises(ValueError):
        TileBuilder(300, {0: bytes(32 * 44)})
    with pytest.raises(ValueError):
        TileBuilder(3, {0: bytes(96), 1: bytes(32)})
    with pytest.raises(ValueError):
        perfect_root(LEAVES[:3])
    assert TileBuilder(300, {0: bytes(32 * 44), 1: bytes(32)}).size == 300


@given(st.none() | st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_the_name_of_a_tile_is_read_back(level: int | None, index: int, width: int) -> None:
    path = tile_path(level, index, width)
    assert parse_tile_path(path) == (level, index, width)
    assert keyhole_verify.path_of("entries" if level is None else level, index, width) == path


@given(st.integers(0, 200_000))
def test_the_tiles_of_a_tree_are_all_of_it(size: int) -> None:
    tiles = list(tiles_of(size))
    assert sum(width for level, _, width in tiles if level == 0) == size
    assert len(tiles) == len(set(tiles))
    assert all(width == tile_width(level, index, size) > 0 for level, index, width in tiles)
