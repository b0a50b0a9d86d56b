"""Where a page of entries ended: time and id, as one opaque word for an address. Pure; never an offset."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH: Final = 24


class CursorError(ValueError):
    """The place in the list is not one of ours. Nothing was lost: begin again from the newest."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row that was shown; the next page begins right after it, in (at, id) order, newest first."""

    at: datetime
    id: UUID


def write_cursor(cursor: Cursor) -> str:
    """Turn a place into 32 characters that are safe in an address."""
    moment = (cursor.at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(moment.to_bytes(8, "big", signed=True) + cursor.id.bytes).decode("ascii")


def read_cursor(text: str) -> Cursor:
    """Turn the characters back into a place.

    Raises: CursorError for anything that `write_cursor` did not write.
    """
    try:
        octets = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        if len(octets) != _LENGTH:
            raise CursorError
        moment = int.from_bytes(octets[:8], "big", signed=True)
        return Cursor(_EPOCH + timedelta(microseconds=moment), UUID(bytes=octets[8:]))
    except (UnicodeEncodeError, binascii.Error, OverflowError):
        raise CursorError from None
