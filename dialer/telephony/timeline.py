"""How a simulated call goes, as a pure function of a seed and the call's id.

It must never read the clock or the number, so a restarted gateway finds every call where it left it.
"""

import hashlib
import math
from bisect import bisect
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from random import Random
from statistics import NormalDist
from typing import Final
from uuid import UUID

from dialer.calls.results import (
    BUSY,
    INVALID_FORMAT,
    NO_ANSWER,
    NORMAL_CLEARING,
    OUT_OF_ORDER,
    REJECTED,
    UNALLOCATED,
    judge_end,
)
from dialer.calls.states import Event, ended


class Fate(StrEnum):
    """What awaits a call when nobody at our end interferes and it may ring for long enough."""

    PERSON = "person"
    SILENCE = "silence"
    BUSY = "busy"
    MACHINE = "machine"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"
    DROP = "drop"


# Parts of a hundred calls.
SHARES: Final[dict[Fate, float]] = {
    Fate.PERSON: 44.3,
    Fate.SILENCE: 30.0,
    Fate.BUSY: 8.0,
    Fate.MACHINE: 8.0,
    Fate.INVALID: 4.0,
    Fate.UNREACHABLE: 3.0,
    Fate.DECLINED: 2.0,
    Fate.DROP: 0.7,
}
_FATES: Final = tuple(SHARES)
_BOUNDS: Final = tuple(accumulate(SHARES.values()))

DIAL_S: Final = (0.4, 2.0)
RING_S: Final = (3.0, 25.0)
DECLINE_RING_S: Final = (2.0, 9.0)
DETECTION_S: Final = (2.6, 3.0)
TALK_S: Final = (20.0, 240.0)
# Natural logarithms of seconds: half of the talks are over in about 75 s, few last minutes.
_TALK: Final = NormalDist(mu=4.32, sigma=0.65)
_TALK_SHARES: Final = (_TALK.cdf(math.log(TALK_S[0])), _TALK.cdf(math.log(TALK_S[1])))
_LONGEST_RING_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a call, `after_s` seconds after it was dialled; `cause` (Q.850) with an end alone."""

    after_s: float
    event: Event
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn for one call, all times in seconds."""

    fate: Fate
    dial_s: float
    ring_s: float
    talk_s: float


def draw_plan(seed: int, call_id: UUID) -> Plan:
    """Draw a call's fate and its times."""
    # Only random() of the generator keeps its values from one Python to the next.
    random = Random(int.from_bytes(hashlib.sha256(b"%d/" % seed + call_id.bytes).digest()))  # noqa: S311  # nosec B311
    fate = _FATES[min(bisect(_BOUNDS, random.random() * _BOUNDS[-1]), len(_FATES) - 1)]
    dial_s = _between(DIAL_S, random.random())
    ring_s = _between(DECLINE_RING_S if fate is Fate.DECLINED else RING_S, random.random())
    talk_s = _between(DETECTION_S, random.random()) if fate is Fate.MACHINE else _talk_s(random.random())
    if fate is Fate.DROP:
        # The line may break at any moment of the talk.
        talk_s *= random.random()
    return Plan(fate=fate, dial_s=dial_s, ring_s=ring_s, talk_s=talk_s)


def plan_steps(plan: Plan, *, ring_s: float) -> tuple[Step, ...]:
    """Lay out a plan's events in order, for a call that may ring `ring_s` seconds. The last one ends it."""
    match plan.fate:
        case Fate.INVALID:
            return (_end(plan.dial_s, UNALLOCATED),)
        case Fate.BUSY:
            return (_end(plan.dial_s, BUSY),)
        case Fate.UNREACHABLE:
            return (_end(plan.dial_s, NO_ANSWER),)
    rings = Step(plan.dial_s, Event.RINGING)
    limit_s = min(ring_s, _LONGEST_RING_S)
    if plan.fate is Fate.SILENCE or plan.ring_s >= limit_s:
        return rings, _end(plan.dial_s + limit_s, NO_ANSWER, has_rung=True)
    up_s = plan.dial_s + plan.ring_s
    if plan.fate is Fate.DECLINED:
        return rings, _end(up_s, REJECTED, has_rung=True)
    cause = OUT_OF_ORDER if plan.fate is Fate.DROP else NORMAL_CLEARING
    result = judge_end(
        cause=cause,
        has_rung=True,
        was_answered=True,
        is_machine=plan.fate is Fate.MACHINE,
    )
    return (
        rings,
        Step(up_s, Event.ANSWERED),
        Step(up_s + plan.talk_s, ended(result), cause),
    )


def refused_steps(plan: Plan) -> tuple[Step, ...]:
    """Lay out what happens to a call whose number no network could route, whatever was drawn for it."""
    return (_end(plan.dial_s, INVALID_FORMAT),)


def _end(after_s: float, cause: int, *, has_rung: bool = False) -> Step:
    return Step(
        after_s,
        ended(judge_end(cause=cause, has_rung=has_rung, was_answered=False)),
        cause,
    )


def _between(span: tuple[float, float], share: float) -> float:
    low, high = span
    return low + (high - low) * share


def _talk_s(share: float) -> float:
    # Log-normal, cut at both ends without piling up there.
    return math.exp(_TALK.inv_cdf(_between(_TALK_SHARES, share)))
