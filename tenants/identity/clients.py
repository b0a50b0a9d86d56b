"""Where a request comes from, as the record of access keeps it. Taken from the connection, never from the page."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_DEVICE_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Client:
    """The address of the other end, or None where there is none, and what its browser calls itself."""

    address: str | None
    device: str


def read_client(meta: Mapping[str, Any]) -> Client:
    """Read the client of a request from its `META`.

    Only the connection's own address counts: a forwarded one is believed by the server in front, by its settings.
    """
    try:
        address = str(ipaddress.ip_address(str(meta.get("REMOTE_ADDR", ""))))
    except ValueError:
        address = None
    named = str(meta.get("HTTP_USER_AGENT", ""))
    device = "".join(character for character in named if character.isprintable())
    return Client(address=address, device=device[:_DEVICE_CHARACTERS])
