"""A script is filled in from what is shown now; what is not shown is named, never said."""

from dialer.console.script import render_script, render_text

VALUES = {"first_name": "Helen", "firm": "Alder & Vale"}
LABELS = {"first_name": "First name", "tariff": "Tariff"}


def test_it_fills_in_what_is_shown_and_names_what_is_not() -> None:
    assert render_text("Hello {first_name}, your {tariff}.", VALUES, LABELS) == [
        {"text": "Hello "},
        {"merge": "First name", "value": "Helen"},
        {"text": ", your "},
        {"merge": "Tariff", "value": None},
        {"text": "."},
    ]


def test_a_value_that_looks_like_a_field_is_not_filled_in_again() -> None:
    parts = render_text("{first_name}", {"first_name": "{tariff}", "tariff": "secret"}, LABELS)
    assert parts == [{"merge": "First name", "value": "{tariff}"}]


def test_markup_stays_text() -> None:
    parts = render_text("<b>{first_name}</b>", {"first_name": "<script>"}, LABELS)
    assert parts[1] == {"merge": "First name", "value": "<script>"}
    assert parts[0] == {"text": "<b>"}


def test_a_lone_brace_is_a_brace() -> None:
    assert render_text("a { b } {", VALUES, LABELS) == [
        {"text": "a "},
        {"merge": "b", "value": None},
        {"text": " {"},
    ]


def test_a_malformed_script_gives_an_empty_one() -> None:
    empty = {"steps": [], "says": []}
    assert render_script(None, VALUES, LABELS) == empty
    assert render_script({"steps": "x", "says": [1, None]}, VALUES, LABELS) == empty


def test_an_unknown_kind_of_line_is_said_not_hidden() -> None:
    script = {"steps": [{"title": "Greeting", "lines": [{"kind": "shout", "text": "Hi"}]}]}
    assert render_script(script, VALUES, LABELS)["steps"][0]["lines"][0]["kind"] == "say"
