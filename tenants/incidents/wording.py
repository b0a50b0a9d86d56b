"""The words, icon and colour of an incident: its clock, what was added, and the alarm that opened it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tenants.incidents.clock import Clock, ClockState
from tenants.oversight.models import Incident, IncidentEntry

Text = str | Promise
Kind = IncidentEntry.Kind


@dataclass(frozen=True, slots=True)
class Look:
    """Words with an icon's name and a state's colour class."""

    words: Text
    icon: str
    tone: str


ITEMS: Final[dict[str, Look]] = {
    Kind.NOTE: Look(_("Note"), "wrapup", "s-info"),
    Kind.EFFECTS: Look(_("Effects"), "people", "s-info"),
    Kind.MEASURES: Look(_("Measures"), "shield", "s-info"),
    Kind.AUTHORITY: Look(_("The authority was told"), "campaign", "s-ok"),
    Kind.PERSONS: Look(_("The people concerned were told"), "person", "s-ok"),
    Kind.REMINDER: Look(_("Reminder"), "clock", "s-warn"),
    Kind.CLOSED: Look(_("Closed"), "check", "s-ok"),
    Kind.REOPENED: Look(_("Opened again"), "undo", "s-warn"),
}
# An item of the authority without a time holds the reason why it was not told.
NOT_TOLD: Final = Look(_("Why the authority was not told"), "no", "s-warn")
UNKNOWN: Final = Look(_("Something else"), "dot", "s-paused")

CLOCKS: Final[dict[ClockState, Look]] = {
    ClockState.RUNNING: Look(_("Running"), "clock", "s-info"),
    ClockState.SOON: Look(_("Less than a day left"), "clock", "s-warn"),
    ClockState.OVERDUE: Look(_("Overdue"), "alert", "s-danger"),
    ClockState.TOLD: Look(_("Told in time"), "check", "s-ok"),
    ClockState.TOLD_LATE: Look(_("Told late"), "warn", "s-warn"),
    ClockState.CLOSED: Look(_("Stopped"), "check", "s-paused"),
}

CAUSES: Final[dict[str, Text]] = {
    "witness_refused": _("A witness refused the record"),
    "witness_missed": _("A witness was not heard of in its time"),
    "entry_changed": _("An entry does not fit the signed tree"),
    "log_entry_missing": _("An entry that was signed is no longer there"),
    "log_place_missing": _("An entry lost its place in the record"),
    "log_tile_missing": _("A part of the tree is no longer there"),
    "log_rolled_back": _("The record is shorter than what was signed"),
    "log_forked": _("Two signed states of the record contradict each other"),
    "log_checkpoint_not_ours": _("A checkpoint is not signed by the record's key"),
    "log_root_differs": _("The tree does not give the root that was signed"),
    "log_key_missing": _("The key that signed the record is missing"),
    "log_foreign_key": _("Somebody else's key was written into the record"),
    "log_entry_unreadable": _("An entry of the record cannot be read"),
    "export_warrant": _("An export does not fit what was approved"),
    "log_memory_unreadable": _("What the signer remembers of the record cannot be read"),
}


def title_of(incident: Incident) -> Text:
    """Return the title: the alarm's words for one that Keyhole opened, else what was typed."""
    return CAUSES.get(incident.cause, incident.title)


def item_look(item: IncidentEntry) -> Look:
    """Return how an item is shown."""
    if item.kind == Kind.AUTHORITY and item.told_at is None:
        return NOT_TOLD
    return ITEMS.get(item.kind, UNKNOWN)


def item_words(item: IncidentEntry) -> str:
    """Return the text of an item; a reminder keeps only its hours, and is put into words here."""
    if item.kind != Kind.REMINDER:
        return item.text
    try:
        hours = int(item.text)
    except ValueError:
        # Somebody changed it: it is shown as it stands, and told as changed beside it.
        return item.text
    if hours < 0:
        return ngettext(
            "%(hours)d hour was left to tell the authority.",
            "%(hours)d hours were left to tell the authority.",
            -hours,
        ) % {"hours": -hours}
    if hours == 0:
        return _now("The time to tell the authority was over.")
    return ngettext(
        "The time to tell the authority had been over for %(hours)d hour.",
        "The time to tell the authority had been over for %(hours)d hours.",
        hours,
    ) % {"hours": hours}


def span_words(span: timedelta) -> str:
    """Return a span as its two largest units: days and hours, hours and minutes, or minutes."""
    minutes = int(abs(span).total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        parts = [_days(days), _hours(hours)] if hours else [_days(days)]
    elif hours:
        rest = minutes % 60
        parts = [_hours(hours), _minutes(rest)] if rest else [_hours(hours)]
    else:
        parts = [_minutes(minutes)]
    return " ".join(parts)


def clock_words(clock: Clock) -> str:
    """Return where the clock stands, in words."""
    span = span_words(clock.left)
    sentences: dict[ClockState, str] = {
        ClockState.RUNNING: _now("%(span)s left"),
        ClockState.SOON: _now("%(span)s left"),
        ClockState.OVERDUE: _now("Overdue by %(span)s"),
        ClockState.TOLD: _now("Told %(span)s before the end"),
        ClockState.TOLD_LATE: _now("Told %(span)s late"),
        ClockState.CLOSED: _now("Closed"),
    }
    return sentences[clock.state] % {"span": span}


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
