"""What the page is told: the snapshot of SQL cut down to known names, with person and script. Pure.

It must never pass on a name it does not know: what SQL adds later stays here until it is written below.
"""

from collections.abc import Mapping
from typing import Any, Final

from dialer.console.person import OpenPerson
from dialer.console.script import render_script

_TOP: Final = ("server_time", "state", "reason", "since", "pause_after", "callback_due", "idle_code")
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "me": ("id", "name", "session_ref"),
    "firm": ("name",),
    "campaign": ("id", "name", "state", "state_reason"),
    "skips": ("left", "of"),
    "lease": (
        "id", "stage", "opened_at", "attempt_no", "max_attempts", "zone", "region", "tries_left",
        "matched", "needed", "history", "hours",
    ),
    "attempt": (
        "id", "state", "result", "requested_at", "dialled_at", "ringing_at", "answered_at", "ended_at",
        "muted",
    ),
    "limits": ("preview_s", "wrap_up_s", "extra_s", "min_ring_s", "max_ring_s"),
}  # fmt: skip
_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "choices": ("campaign_id", "campaign", "firm"),
    "zones": ("zone", "open", "opens_at"),
    "dispositions": ("id", "label", "kind"),
    "questions": ("column", "question", "matched"),
}


def compose_state(
    snapshot: Mapping[str, Any], person: OpenPerson | None, *, trouble: str = "", sentence: str = ""
) -> dict[str, Any]:
    """Build the `state` message. `trouble` is a code, with its words, when something is in the way."""
    state: dict[str, Any] = {"type": "state", "trouble": trouble, "trouble_words": sentence}
    state |= {name: snapshot.get(name) for name in _TOP}
    for name, wanted in _PARTS.items():
        state[name] = _pick(snapshot.get(name), wanted)
    for name, wanted in _LISTS.items():
        state[name] = [_pick(item, wanted) for item in snapshot.get(name) or []]
    state["person"] = None
    state["script"] = None
    if state["lease"]:
        values = dict(person.values) if person else {}
        labels = dict(person.labels) if person else {}
        me, firm = snapshot.get("me") or {}, snapshot.get("firm") or {}
        # Ours win: a column named so must not put other words into the agent's mouth.
        values |= {
            "agent_first_name": str(me.get("name", "")).split(" ")[0],
            "firm": str(firm.get("name", "")),
        }
        state["script"] = render_script(snapshot.get("script"), values, labels)
        if person:
            state["person"] = {"name": person.name, "fields": list(person.fields)}
    return state


def _pick(source: Any, wanted: tuple[str, ...]) -> dict[str, Any] | None:
    return {name: source.get(name) for name in wanted} if isinstance(source, Mapping) else None
