"""Finished calls of the demo, so that no page is empty: real leases, dials and outcomes, through the real functions."""

import hashlib
import secrets
from random import Random
from typing import Any

from dialer.demo.cast import DemoPerson
from dialer.demo.stage import Stage

# What the network said, and the outcome's kind when somebody answered.
_FATES = (
    ("answered", "reached"),
    ("no_answer", None),
    ("answered", "refused"),
    ("busy", None),
    ("answered", "again"),
    ("machine", None),
    ("answered", "reached"),
)
_CAUSES = {"answered": 16, "no_answer": 19, "busy": 17, "machine": 16}


def play_calls(stage: Stage, person: DemoPerson, *, count: int, seed: int) -> None:
    """Let an agent take `count` people one after the other, then pause and sign out."""
    random = Random(seed)  # noqa: S311 - which call ends how, not a secret
    token = stage.sign_in(person)
    stage.call("agent", "dialer_load_desk_v1", token)
    stage.call("agent", "dialer_go_ready_v1", token)
    for _number in range(count):
        if not stage.call("agent", "dialer_reserve_contact_v1", token)["ok"]:
            break
        network, kind = random.choice(_FATES)
        _play_call(stage, token, network, kind)
    stage.call("agent", "dialer_pause_v1", token, "break")
    stage.call("agent", "tenants_end_sessions_v1", token, "agent")


def _play_call(stage: Stage, token: str, network: str, kind: str | None) -> None:
    dial = secrets.token_urlsafe(24)
    stage.call("agent", "dialer_request_dial_v1", token, hashlib.sha256(dial.encode()).digest())
    attempt = stage.call("gateway", "dialer_redeem_token_v1", dial)[0]
    events = ["ringing", *(["answered"] if network == "answered" else []), f"ended_{network}"]
    for event in events:
        cause = _CAUSES[network] if event.startswith("ended") else None
        stage.call("gateway", "dialer_record_event_v1", attempt, event, cause)
    desk: dict[str, Any] = stage.call("agent", "dialer_load_desk_v1", token)
    chosen = next((one["id"] for one in desk["dispositions"] if one["kind"] == kind), None)
    stage.call("agent", "dialer_record_outcome_v1", token, chosen, None, False, None, None)
