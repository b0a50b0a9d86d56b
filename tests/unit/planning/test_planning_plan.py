"""A plan as one value: what changed, what does not fit, its script as text, and what a country begins with."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from campaigns.planning.hours import Window
from campaigns.planning.plan import ColumnRule, Outcome, Plan, find_fault, questions_missing
from campaigns.planning.profiles import FALLBACK, PROFILES, has_profile, profile_of
from campaigns.planning.scripttext import ScriptTextError, format_script, parse_script, unknown_fields

SOUND = Plan(
    max_attempts=5,
    min_ring_s=15,
    max_ring_s=30,
    preview_s=60,
    wrap_up_s=60,
    verify_needed=2,
    hours=(Window(1, time(9), time(12)), Window(1, time(13), time(17))),
    closed_days=((date(2026, 12, 25), "Christmas Day"),),
    outcomes=(Outcome(None, "Reached", "reached", 0),),
    retries=(("busy", 1200), ("invalid", None)),
    columns=(ColumnRule("town", "Town", 0), ColumnRule("email", "E-mail", 2)),
    script={"steps": [], "says": []},
)
TEXT = """# Greeting
Good day, this is {agent_first_name} for {firm}.
> Wait for an answer.

# Offer
You live in {town}?

? Who gave you my number?
{firm} did, for this call."""


def test_a_sound_plan_has_no_fault_and_no_change() -> None:
    assert find_fault(SOUND) is None
    assert SOUND.changes(SOUND) == []


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("attempts", {"max_attempts": 0}),
        ("ring", {"min_ring_s": 31}),
        ("ring", {"max_ring_s": 300}),
        ("times", {"preview_s": 1}),
        ("verify_needed", {"verify_needed": 10}),
        ("hours", {"hours": (Window(1, time(9), time(12)), Window(1, time(11), time(17)))}),
        ("hours", {"hours": (Window(1, time(9), time(9)),)}),
        ("outcomes", {"outcomes": ()}),
        ("outcomes", {"outcomes": (Outcome(None, "A", "reached", 0), Outcome(None, "a", "wrong", 0))}),
        ("retries", {"retries": (("busy", 91 * 86_400),)}),
    ],
)
def test_it_names_the_part_that_does_not_fit(part: str, change: dict[str, Any]) -> None:
    assert find_fault(replace(SOUND, **change)) == part


def test_changes_name_every_part_that_differs() -> None:
    assert SOUND.changes(replace(SOUND, hours=(), max_attempts=6)) == ["max_attempts", "hours"]


def test_questions_are_missing_only_while_something_waits_for_verification() -> None:
    assert questions_missing(SOUND) == 2
    asked = (ColumnRule("town", "Town", 0, "Where?"), ColumnRule("email", "E-mail", 2))
    assert questions_missing(replace(SOUND, columns=asked)) == 1
    assert questions_missing(replace(SOUND, columns=SOUND.columns[:1])) == 0


def test_a_script_survives_the_way_to_text_and_back() -> None:
    script = parse_script(TEXT)
    assert [step["title"] for step in script["steps"]] == ["Greeting", "Offer"]
    assert script["steps"][0]["lines"][1] == {"kind": "aside", "text": "Wait for an answer."}
    assert script["says"] == [{"question": "Who gave you my number?", "answer": "{firm} did, for this call."}]
    assert parse_script(format_script(script)) == script


def test_words_before_the_first_step_are_refused_with_their_line() -> None:
    with pytest.raises(ScriptTextError) as refused:
        parse_script("\nGood day")
    assert refused.value.line_no == 2


def test_fields_that_no_list_has_are_named_once() -> None:
    script = parse_script(TEXT + "\nAnd {tarif}, {tarif}.")
    assert unknown_fields(script, {"town"}) == ["tarif"]
    assert unknown_fields(script, set()) == ["town", "tarif"]


def test_every_profile_makes_a_sound_plan_and_names_its_sources() -> None:
    for profile in PROFILES.values():
        plan = replace(
            SOUND,
            hours=tuple(sorted(profile.windows)),
            min_ring_s=profile.min_ring_s,
            max_ring_s=profile.max_ring_s,
        )
        assert find_fault(plan) is None
        assert profile.min_ring_s >= 15
        assert profile.hours_source
        assert profile.ring_source
        assert profile.closed_days(range(2026, 2027))


def test_spain_is_closed_on_weekends_and_the_united_states_from_nine_in_the_evening() -> None:
    assert {window.weekday for window in PROFILES["ES"].windows} == {1, 2, 3, 4, 5}
    assert {(window.opens, window.closes) for window in PROFILES["US"].windows} == {(time(8), time(21))}


def test_a_country_without_a_profile_gets_the_careful_one() -> None:
    assert profile_of("XX") is FALLBACK
    assert profile_of("us") is PROFILES["US"]
    assert not has_profile("XX")
