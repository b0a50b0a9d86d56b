"""The ledger against published vectors, each with its declared outcome: product and standalone verifier alike."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tenants.ledger import keyhole_verify, keyhole_witness
from tenants.ledger.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    SigningKey,
    VerifyingKey,
    open_checkpoint,
    open_note,
    parse_note,
    parse_signature,
)
from tenants.ledger.cosignature import cosigned_message
from tenants.ledger.merkle import (
    Frontier,
    ProofError,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tenants.ledger.proof import consistency_proof, inclusion_proof
from tenants.ledger.tiles import TileBuilder, parse_tile_path, tile_path, tiles_of
from tenants.vault.sealed import SealedBytes

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "data/ledger.json").read_text(encoding="utf-8"))
TREE, NOTE = VECTORS["tree"], VECTORS["note"]
LEAVES = [bytes.fromhex(leaf) for leaf in TREE["leaves"]]
ROOTS = [bytes.fromhex(root) for root in TREE["roots"]]


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


class Eight:
    """The tiles of the eight-leaf tree."""

    def hashes(self, level: int, index: int, width: int) -> bytes:
        assert (level, index) == (0, 0)
        return b"".join(leaf_hash(leaf) for leaf in LEAVES[:width])


def test_roots_are_those_of_rfc_6962() -> None:
    frontier = Frontier()
    for size, root in enumerate(ROOTS):
        assert tree_root([leaf_hash(leaf) for leaf in LEAVES[:size]]) == root
        assert frontier.root() == root
        assert keyhole_verify.top([keyhole_verify.leaf(leaf) for leaf in LEAVES[:size]]) == root
        builder = TileBuilder()
        builder.append(leaf_hash(leaf) for leaf in LEAVES[:size])
        assert builder.root() == root
        if size < len(LEAVES):
            frontier.append(leaf_hash(LEAVES[size]))


@pytest.mark.parametrize("case", TREE["inclusion"])
def test_an_inclusion_proof_holds_or_not_as_declared(case: dict[str, Any]) -> None:
    index, size, proof = case["index"], case["size"], hashes(case["proof"])
    entry, root = LEAVES[min(index, 7)], ROOTS[size]
    assert keyhole_witness.contains(entry, index, size, root, proof) is case["holds"]
    if case["holds"]:
        verify_inclusion(index, size, leaf_hash(entry), proof, root)
        assert inclusion_proof(index, size, Eight()) == proof
    else:
        with pytest.raises(ProofError):
            verify_inclusion(index, size, leaf_hash(entry), proof, root)


@pytest.mark.parametrize("case", TREE["consistency"])
def test_a_consistency_proof_holds_or_not_as_declared(case: dict[str, Any]) -> None:
    old, new, proof = case["old"], case["new"], hashes(case["proof"])
    assert keyhole_witness.extends((old, ROOTS[old]), (new, ROOTS[new]), proof) is case["holds"]
    if case["holds"]:
        verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)
        assert consistency_proof(old, new, Eight()) == proof
    else:
        with pytest.raises(ProofError):
            verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)


def test_a_signature_is_that_of_the_reference() -> None:
    secret = base64.b64decode(NOTE["secret"])
    key = SigningKey("PeterNeumann", SealedBytes(secret[1:]))
    assert key.vkey == NOTE["key"]
    signature = parse_signature(NOTE["line"].strip())
    assert (signature.key_id, signature.octets) == (key.verifying().key_id, key.sign(NOTE["text"].encode()))
    assert signature.line() == NOTE["line"]


@pytest.mark.parametrize("case", NOTE["notes"], ids=lambda case: case["name"])
def test_a_note_is_opened_or_refused_as_declared(case: dict[str, Any]) -> None:
    keys = [VerifyingKey.parse(key) for key in case["keys"]]
    if case["signed"] is None:
        with pytest.raises(NoteError):
            open_note(case["note"].encode(), keys)
    else:
        note, signed = open_note(case["note"].encode(), keys)
        assert note.text == NOTE["text"]
        assert [key.name for key in signed] == case["signed"]


def test_a_key_with_anything_changed_is_refused() -> None:
    key = NOTE["key"]
    assert VerifyingKey.parse(key).vkey == key
    assert keyhole_verify.read_key(key).vkey == key
    parts = {key[i:j] for i in range(len(key)) for j in range(i + 1, len(key) + 1)} - {key}
    others = {key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))}
    for bad in [*parts, *others, *NOTE["bad_keys"]]:
        with pytest.raises(NoteError):
            VerifyingKey.parse(bad)
        with pytest.raises(keyhole_verify.CannotCheck):
            keyhole_verify.read_key(bad)


def test_a_checkpoint_is_read_as_written() -> None:
    case = VECTORS["checkpoint"]
    checkpoint = Checkpoint.parse(case["text"])
    assert (checkpoint.origin, checkpoint.size, checkpoint.body()) == (
        case["origin"],
        case["size"],
        case["text"],
    )


@pytest.mark.parametrize("case", VECTORS["checkpoint"]["bad"], ids=lambda case: case[0])
def test_a_bad_checkpoint_is_refused(case: list[str]) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(case[1])
    with pytest.raises(keyhole_verify.CannotCheck):
        keyhole_verify.read_note((case[1] + "\n" + NOTE["line"]).encode(), "it")


def test_the_bad_checkpoints_differ_from_a_good_one() -> None:
    good = "a\n1\n" + VECTORS["checkpoint"]["text"].split("\n")[2] + "\n"
    assert Checkpoint.parse(good).size == 1
    assert keyhole_verify.read_note((good + "\n" + NOTE["line"]).encode(), "it").size == 1


def test_the_published_checkpoints_are_signed_and_consistent() -> None:
    case = VECTORS["witness"]
    keys = [VerifyingKey.parse(case["key"])]
    old, _ = open_checkpoint(case["old"].encode(), keys, origin="monkeys")
    new, _ = open_checkpoint(case["new"].encode(), keys, origin="monkeys")
    proof = hashes(case["proof"])
    verify_consistency(old.size, old.root, new.size, new.root, proof)
    assert keyhole_witness.extends((old.size, old.root), (new.size, new.root), proof)
    assert not keyhole_witness.extends((old.size, new.root), (new.size, new.root), proof)
    with pytest.raises(NoteError):
        open_checkpoint(case["old"].replace("\n5\n", "\n6\n").encode(), keys)
    for octets in (case["old"], case["new"]):
        note = keyhole_verify.read_note(octets.encode(), "it")
        assert keyhole_verify.signed_by(note, keyhole_verify.read_key(case["key"])) is True


def test_a_cosignature_is_laid_out_as_published() -> None:
    case = VECTORS["cosignature"]
    note = parse_note(case["note"].encode())
    witness = note.signatures[1]
    assert witness.key_id.hex() == "8d66cf3f"
    assert len(witness.octets) == 72
    assert int.from_bytes(witness.octets[:8], "big") == case["time"]
    assert cosigned_message(note.text, case["time"]).decode() == case["message"]
    for octets, time_s in case["times"]:
        assert int.from_bytes(base64.b64decode(octets)[4:12], "big") == time_s


def test_a_witness_key_is_read_as_its_own_kind() -> None:
    key = VECTORS["cosignature"]["key"]
    assert VerifyingKey.parse(key, kind=COSIGNATURE).vkey == key
    assert keyhole_verify.read_key(key).kind == COSIGNATURE
    with pytest.raises(NoteError):
        VerifyingKey.parse(key)


@pytest.mark.parametrize("case", VECTORS["tiles"]["paths"])
def test_a_tile_has_its_published_name(case: list[Any]) -> None:
    level, index, width, path = case
    assert tile_path(level, index, width) == path
    assert parse_tile_path(path) == (level, index, width)
    assert keyhole_verify.path_of("entries" if level is None else level, index, width) == path


@pytest.mark.parametrize("path", VECTORS["tiles"]["bad"])
def test_another_name_is_no_tile(path: str) -> None:
    with pytest.raises(ValueError):
        parse_tile_path(path)


@pytest.mark.parametrize("case", VECTORS["tiles"]["sizes"], ids=lambda case: str(case[0]))
def test_a_tree_has_its_published_tiles(case: list[Any]) -> None:
    size, expected = case
    found: dict[tuple[int, int], int] = {}
    for level, _, width in tiles_of(size):
        found[level, width] = found.get((level, width), 0) + 1
    assert sorted([level, count, width] for (level, width), count in found.items()) == sorted(expected)
