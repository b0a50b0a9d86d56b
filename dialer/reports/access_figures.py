"""The figures of a month's access review, from counts and changes. Pure; names nobody but by id.

Every figure follows from entries of the record, so the same month gives the same figures whenever it is looked at.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

DORMANT: Final = timedelta(days=60)
# Refusals that the rules of a campaign give all day long. They are counted, not listed.
ROUTINE: Final = frozenset(
    {"empty", "closed_hours", "campaign_paused", "not_ready", "state", "no_number", "suppressed"}
)
INVITED, ACTIVE, DISABLED = "invited", "active", "disabled"


class Told(Protocol):
    """What the record tells of a person or an engagement."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def event(self) -> str:
        """What."""

    @property
    def starts_on(self) -> str | None:
        """The first day of the terms, as ISO 8601."""

    @property
    def ends_on(self) -> str | None:
        """The last day of the terms, as ISO 8601."""


class Counted(Protocol):
    """How often somebody did one thing."""

    @property
    def event(self) -> str:
        """What."""

    @property
    def allowed(self) -> bool:
        """Whether it was let."""

    @property
    def stage(self) -> str | None:
        """Of a reveal: 1 after answer, 2 after verification."""

    @property
    def reason(self) -> str | None:
        """Of a refusal: its code."""

    @property
    def count(self) -> int:
        """How often."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What one person did in a month; every figure is a count of entries."""

    received: int = 0
    after_answer: int = 0
    after_verification: int = 0
    dialled: int = 0
    answered: int = 0
    outcomes: int = 0
    skips: int = 0
    mismatches: int = 0
    denied: int = 0
    by_rules: int = 0
    sign_ins: int = 0
    refused_sign_ins: int = 0
    looks: int = 0
    entries: int = 0


_ALLOWED: Final = {
    "dialer:contact:reserved": "received",
    "dialer:call:dialled": "dialled",
    "dialer:call:answered": "answered",
    "dialer:outcome:recorded": "outcomes",
    "dialer:contact:skipped": "skips",
    "identity:session:opened": "sign_ins",
}


def total(acts: Iterable[Counted]) -> Totals:
    """Add up what one person did."""
    sums = dict.fromkeys(Totals.__dataclass_fields__, 0)
    for act in acts:
        sums["entries"] += act.count
        name = _ALLOWED.get(act.event) if act.allowed else None
        if act.event == "dialer:contact:revealed":
            name = "after_verification" if act.stage == "2" else "after_answer"
        elif act.event.startswith("oversight:"):
            name = "looks"
        elif act.event == "identity:session:refused":
            name = "refused_sign_ins"
        elif not act.allowed:
            name = _refusal(act)
        if name is not None:
            sums[name] += act.count
    return Totals(**sums)


def _refusal(act: Counted) -> str:
    if act.event == "dialer:answer:checked":
        return "mismatches"
    return "by_rules" if act.reason in ROUTINE else "denied"


def state_at(changes: Sequence[Told], *, moment: datetime, now_state: str) -> str:
    """Return a person's state at a moment: from what was told before it, else from what followed, else as it is now."""
    state = ""
    for change in changes:
        what = change.event.rsplit(":", 1)[1]
        if change.at < moment:
            # A new link for somebody who has joined changes nothing.
            state = {"invited": state or INVITED, "disabled": DISABLED}.get(what, ACTIVE)
        elif not state:
            return {"joined": INVITED, "invited": "", "disabled": ACTIVE, "enabled": DISABLED}[what]
    return state or now_state


@dataclass(frozen=True, slots=True)
class Terms:
    """An engagement's days as they stood from a moment on; `ended` once it was ended for good."""

    since: datetime
    starts_on: date
    ends_on: date
    ended: bool = False


def terms_of(changes: Sequence[Told], *, first: Terms) -> list[Terms]:
    """Return the terms an engagement had, oldest first. `first` are its own, for one the record tells nothing of."""
    terms: list[Terms] = []
    for change in changes:
        before = terms[-1] if terms else first
        starts_on = date.fromisoformat(change.starts_on) if change.starts_on else before.starts_on
        ends_on = date.fromisoformat(change.ends_on) if change.ends_on else before.ends_on
        terms.append(Terms(change.at, starts_on, ends_on, change.event.endswith(":ended")))
    if not changes or not changes[0].event.endswith(":created"):
        # The entry of its beginning was let go after its time, or there never was one.
        terms.insert(0, first)
    return terms


def had_access(terms: Sequence[Terms], *, since: datetime, until: datetime) -> bool:
    """Tell whether an engagement was there at any time of `[since, until)`."""
    begun = [each for each in terms if each.since < until]
    return bool(begun) and not any(each.ended and each.since < since for each in begun)


def is_within(terms: Sequence[Terms], *, day: date, at: datetime) -> bool:
    """Tell whether a day is one of the engagement's, by the terms that stood at that moment of it."""
    begun = [each for each in terms if each.since <= at]
    return bool(begun) and not begun[-1].ended and begun[-1].starts_on <= day <= begun[-1].ends_on


@dataclass(frozen=True, slots=True)
class Figures:
    """What a review says, by ids alone, in a fixed order: the part that no translation and no later name changes."""

    month: str
    totals: tuple[tuple[str, str, Totals], ...]
    refusals: tuple[str, ...]
    addresses: tuple[tuple[str, str, str], ...]
    outside: tuple[tuple[str, str, int], ...]
    nights: tuple[tuple[str, str, int], ...]
    dormant: tuple[str, ...]

    def digest(self) -> bytes:
        """The SHA-256 of the figures as canonical JSON. Source: RFC 8785, whole numbers and text alone."""
        text = json.dumps(astuple(self), separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).digest()


def person_key(person_id: UUID | None) -> str:
    """Return an id as the figures hold it; who is nobody is empty."""
    return str(person_id) if person_id else ""
