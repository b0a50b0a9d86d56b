"""Keyed equality: a number or an answer is matched, never read back. Its keys never enter the database."""

import hmac
import re
import unicodedata
from typing import Final
from uuid import UUID

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from tenants.vault.context import join_parts
from tenants.vault.errors import EmptyAnswerError, NumberFormatError
from tenants.vault.sealed import SealedBytes

KEY_BYTES: Final = 32
INDEX_KEY_LABEL: Final = b"keyhole/index-key/v1"
NUMBER_PREFIX: Final = b"keyhole/number/v1\0"
ANSWER_LABEL: Final = b"keyhole/answer/v1"
_E164: Final = re.compile(r"\+[1-9][0-9]{4,14}")
# Letters with a stroke or a ligature have no decomposition in Unicode, yet people type them plain.
_PLAIN_LETTERS: Final = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


def firm_index_key(master: SealedBytes, firm_id: UUID) -> SealedBytes:
    """Derive the index key of one firm, 32 bytes. Derive once and keep it: it costs as much as 30 lookups.

    Raises: ValueError when the master key is not 32 bytes.
    Source: RFC 5869 with SHA-256, no salt.
    """
    octets = _key_octets(master)
    derived = HKDF(octets, KEY_BYTES, b"", SHA256, context=join_parts(INDEX_KEY_LABEL, firm_id.bytes))
    if not isinstance(derived, bytes):
        raise TypeError("one key was asked for")
    return SealedBytes(derived)


def number_index(key: SealedBytes, e164: str) -> bytes:
    """Give the 32 bytes under which a number is found within one firm.

    Raises: NumberFormatError unless the number is `+` and 5 to 15 digits: an index of anything else
    would match nothing, and an objection would be missed in silence.
    """
    if _E164.fullmatch(e164) is None:
        raise NumberFormatError
    return hmac.digest(key.open_bytes(), NUMBER_PREFIX + e164.encode("ascii"), "sha256")


def answer_digest(key: SealedBytes, *, contact_id: UUID, field: str, answer: str) -> bytes:
    """Give the 32 bytes that compare a spoken answer with the stored one; compare with `hmac.compare_digest`.

    Bound to the contact and the field, so equal answers of two people look different.

    Raises: EmptyAnswerError when no letter or digit is left after normalising.
    """
    normal = normalise_answer(answer)
    if not normal:
        raise EmptyAnswerError
    parts = join_parts(ANSWER_LABEL, contact_id.bytes, field.encode("utf-8"), normal.encode("utf-8"))
    return hmac.digest(_key_octets(key), parts, "sha256")


def normalise_answer(answer: str) -> str:
    """Reduce an answer to what a person would call the same: lower case, no accents, letters and digits only.

    Digits of any script become 0 to 9. The result may be empty.
    Source: Unicode 15, compatibility decomposition and full case folding.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", answer).casefold())
    kept = (character for character in folded.translate(_PLAIN_LETTERS) if character.isalnum())
    return "".join(_plain_digit(character) for character in kept)


def _plain_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _key_octets(key: SealedBytes) -> bytes:
    octets = key.open_bytes()
    if len(octets) != KEY_BYTES:
        raise ValueError("an index key is 32 bytes")
    return octets
