"""The words of an agent's states and their reasons, for the floor and for the firm's live list."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATE_WORDS: Final[dict[str, str | Promise]] = {
    "talking": _("Talking"),
    "held": _("On hold"),
    "dialling": _("Dialling"),
    "preview": _("Preview"),
    "ready": _("Ready"),
    "wrapup": _("Wrap-up"),
    "paused": _("Paused"),
    "lost": _("Connection lost"),
    "away": _("Away"),
}

REASON_WORDS: Final[dict[str, str | Promise]] = {
    "break": _("break"),
    "lunch": _("lunch"),
    "training": _("training"),
    "meeting": _("meeting"),
    "technical": _("technical"),
    "other": _("another reason"),
    "start": _("just signed in"),
    "gone": _("was gone"),
    "preview_over": _("preview was over"),
    "stopped_by_firm": _("stopped by the firm"),
    "campaign_paused": _("campaign paused"),
    "suspended": _("engagement suspended"),
    "closed_hours": _("outside calling hours"),
    "empty": _("nobody left to call"),
    "cap_hour": _("cap per hour reached"),
    "cap_day": _("cap per day reached"),
    "cap_engagement": _("outsourcer's cap reached"),
    "no_skips": _("no skips left"),
    "network": _("address not allowed"),
}


def state_words(state: str) -> str | Promise:
    """Return a state's word; an unknown state shows its own name."""
    return STATE_WORDS.get(state, state)


def reason_words(reason: str) -> str | Promise:
    """Return a reason's words; an unknown reason shows its own name."""
    return REASON_WORDS.get(reason, reason.replace("_", " "))
