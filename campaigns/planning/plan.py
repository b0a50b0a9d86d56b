"""A campaign's plan as one value: what a manager edits as a whole, compared to see what changed. Pure."""

from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from campaigns.planning.hours import Window

Script = dict[str, list[dict[str, Any]]]

LONGEST_RETRY_S = 90 * 86_400
AFTER_VERIFICATION = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """A disposition: `outcome_id` None for a new one. `retry_s` counts only for the kind 'again'."""

    outcome_id: UUID | None
    label: str
    kind: str
    retry_s: int


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """When an agent sees a column, under which label, and the question that compares it ('' for none)."""

    name: str
    label: str
    visible: int
    question: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. Times in seconds; `retries` maps a network result to seconds or None for never."""

    max_attempts: int
    min_ring_s: int
    max_ring_s: int
    preview_s: int
    wrap_up_s: int
    verify_needed: int
    hours: tuple[Window, ...]
    closed_days: tuple[tuple[date, str], ...]
    outcomes: tuple[Outcome, ...]
    retries: tuple[tuple[str, int | None], ...]
    columns: tuple[ColumnRule, ...]
    script: Script

    def changes(self, other: "Plan") -> list[str]:
        """Return the names of the parts in which the plans differ, in order."""
        names = (field.name for field in fields(self))
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def find_fault(plan: Plan) -> str | None:
    """Return the code of the first thing that does not fit, None for a sound plan."""
    if not 1 <= plan.max_attempts <= 50:
        return "attempts"
    if not 5 <= plan.min_ring_s <= plan.max_ring_s <= 120:
        return "ring"
    if not (10 <= plan.preview_s <= 3600 and 10 <= plan.wrap_up_s <= 3600):
        return "times"
    if not 0 <= plan.verify_needed <= 9:
        return "verify_needed"
    if _overlap(plan.hours) or any(window.closes <= window.opens for window in plan.hours):
        return "hours"
    labels = [outcome.label.casefold() for outcome in plan.outcomes]
    if not labels or len(set(labels)) != len(labels) or not all(map(str.strip, labels)):
        return "outcomes"
    waits = [outcome.retry_s for outcome in plan.outcomes] + [wait or 0 for _, wait in plan.retries]
    if any(not 0 <= wait <= LONGEST_RETRY_S for wait in waits):
        return "retries"
    return None


def questions_missing(plan: Plan) -> int:
    """Return how many questions are still to be set before anybody can be verified.

    0 when enough are, and when nothing waits for verification.
    """
    if not any(column.visible == AFTER_VERIFICATION for column in plan.columns):
        return 0
    asked = sum(bool(column.question) for column in plan.columns)
    return max(0, plan.verify_needed - asked)


def _overlap(windows: tuple[Window, ...]) -> bool:
    ordered = sorted(windows)
    return any(one.weekday == two.weekday and two.opens < one.closes for one, two in pairwise(ordered))
