"""What a browser may say on the console's socket, as data: every verb and its arguments. Pure.

What is not written here is refused; docs/formats/console-socket.md says the same in words.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

MAX_FRAME_BYTES: Final = 16_384
MAX_ID: Final = 2**53 - 1
MAX_NOTE_CHARS: Final = 2000
PAUSE_REASONS: Final = ("break", "lunch", "training", "meeting", "technical", "other")
SKIP_REASONS: Final = ("known_person", "language", "bad_time", "data_wrong", "other")
_DIAL_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}")


class MessageError(Exception):
    """A frame not of the schema: `code` bad_message, unknown_verb or too_long; `re` its id, if any."""

    def __init__(self, code: str, re: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.re = re


@dataclass(frozen=True, slots=True)
class Message:
    """One request: its id (answered as `re`), its verb, its checked arguments."""

    id: int
    do: str
    args: Mapping[str, Any]


def _one_of(words: tuple[str, ...]) -> Callable[[Any], Any]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError
        return value

    return check


def _text(longest: int, shortest: int = 0) -> Callable[[Any], Any]:
    def check(value: Any) -> str:
        # A NUL cannot be stored, and its error would quote what was typed.
        if not isinstance(value, str) or not shortest <= len(value) <= longest or "\0" in value:
            raise ValueError
        return value

    return check


def _uuid(value: Any) -> UUID:
    if not isinstance(value, str) or len(value) != 36:
        raise ValueError
    return UUID(value)


def _local_time(value: Any) -> datetime:
    """A wall-clock time without a zone: it is meant at the called person."""
    value = _text(16, 16)(value)
    return datetime.strptime(value, "%Y-%m-%dT%H:%M")


def _flag(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueError


def _dial_token(value: Any) -> str:
    if not isinstance(value, str) or not _DIAL_TOKEN.fullmatch(value):
        raise ValueError
    return value


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


_NOTHING: Mapping[str, Callable[[Any], Any]] = MappingProxyType({})
VERBS: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = MappingProxyType(
    {
        "go_ready": _NOTHING,
        "pause": {"reason": _one_of(PAUSE_REASONS)},
        "choose_campaign": {"campaign_id": _uuid},
        "call": _NOTHING,
        "dial": {"dial_token": _dial_token},
        "end_call": _NOTHING,
        "hold": _NOTHING,
        "unhold": _NOTHING,
        "mute": _NOTHING,
        "unmute": _NOTHING,
        "skip": {"reason": _one_of(SKIP_REASONS)},
        "check_answer": {"column": _text(120, 1), "answer": _text(200)},
        "save_outcome": {
            "disposition_id": _or_none(_uuid),
            "callback_at": _or_none(_local_time),
            "callback_own": _flag,
            "note": _text(MAX_NOTE_CHARS),
        },
        "extend_wrap_up": _NOTHING,
        "beat": _NOTHING,
        "refresh": _NOTHING,
    }
)


def parse_message(text: str) -> Message:
    """Read one frame.

    Raises: MessageError; it never quotes what was sent.
    """
    if len(text) > MAX_FRAME_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
        raise MessageError("too_long")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("bad_message") from None
    if not isinstance(frame, dict):
        raise MessageError("bad_message")
    number = frame.pop("id", None)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_ID:
        raise MessageError("bad_message")
    verb = frame.pop("do", None)
    if not isinstance(verb, str) or verb not in VERBS:
        raise MessageError("unknown_verb", number)
    wanted = VERBS[verb]
    if frame.keys() != wanted.keys():
        raise MessageError("bad_message", number)
    try:
        args = {name: check(frame[name]) for name, check in wanted.items()}
    except ValueError:
        raise MessageError("bad_message", number) from None
    return Message(number, verb, MappingProxyType(args))
