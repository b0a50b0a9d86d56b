"""The examples of the ledger's FORMAT.md, computed again from its own text: what is written there is what is built."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

import tenants.ledger
from tenants.ledger import keyhole_verify
from tenants.ledger.bundle import encode_block
from tenants.ledger.canonical import FIELDS, decode_entry, encode_entry
from tenants.ledger.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    SigningKey,
    VerifyingKey,
    add_signature,
    open_checkpoint,
    sign_checkpoint,
)
from tenants.ledger.cosignature import cosign
from tenants.ledger.merkle import leaf_hash, tree_root, verify_consistency, verify_inclusion
from tenants.ledger.proof import consistency_proof, inclusion_proof
from tenants.ledger.tiles import TileBuilder
from tenants.vault.sealed import SealedBytes
from tests.unit.ledger.logbook import Files

TEXT = (Path(tenants.ledger.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The block of text under `Example: name`."""
    match = re.search(rf"Example: {re.escape(name)}\n\n```\n(.*?)```\n", TEXT, re.S)
    assert match, name
    return match[1]


def values(name: str) -> dict[str, str]:
    """The example's lines `label: value`."""
    return dict(line.split(": ", 1) for line in example(name).splitlines())


ENTRIES = [line.encode() for line in example("three entries").splitlines()]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
SECRETS = values("keys")
LOG_KEY = SigningKey(SECRETS["log's name"], SealedBytes(bytes.fromhex(SECRETS["log's secret"])))
WITNESS_KEY = SigningKey(SECRETS["witness's name"], SealedBytes(bytes.fromhex(SECRETS["witness's secret"])))


class Tiles:
    def hashes(self, level: int, index: int, width: int) -> bytes:
        return b"".join(LEAVES[:width])


def test_the_entries_are_canonical() -> None:
    assert len(ENTRIES) == 3
    for entry in ENTRIES:
        assert encode_entry(decode_entry(entry)) == entry
        assert keyhole_verify.read_entry(entry) is not None


def test_every_field_is_described() -> None:
    section = TEXT.partition("## Entry, form 1")[2].partition("## Tree")[0]
    table = set(re.findall(r"^\| `([a-z_]+)` \|", section, re.M))
    assert table == FIELDS


def test_the_hashes_are_those_written() -> None:
    told = values("their hashes")
    assert [told[f"leaf {number}"] for number in range(3)] == [leaf.hex() for leaf in LEAVES]
    assert told["leaf 0"] == hashlib.sha256(b"\x00" + ENTRIES[0]).hexdigest()
    pair = hashlib.sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest()
    assert told["node over 0 and 1"] == pair.hex()
    assert (
        told["root over 3"]
        == hashlib.sha256(b"\x01" + pair + LEAVES[2]).hexdigest()
        == tree_root(LEAVES).hex()
    )
    assert told["root over none"] == hashlib.sha256(b"").hexdigest()


def test_the_keys_are_those_written() -> None:
    assert SECRETS["log's key"] == LOG_KEY.vkey
    assert SECRETS["witness's key"] == WITNESS_KEY.verifying(COSIGNATURE).vkey


def test_the_checkpoint_is_the_one_written() -> None:
    note = sign_checkpoint(Checkpoint(LOG_KEY.name, 3, tree_root(LEAVES)), [LOG_KEY])
    assert example("a checkpoint").encode() == note
    cosigned = add_signature(note, cosign(note, WITNESS_KEY, int(SECRETS["witness's time"])))
    assert example("the same, cosigned").encode() == cosigned
    assert open_checkpoint(cosigned, [VerifyingKey.parse(SECRETS["log's key"])])[0].size == 3


def test_the_proofs_are_those_written() -> None:
    told = values("proofs")
    root = tree_root(LEAVES)
    inclusion = [base64.b64decode(step) for step in told["inclusion of 0 in 3"].split(" ")]
    assert inclusion == inclusion_proof(0, 3, Tiles())
    verify_inclusion(0, 3, LEAVES[0], inclusion, root)
    consistency = [base64.b64decode(step) for step in told["consistency of 2 with 3"].split(" ")]
    assert consistency == consistency_proof(2, 3, Tiles())
    verify_consistency(2, tree_root(LEAVES[:2]), 3, root, consistency)


def test_the_tiles_are_those_written() -> None:
    builder = TileBuilder()
    builder.append(LEAVES)
    told = values("tiles")
    assert told["SHA-256 of tile/0/000.p/3"] == hashlib.sha256(builder.tails[0]).hexdigest()
    assert told["SHA-256 of tile/entries/000.p/3"] == hashlib.sha256(encode_block(ENTRIES)).hexdigest()
    assert told["first bytes of tile/entries/000.p/3"] == encode_block(ENTRIES)[:8].hex()


def test_the_example_is_a_bundle_that_the_verifier_finds_right() -> None:
    about = json.loads(example("about.json"))
    files = Files(
        {
            "checkpoint": example("a checkpoint").encode(),
            "about.json": example("about.json").encode(),
            "tile/0/000.p/3": b"".join(LEAVES),
            "tile/entries/000.p/3": encode_block(ENTRIES),
        }
    )
    assert about["until"] == 3
    said: list[str] = []
    report = keyhole_verify.check(files, [], [SECRETS["log's key"]], out=said.append, whole=True)
    assert report.code == 0, said
    files.files["tile/entries/000.p/3"] = encode_block(ENTRIES[::-1])
    assert keyhole_verify.check(files, [], [SECRETS["log's key"]], out=said.append).code == 1


@pytest.mark.parametrize(
    "name", ["rotations/", "about.json", "tile/entries/", "keys", "checkpoint", "README.txt"]
)
def test_every_part_of_a_bundle_is_described(name: str) -> None:
    assert f"`{name}" in TEXT
