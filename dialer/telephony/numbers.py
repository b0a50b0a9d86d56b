"""Opens the number of one call with the gateway's private key. It is not kept, shown or logged."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tenants.vault.envelope import FieldOpener, field_context, open_data_key
from tenants.vault.errors import SealError
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedText

_KEPT_LISTS: Final = 64


@dataclass(frozen=True, slots=True)
class Dial:
    """What a redeemed token is worth: one call of one number, still sealed.

    `ring_s` is the longest that it may ring, in seconds.
    `wrapped_key` is the list's data key of `key_version`, sealed to the gateway's key `recipient_version`.
    """

    call_id: UUID
    agent_id: UUID
    firm_id: UUID
    list_id: UUID
    contact_id: UUID
    position: int
    sealed: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    recipient_version: int
    key_version: int
    ring_s: float


class NumberOpener:
    """Opens numbers, keeping the keys of the lists dialled last: to unwrap one is dear."""

    def __init__(self, keyring: Keyring, *, kept_lists: int = _KEPT_LISTS) -> None:
        self._keyring = keyring
        self._kept_lists = kept_lists
        # By the wrapped key itself: once that is destroyed in the database, nothing asks for this one again.
        self._openers: OrderedDict[tuple[UUID, UUID, int, bytes], FieldOpener] = OrderedDict()

    def open_number(self, dial: Dial) -> SealedText:
        """Open the number of a dial, E.164.

        Raises: SealError when it or its key does not open here; KeyFileError without the private key.
        """
        context = field_context(
            firm_id=dial.firm_id,
            list_id=dial.list_id,
            contact_id=dial.contact_id,
            field=f"phone:{dial.position}",
            key_version=dial.key_version,
        )
        octets = self._opener(dial).open(dial.sealed, context)
        if not octets.isascii():
            # Said without decoding: the error of a failed decoding would carry the bytes.
            raise SealError
        return SealedText(octets.decode("ascii"))

    def _opener(self, dial: Dial) -> FieldOpener:
        place = (dial.firm_id, dial.list_id, dial.key_version, dial.wrapped_key)
        opener = self._openers.pop(place, None)
        if opener is None:
            key = open_data_key(
                self._keyring.private_key(dial.recipient_version),
                dial.wrapped_key,
                firm_id=dial.firm_id,
                list_id=dial.list_id,
                purpose="number",
                key_version=dial.key_version,
            )
            opener = FieldOpener(key)
        self._openers[place] = opener
        while len(self._openers) > self._kept_lists:
            self._openers.popitem(last=False)
        return opener
