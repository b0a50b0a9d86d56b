"""Checkpoints, their signatures and cosignatures: what is signed is opened, and whatever was touched is refused."""

import base64
import copy
import pickle
import random

import pytest

from tenants.ledger import keyhole_verify
from tenants.ledger.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    SigningKey,
    add_signature,
    open_checkpoint,
    parse_note,
    sign_checkpoint,
)
from tenants.ledger.cosignature import cosign, cosignatures, verify_cosignature
from tenants.ledger.merkle import leaf_hash
from tenants.vault.sealed import SealedBytes
from tests.unit.ledger.logbook import signing_key

FIRST, SECOND = signing_key("first"), signing_key("second")
WITNESS = SigningKey("audit.firm.example", SealedBytes(bytes(range(32))))
POINT = Checkpoint(FIRST.name, 4_711, leaf_hash(b"root"))
NOTE = sign_checkpoint(POINT, [FIRST])


def test_a_signed_checkpoint_is_opened() -> None:
    assert open_checkpoint(NOTE, [FIRST.verifying()], origin=FIRST.name) == (POINT, (FIRST.verifying(),))


def test_a_checkpoint_of_two_keys_names_both() -> None:
    note = sign_checkpoint(POINT, [FIRST, SECOND])
    _, signed = open_checkpoint(note, [SECOND.verifying(), FIRST.verifying()])
    assert signed == (FIRST.verifying(), SECOND.verifying())
    assert open_checkpoint(note, [SECOND.verifying()])[1] == (SECOND.verifying(),)


def test_another_key_or_another_log_is_refused() -> None:
    with pytest.raises(NoteError):
        open_checkpoint(NOTE, [SECOND.verifying()])
    with pytest.raises(NoteError):
        open_checkpoint(NOTE, [FIRST.verifying()], origin="keyhole/other")
    with pytest.raises(NoteError):
        sign_checkpoint(POINT, [WITNESS])
    with pytest.raises(NoteError):
        sign_checkpoint(POINT, [])


def test_every_changed_byte_is_refused() -> None:
    rng = random.Random(1)
    for at in range(len(NOTE)):
        changed = bytearray(NOTE)
        changed[at] ^= 1 << rng.randrange(8)
        with pytest.raises(NoteError):
            open_checkpoint(bytes(changed), [FIRST.verifying()], origin=FIRST.name)
        key = keyhole_verify.read_key(FIRST.vkey)
        try:
            verdict = keyhole_verify.signed_by(keyhole_verify.read_note(bytes(changed), "it"), key)
        except keyhole_verify.CannotCheck:
            verdict = None
        assert verdict is not True
    assert keyhole_verify.signed_by(keyhole_verify.read_note(NOTE, "it"), key) is True


def test_a_signature_twice_is_refused() -> None:
    line = NOTE.decode().rpartition("\n\n")[2]
    with pytest.raises(NoteError):
        open_checkpoint(NOTE + line.encode(), [FIRST.verifying()])


def test_a_size_or_a_root_that_cannot_be_is_not_signed() -> None:
    for size, root in ((-1, bytes(32)), (2**63, bytes(32)), (1, bytes(31))):
        with pytest.raises(NoteError):
            sign_checkpoint(Checkpoint(FIRST.name, size, root), [FIRST])


def test_a_cosignature_holds_for_its_checkpoint_and_its_time() -> None:
    line = cosign(NOTE, WITNESS, 1_800_000_000)
    key = WITNESS.verifying(COSIGNATURE)
    assert verify_cosignature(NOTE, line, key) == 1_800_000_000
    other = sign_checkpoint(Checkpoint(FIRST.name, 4_712, POINT.root), [FIRST])
    with pytest.raises(NoteError):
        verify_cosignature(other, line, key)
    octets = parse_note(add_signature(NOTE, line)).signatures[1].octets
    later = line.replace(line.split()[2], _with_time(line, octets))
    assert later != line
    with pytest.raises(NoteError):
        verify_cosignature(NOTE, later, key)


def _with_time(line: str, octets: bytes) -> str:
    number = base64.b64decode(line.split()[2])[:4]
    return base64.b64encode(number + (1_800_000_001).to_bytes(8, "big") + octets[8:]).decode()


def test_a_signature_over_a_checkpoint_is_no_cosignature() -> None:
    key = WITNESS.verifying(COSIGNATURE)
    plain = WITNESS.sign(POINT.body().encode())
    assert WITNESS.verifying().key_id != key.key_id
    assert not key.holds(b"cosignature/v1\ntime 0\n" + POINT.body().encode(), plain)
    with pytest.raises(NoteError):
        verify_cosignature(NOTE, cosign(NOTE, WITNESS, 1), WITNESS.verifying())


def test_a_cosigned_checkpoint_is_still_the_logs_and_names_its_witness() -> None:
    note = add_signature(NOTE, cosign(NOTE, WITNESS, 5))
    assert add_signature(note, cosign(NOTE, WITNESS, 5)) == note
    assert open_checkpoint(note, [FIRST.verifying()])[0] == POINT
    assert cosignatures(note, WITNESS.verifying(COSIGNATURE)) == [5]
    read = keyhole_verify.read_note(note, "it")
    assert (
        keyhole_verify.signed_by(read, keyhole_verify.read_key(WITNESS.verifying(COSIGNATURE).vkey)) is True
    )


def test_what_is_no_checkpoint_is_not_cosigned() -> None:
    for bad in (b"", b"hello\n", NOTE.replace(b"4711", b"04711"), NOTE[:-1]):
        with pytest.raises(NoteError):
            cosign(bad, WITNESS, 1)


def test_a_secret_key_is_never_shown_or_copied() -> None:
    seed = bytes(range(32))
    assert repr(WITNESS) == str(WITNESS) == f"{WITNESS}" == "<sealed>"
    assert str(seed) not in repr(WITNESS.verifying())
    with pytest.raises(TypeError):
        pickle.dumps(WITNESS)
    with pytest.raises(TypeError):
        copy.deepcopy(WITNESS)


def test_a_seed_of_another_length_is_no_key() -> None:
    with pytest.raises(ValueError, match="32"):
        SigningKey("x", SealedBytes(bytes(31)))
    with pytest.raises(NoteError):
        SigningKey("a b", SealedBytes(bytes(32)))
