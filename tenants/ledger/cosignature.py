"""Cosignatures of witnesses: at this time, this was the newest consistent checkpoint I had seen. It trusts no clock.

Source: C2SP tlog-cosignature, cosignature/v1 (Ed25519).
"""

from typing import Final

from tenants.ledger.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    Signature,
    SigningKey,
    VerifyingKey,
    parse_note,
    parse_signature,
)

MAX_TIME: Final = 2**63 - 1
_LENGTH: Final = 8 + 64


def cosigned_message(text: str, time_s: int) -> bytes:
    """What a witness signs: two lines of its own, then the checkpoint's text. `time_s` is POSIX time in seconds."""
    if not 0 <= time_s <= MAX_TIME:
        raise NoteError("the time of a cosignature cannot be")
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def cosign(note: bytes, key: SigningKey, time_s: int) -> str:
    """Give the signature line, newline included, that a witness adds to a checkpoint.

    Raises: NoteError if the note is no checkpoint. Whether it is consistent is for the caller to know.
    """
    text = parse_note(note).text
    Checkpoint.parse(text)
    octets = time_s.to_bytes(8, "big") + key.sign(cosigned_message(text, time_s))
    return Signature(key.name, key.verifying(COSIGNATURE).key_id, octets).line()


def verify_cosignature(note: bytes, line: str, witness: VerifyingKey) -> int:
    """Check a witness's line against the checkpoint; gives the time it names (POSIX seconds).

    Raises: NoteError if the line is another key's, is malformed, or does not hold.
    """
    signature = parse_signature(line.removesuffix("\n"))
    if witness.kind != COSIGNATURE or (signature.name, signature.key_id) != (witness.name, witness.key_id):
        raise NoteError("this cosignature is not of the witness asked for")
    if len(signature.octets) != _LENGTH:
        raise NoteError("a cosignature has 72 bytes")
    time_s = int.from_bytes(signature.octets[:8], "big")
    text = parse_note(note).text
    Checkpoint.parse(text)
    if not witness.holds(cosigned_message(text, time_s), signature.octets[8:]):
        raise NoteError("the cosignature does not hold")
    return time_s


def cosignatures(note: bytes, witness: VerifyingKey) -> list[int]:
    """Times (POSIX seconds) of every cosignature of that witness in the note.

    Raises: NoteError if one of them does not hold.
    """
    mine = [
        one for one in parse_note(note).signatures if (one.name, one.key_id) == (witness.name, witness.key_id)
    ]
    return [verify_cosignature(note, one.line(), witness) for one in mine]
