"""The socket's schema: what is in the table passes, everything else is refused and never quoted."""

import json
from datetime import datetime
from uuid import UUID

import pytest

from dialer.console.messages import MAX_FRAME_BYTES, VERBS, MessageError, parse_message
from dialer.console.verbs import HANDLERS
from dialer.console.words import REFUSALS

LEASE = "0190a3c0-0000-7000-8000-000000000003"
OUTCOME = {"disposition_id": LEASE, "callback_at": "2026-11-22T15:30", "callback_own": True, "note": "Later."}


def frame(do: object, number: object = 1, **args: object) -> str:
    return json.dumps({"id": number, "do": do, **args})


def test_it_reads_an_outcome_into_checked_values() -> None:
    message = parse_message(frame("save_outcome", **OUTCOME))
    assert (message.id, message.do) == (1, "save_outcome")
    assert message.args["disposition_id"] == UUID(LEASE)
    assert message.args["callback_at"] == datetime(2026, 11, 22, 15, 30)
    assert message.args["callback_own"] is True


def test_every_verb_has_a_handler_and_every_handler_a_verb() -> None:
    assert VERBS.keys() == HANDLERS.keys()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_message"),
        ("not json", "bad_message"),
        ("[]", "bad_message"),
        ('"go_ready"', "bad_message"),
        ("[" * 5000, "bad_message"),
        (frame("go_ready", None), "bad_message"),
        (frame("go_ready", True), "bad_message"),
        (frame("go_ready", -1), "bad_message"),
        (frame("go_ready", 1.5), "bad_message"),
        (frame("go_ready", 2**60), "bad_message"),
        (frame("take_any_contact"), "unknown_verb"),
        (frame(["go_ready"]), "unknown_verb"),
        (frame("__class__"), "unknown_verb"),
        (frame("go_ready", contact_id=LEASE), "bad_message"),
        (frame("pause"), "bad_message"),
        (frame("pause", reason="sunshine"), "bad_message"),
        (frame("pause", reason=["lunch"]), "bad_message"),
        (frame("skip", reason="lunch"), "bad_message"),
        (frame("choose_campaign", campaign_id="1"), "bad_message"),
        (frame("choose_campaign", campaign_id="x" * 36), "bad_message"),
        (frame("dial", dial_token="+15550100"), "bad_message"),
        (frame("dial", dial_token="x" * 65), "bad_message"),
        (frame("check_answer", column="", answer="x"), "bad_message"),
        (frame("check_answer", column="post", answer="x" * 201), "bad_message"),
        (frame("check_answer", column="post", answer="a\0b"), "bad_message"),
        (frame("save_outcome", **{**OUTCOME, "note": "x" * 2001}), "bad_message"),
        (frame("save_outcome", **{**OUTCOME, "callback_at": "tomorrow"}), "bad_message"),
        (frame("save_outcome", **{**OUTCOME, "callback_at": "2026-11-22T15:30Z"}), "bad_message"),
        (frame("save_outcome", **{**OUTCOME, "callback_own": 1}), "bad_message"),
        (frame("beat", pad="x" * MAX_FRAME_BYTES), "too_long"),
        ('"' + "ł" * (MAX_FRAME_BYTES - 10) + '"', "too_long"),
    ],
)
def test_it_refuses_what_is_not_in_the_schema(text: str, code: str) -> None:
    with pytest.raises(MessageError) as refused:
        parse_message(text)
    assert refused.value.code == code
    assert str(refused.value) == code


def test_a_refusal_names_the_request_when_it_has_a_number() -> None:
    with pytest.raises(MessageError) as refused:
        parse_message(frame("take_any_contact", 41))
    assert refused.value.re == 41


def test_every_refusal_has_words() -> None:
    for code in ("bad_message", "unknown_verb", "too_long", "too_fast", "unavailable", "card_number"):
        assert code in REFUSALS
