"""Simulated calls: drawn alike for the same seed and id, and spread as calls are."""

import random
import statistics
from collections import Counter
from uuid import UUID

import pytest

from dialer.calls.states import Event, State, next_state, result_of
from dialer.telephony.timeline import (
    DECLINE_RING_S,
    DETECTION_S,
    DIAL_S,
    RING_S,
    SHARES,
    TALK_S,
    Fate,
    Plan,
    draw_plan,
    plan_steps,
    refused_steps,
)

COUNT = 20_000
# 7 degrees of freedom: a true distribution passes this once in ten million seeds; the seed here is fixed.
CHI_SQUARE_LIMIT = 45.0


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    source = random.Random(20)
    return [draw_plan(1, UUID(int=source.getrandbits(128))) for _ in range(COUNT)]


def chi_square(fates: list[Fate], shares: dict[Fate, float]) -> float:
    seen, total = Counter(fates), sum(shares.values())
    expected = {fate: len(fates) * share / total for fate, share in shares.items()}
    return sum((seen[fate] - wanted) ** 2 / wanted for fate, wanted in expected.items())


def test_the_fates_are_spread_as_said(plans: list[Plan]) -> None:
    assert sum(SHARES.values()) == pytest.approx(100.0)
    assert chi_square([plan.fate for plan in plans], SHARES) < CHI_SQUARE_LIMIT


def test_another_spread_would_be_noticed(plans: list[Plan]) -> None:
    other = SHARES | {Fate.PERSON: 47.3, Fate.SILENCE: 27.0}
    assert chi_square([plan.fate for plan in plans], other) > CHI_SQUARE_LIMIT


def test_times_stay_in_their_bounds(plans: list[Plan]) -> None:
    for plan in plans:
        low, high = DECLINE_RING_S if plan.fate is Fate.DECLINED else RING_S
        assert DIAL_S[0] <= plan.dial_s <= DIAL_S[1]
        assert low <= plan.ring_s <= high
        if plan.fate is Fate.MACHINE:
            assert DETECTION_S[0] <= plan.talk_s <= DETECTION_S[1]
        elif plan.fate is not Fate.DROP:
            assert TALK_S[0] <= plan.talk_s <= TALK_S[1]


def test_talks_are_skewed_as_talks_are(plans: list[Plan]) -> None:
    talks = [plan.talk_s for plan in plans if plan.fate is Fate.PERSON]
    median, mean = statistics.median(talks), statistics.mean(talks)
    assert 65 < median < 85
    assert mean > median + 5
    # Cut without piling up at the ends.
    assert sum(talk > 235 for talk in talks) < 0.02 * len(talks)


@pytest.mark.parametrize("ring_s", [1.0, 15.0, 25.0, 120.0])
def test_every_timeline_goes_along_the_table_to_one_end(plans: list[Plan], ring_s: float) -> None:
    for plan in plans[:3000]:
        for steps in (plan_steps(plan, ring_s=ring_s), refused_steps(plan)):
            state, last_s = State.DIALLING, 0.0
            for step in steps:
                following = next_state(state, step.event)
                assert following is not None
                assert step.after_s >= last_s
                assert (step.cause is not None) == (result_of(step.event) is not None)
                state, last_s = following, step.after_s
            assert state is State.ENDED


def test_about_45_in_100_are_answered_by_a_person_when_the_ring_is_long(plans: list[Plan]) -> None:
    answered = sum(plan_steps(plan, ring_s=30.0)[-1].event is Event.ENDED_ANSWERED for plan in plans)
    assert 0.42 < answered / COUNT < 0.48


def test_the_same_call_goes_the_same_way_and_another_seed_another() -> None:
    call_id = UUID("01900000-0000-7000-8000-000000000001")
    assert draw_plan(1, call_id) == draw_plan(1, call_id)
    assert draw_plan(1, call_id) != draw_plan(2, call_id)
    # What one release draws, the next must: a call in the journal would change its course otherwise.
    plan = draw_plan(1, call_id)
    assert (plan.fate, round(plan.dial_s, 6), round(plan.ring_s, 6)) == (Fate.SILENCE, 0.813003, 4.681426)
