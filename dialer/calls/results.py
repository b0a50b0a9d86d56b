"""What the network's cause of an end means for the call. Pure; an unknown cause never counts as an answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dialer.calls.states import Result

NORMAL_CLEARING: Final = 16
BUSY: Final = 17
NO_ANSWER: Final = 19
UNALLOCATED: Final = 1
REJECTED: Final = 21
OUT_OF_ORDER: Final = 27
INVALID_FORMAT: Final = 28
CONGESTION: Final = 34
TEMPORARY_FAILURE: Final = 41

# Hangup causes of a call that nobody answered. Source: ITU-T Q.850, table 1.
NETWORK_RESULTS: Final[Mapping[int, Result]] = MappingProxyType(
    {
        UNALLOCATED: Result.INVALID,
        2: Result.UNREACHABLE,
        3: Result.UNREACHABLE,
        NORMAL_CLEARING: Result.CANCELLED,
        BUSY: Result.BUSY,
        18: Result.UNREACHABLE,
        NO_ANSWER: Result.UNREACHABLE,
        20: Result.UNREACHABLE,
        # A person who declines is not told from a network that does, so it is no word of refusal.
        REJECTED: Result.UNREACHABLE,
        22: Result.INVALID,
        OUT_OF_ORDER: Result.UNREACHABLE,
        INVALID_FORMAT: Result.INVALID,
        31: Result.UNREACHABLE,
        CONGESTION: Result.FAILED,
        38: Result.FAILED,
        TEMPORARY_FAILURE: Result.FAILED,
        42: Result.FAILED,
        44: Result.FAILED,
        47: Result.FAILED,
    }
)
# The network's words for "it rang and nobody came"; without a ring they mean that nothing was reached.
_UNANSWERED: Final = frozenset({18, NO_ANSWER})
_CLEARED: Final = frozenset({NORMAL_CLEARING, 31})


def judge_end(
    *,
    cause: int,
    has_rung: bool,
    was_answered: bool,
    is_ours: bool = False,
    is_machine: bool = False,
) -> Result:
    """Give the result of a call that ended with `cause` (Q.850).

    `is_ours` says that the agent hung up, `is_machine` that detection took the answer for a machine.
    """
    if was_answered:
        if is_machine:
            return Result.MACHINE
        return Result.ANSWERED if is_ours or cause in _CLEARED else Result.DROPPED
    if is_ours:
        return Result.CANCELLED
    if has_rung and cause in _UNANSWERED:
        return Result.NO_ANSWER
    return NETWORK_RESULTS.get(cause, Result.FAILED)
