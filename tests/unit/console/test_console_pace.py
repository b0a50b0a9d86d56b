"""One socket may send so many messages, no more."""

from dialer.console.pace import Allowance


def test_it_allows_a_burst_and_then_the_rate() -> None:
    allowance = Allowance(rate=20, burst=40)
    assert sum(allowance.take(100.0) for _ in range(100)) == 40
    assert sum(allowance.take(100.5) for _ in range(100)) == 10
    assert sum(allowance.take(200.0) for _ in range(100)) == 40


def test_a_clock_that_stands_still_gives_nothing_more() -> None:
    allowance = Allowance(rate=20, burst=1)
    assert allowance.take(5.0)
    assert not allowance.take(5.0)
    assert not allowance.take(4.0)
