"""One call of the simulated exchange: where it stands at a moment, and the facts it is restored from.

Pure. It holds no number and reads no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from dialer.calls.results import NORMAL_CLEARING, judge_end
from dialer.calls.states import ANSWERED, Event, State, ended
from dialer.telephony.timeline import Step, draw_plan, plan_steps, refused_steps

# What an agent can change of an answered call: in which states, and whether it is held and muted afterwards
# (None: as before).
SWITCHES: Final[dict[Event, tuple[frozenset[State], bool | None, bool | None]]] = {
    Event.HELD: (frozenset({State.TALKING}), True, None),
    Event.RESUMED: (frozenset({State.HELD}), False, None),
    Event.MUTED: (ANSWERED, None, True),
    Event.UNMUTED: (ANSWERED, None, False),
}
_HANG_UP: Final = "hang_up"


@dataclass(frozen=True, slots=True)
class Draw:
    """How a call was begun. `ring_s` is in seconds before `speed` divides them."""

    began_at: datetime
    ring_s: float
    seed: int
    speed: float
    is_refused: bool


class Line:
    """One call. `told` counts the network's steps that the listener has heard of."""

    def __init__(self, call_id: UUID, draw: Draw) -> None:
        self.call_id = call_id
        self.draw = draw
        plan = draw_plan(draw.seed, call_id)
        self.steps = refused_steps(plan) if draw.is_refused else plan_steps(plan, ring_s=draw.ring_s)
        self.told = 0
        self.hung_up_at: datetime | None = None
        self.is_held = False
        self.is_muted = False

    def time_of(self, step: Step) -> datetime:
        """When a step of the network happens, or would have."""
        return self.draw.began_at + timedelta(seconds=step.after_s / self.draw.speed)

    def ends_at(self) -> datetime:
        """When the call is over, by the network or by the agent."""
        last = self.time_of(self.steps[-1])
        return last if self.hung_up_at is None else min(last, self.hung_up_at)

    def past(self, now: datetime) -> tuple[Step, ...]:
        """The network's steps up to `now`; after the agent hung up there are no more."""
        until = now if self.hung_up_at is None else min(now, self.hung_up_at)
        return tuple(step for step in self.steps if self.time_of(step) <= until)

    def state(self, now: datetime) -> State:
        """Where the call is at `now`."""
        if self.ends_at() <= now:
            return State.ENDED
        seen = {step.event for step in self.past(now)}
        if Event.ANSWERED in seen:
            return State.HELD if self.is_held else State.TALKING
        return State.RINGING if Event.RINGING in seen else State.DIALLING

    def hang_up(self, now: datetime) -> bool:
        """End the call for the agent; False when it was over."""
        if self.state(now) is State.ENDED:
            return False
        self.hung_up_at = now
        return True

    def hung_up_event(self) -> Event:
        """The event that ends a call which the agent hung up."""
        seen = {step.event for step in self.past(self.ends_at())}
        result = judge_end(
            cause=NORMAL_CLEARING,
            has_rung=Event.RINGING in seen,
            was_answered=Event.ANSWERED in seen,
            is_ours=True,
        )
        return ended(result)

    def switch(self, event: Event, now: datetime) -> bool:
        """Hold, resume, mute or unmute; False when the call is not in a state for it or is so already."""
        states, held, muted = SWITCHES[event]
        before = (self.is_held, self.is_muted)
        after = (
            before[0] if held is None else held,
            before[1] if muted is None else muted,
        )
        if self.state(now) not in states or after == before:
            return False
        self.is_held, self.is_muted = after
        return True

    def resume_from(self, state: State) -> None:
        """Take it that the listener knows what leads to `state`."""
        events = [step.event for step in self.steps]
        known = Event.ANSWERED if state in ANSWERED else Event.RINGING if state is State.RINGING else None
        self.told = events.index(known) + 1 if known in events else 0

    def facts(self) -> list[dict[str, Any]]:
        """What to write down to restore the call."""
        draw = self.draw
        begun = {
            "call": self.call_id.hex,
            "at": draw.began_at.timestamp(),
            "ring_s": draw.ring_s,
            "seed": draw.seed,
            "speed": draw.speed,
            "refused": draw.is_refused,
        }
        marks = [Event.HELD] * self.is_held + [Event.MUTED] * self.is_muted
        facts = [begun, *(asked_fact(self.call_id, str(event)) for event in marks)]
        if self.hung_up_at is not None:
            facts.append(hung_up_fact(self.call_id, self.hung_up_at))
        return facts


def asked_fact(call_id: UUID, event: str) -> dict[str, Any]:
    """What to write down when a switch was thrown."""
    return {"call": call_id.hex, "do": event}


def hung_up_fact(call_id: UUID, at: datetime) -> dict[str, Any]:
    """What to write down when the agent hung up."""
    return {"call": call_id.hex, "do": _HANG_UP, "at": at.timestamp()}


def restore_lines(facts: Iterable[dict[str, Any]]) -> dict[UUID, Line]:
    """Rebuild the calls from their facts, oldest first."""
    lines: dict[UUID, Line] = {}
    for fact in facts:
        call_id = UUID(hex=fact["call"])
        if "do" not in fact:
            lines[call_id] = Line(call_id, _draw_of(fact))
        elif (line := lines.get(call_id)) is not None:
            _redo(line, fact)
    return lines


def _draw_of(fact: dict[str, Any]) -> Draw:
    return Draw(
        began_at=_time(fact["at"]),
        ring_s=float(fact["ring_s"]),
        seed=int(fact["seed"]),
        speed=float(fact["speed"]),
        is_refused=bool(fact["refused"]),
    )


def _redo(line: Line, fact: dict[str, Any]) -> None:
    if fact["do"] == _HANG_UP:
        line.hung_up_at = _time(fact["at"])
        return
    _, held, muted = SWITCHES[Event(fact["do"])]
    line.is_held = line.is_held if held is None else held
    line.is_muted = line.is_muted if muted is None else muted


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
