"""Networks as a manager types them."""

import pytest

from tenants.firms.networks import MAX_NETWORKS, NetworkError, parse_networks


def test_it_reads_networks_and_single_addresses_once_each_in_order() -> None:
    lines = ["203.0.113.0/24", "", " 198.51.100.7 ", "2001:db8::/32", "203.0.113.0/24"]
    assert parse_networks(lines) == ["203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32"]


@pytest.mark.parametrize("text", ["203.0.113.1/24", "0.0.0.0/0", "::/0", "office", "203.0.113.0/33", "1.2.3"])
def test_it_names_what_is_not_a_network(text: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse_networks(["198.51.100.0/24", text])
    assert str(caught.value) == text


def test_it_refuses_more_networks_than_are_looked_at_in_a_claim() -> None:
    lines = [f"10.0.{number}.0/24" for number in range(MAX_NETWORKS + 1)]
    assert len(parse_networks(lines[:-1])) == MAX_NETWORKS
    with pytest.raises(NetworkError):
        parse_networks(lines)
