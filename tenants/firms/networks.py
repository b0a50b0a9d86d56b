"""The networks an outsourcer's agents may come from, as people write them. Enforced in SQL at the claim."""

import ipaddress
from collections.abc import Iterable
from typing import Final

MAX_NETWORKS: Final = 50


class NetworkError(ValueError):
    """A text is not one network. Carries the text, which is an address of an office, not of a person."""


def parse_networks(lines: Iterable[str]) -> list[str]:
    """Read networks such as `203.0.113.0/24` or single addresses, in order, without repeats.

    Raises: NetworkError with the text that cannot be used, such as a mask that lets everybody in.
    """
    found: dict[str, None] = {}
    for line in lines:
        text = line.strip()
        if not text:
            continue
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise NetworkError(text) from None
        if network.prefixlen == 0:
            # "Everybody" is said by an empty list; a zero mask is a slip of the hand.
            raise NetworkError(text)
        found[str(network)] = None
    if len(found) > MAX_NETWORKS:
        raise NetworkError(list(found)[MAX_NETWORKS])
    return list(found)
