"""The half minute whose code one-click sign-in gives: the oldest that was not used and that does not run out meanwhile."""

import pytest

from dialer.demo.entrance import MARGIN_S, STEP_S, free_step

NOW = 1_000
START_S = NOW * STEP_S


@pytest.mark.parametrize(
    ("last", "seconds", "step"),
    [
        (0, 0, NOW - 1),
        (0, STEP_S - MARGIN_S - 1, NOW - 1),
        # The one before runs out in a moment.
        (0, STEP_S - MARGIN_S, NOW),
        (NOW - 1, 0, NOW),
        (NOW, 0, NOW + 1),
        (NOW + 1, 0, None),
        (NOW + 1, STEP_S - 1, None),
        (NOW + 1, STEP_S, NOW + 2),
    ],
)
def test_it_gives_the_oldest_code_that_is_not_used_and_lasts(
    last: int, seconds: int, step: int | None
) -> None:
    assert free_step(last, START_S + seconds) == step
