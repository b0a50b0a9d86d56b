"""The table of states: nothing leaves an ended call, and every end the rules give is one the table takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.calls.results import NETWORK_RESULTS, judge_end
from dialer.calls.states import (
    ANSWERED,
    TRANSITIONS,
    UNANSWERED,
    Event,
    Result,
    State,
    ended,
    next_state,
    result_of,
    transition_rows,
)


@given(st.lists(st.sampled_from(Event), max_size=40), st.sampled_from(State))
def test_no_path_leaves_an_ended_call(events: list[Event], start: State) -> None:
    state, was_ended = start, start is State.ENDED
    for event in events:
        state = next_state(state, event) or state
        assert not was_ended or state is State.ENDED
        was_ended = state is State.ENDED


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_a_call_is_answered_at_most_once(events: list[Event]) -> None:
    state, answers = State.REQUESTED, 0
    for event in events:
        following = next_state(state, event)
        answers += following is not None and event is Event.ANSWERED
        state = following or state
    assert answers <= 1


def test_the_usual_call_goes_through() -> None:
    state: State | None = State.REQUESTED
    usual = ["redeemed", "ringing", "answered", "muted", "held", "unmuted", "resumed", "ended_answered"]
    for name in usual:
        assert state is not None
        state = next_state(state, Event(name))
    assert state is State.ENDED


@pytest.mark.parametrize("state", sorted(UNANSWERED | ANSWERED))
def test_every_live_call_can_fail(state: State) -> None:
    assert next_state(state, Event.ENDED_FAILED) is State.ENDED


def test_only_an_end_leads_to_the_end_and_it_names_its_result() -> None:
    for (_, event), after in TRANSITIONS.items():
        assert (after is State.ENDED) == (result_of(event) is not None)
    assert [result_of(ended(result)) for result in Result] == list(Result)


def test_an_answered_call_cannot_end_as_unanswered() -> None:
    for state in ANSWERED:
        assert next_state(state, Event.ENDED_NO_ANSWER) is None
        assert next_state(state, Event.ENDED_CANCELLED) is None
    for state in UNANSWERED:
        assert next_state(state, Event.ENDED_ANSWERED) is None


def test_the_rows_are_the_table() -> None:
    rows = transition_rows()
    assert len(rows) == len(set(rows)) == len(TRANSITIONS)
    for before in State:
        for event in Event:
            after = next_state(before, event)
            found = [row for row in rows if row[:2] == (before, event)]
            assert found == ([] if after is None else [(before, event, after)])


@given(st.integers(0, 200), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_every_judged_end_is_one_the_table_takes(
    cause: int, has_rung: bool, was_answered: bool, is_ours: bool, is_machine: bool
) -> None:
    result = judge_end(
        cause=cause, has_rung=has_rung, was_answered=was_answered, is_ours=is_ours, is_machine=is_machine
    )
    state = State.TALKING if was_answered else State.RINGING if has_rung else State.DIALLING
    assert next_state(state, ended(result)) is State.ENDED


@pytest.mark.parametrize(
    ("cause", "has_rung", "result"),
    [
        (17, False, Result.BUSY),
        (1, False, Result.INVALID),
        (19, False, Result.UNREACHABLE),
        (19, True, Result.NO_ANSWER),
        (21, True, Result.UNREACHABLE),
        (34, False, Result.FAILED),
        (199, False, Result.FAILED),
    ],
)
def test_the_networks_cause_gives_the_result(cause: int, has_rung: bool, result: Result) -> None:
    assert judge_end(cause=cause, has_rung=has_rung, was_answered=False) is result


def test_a_talk_cut_by_the_network_is_dropped_and_one_that_was_hung_up_is_answered() -> None:
    assert judge_end(cause=27, has_rung=True, was_answered=True) is Result.DROPPED
    assert judge_end(cause=16, has_rung=True, was_answered=True) is Result.ANSWERED
    assert judge_end(cause=27, has_rung=True, was_answered=True, is_ours=True) is Result.ANSWERED


def test_no_cause_alone_means_that_somebody_answered() -> None:
    assert not {Result.ANSWERED, Result.MACHINE, Result.DROPPED} & set(NETWORK_RESULTS.values())
