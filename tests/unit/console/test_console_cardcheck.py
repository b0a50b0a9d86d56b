"""Card numbers must not reach a note; ordinary figures must."""

import pytest

from dialer.console.cardcheck import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "card 4111 1111 1111 1111, exp 12/29",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "amex 378282246310005 please",
        "4111\u00a01111\u00a01111\u00a01111",
        "\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11",
    ],
)
def test_it_finds_a_card_number_however_it_is_typed(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Will read the offer with her partner.",
        "4111111111111112",
        "contract 20261121, meter 004512",
        "call back at 14:30 on 2026-11-21",
        "411111111111",
        "0000 0000 0000 0000",
        "ring the bell 3 times",
    ],
)
def test_it_lets_other_figures_pass(text: str) -> None:
    assert not holds_card_number(text)
