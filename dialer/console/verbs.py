"""What each verb of the console's socket does: one table from verb to one function of the database."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from campaigns.planning.hours import zones_of
from dialer.console.cardcheck import holds_card_number
from dialer.console.desk import Desk
from dialer.console.relay import dial_softphone, wake_gateway
from tenants.vault.errors import EmptyAnswerError, KeyFileError, VaultError
from tenants.vault.hpke import seal_to
from tenants.vault.index import answer_digest

NOTE_LABEL: Final = b"keyhole/note/v1"
DIAL_TOKEN_BYTES: Final = 24
Args = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to. `extra` goes to the page; `look` says whether the state may have changed."""

    ok: bool
    code: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    look: bool = True


def _answer(result: Any, *names: str) -> Answer:
    """Turn a function's {"ok", "code", ...} into an answer that carries only the names asked for."""
    if not isinstance(result, dict):
        return Answer(False, "refused")
    extra = {name: result[name] for name in names if name in result}
    return Answer(bool(result.get("ok")), str(result.get("code") or ""), extra)


async def _plain(desk: Desk, args: Args, *, function: str) -> Answer:
    return _answer(await desk.ask(function, *args.values()))


async def _call(desk: Desk, args: Args) -> Answer:
    dial_token = secrets.token_urlsafe(DIAL_TOKEN_BYTES)
    answer = _answer(await desk.ask("dialer_request_dial_v1", hashlib.sha256(dial_token.encode()).digest()))
    return Answer(answer.ok, answer.code, {"dial_token": dial_token} if answer.ok else {})


async def _dial(desk: Desk, args: Args) -> Answer:
    sent = await dial_softphone(args["dial_token"])
    return Answer(sent, "" if sent else "exchange_away", look=not sent)


async def _command(desk: Desk, args: Args, *, verb: str) -> Answer:
    answer = _answer(await desk.ask("dialer_command_call_v1", verb))
    if answer.ok:
        await wake_gateway()
    return answer


async def _check_answer(desk: Desk, args: Args) -> Answer:
    if desk.person is None:
        return Answer(False, "no_lease")
    try:
        digest = answer_digest(
            desk.person.answers_key(),
            contact_id=desk.person.contact_id,
            field=args["column"],
            answer=args["answer"],
        )
    except EmptyAnswerError:
        return Answer(False, "empty_answer", look=False)
    except (VaultError, KeyError, TypeError):
        return Answer(False, "unreadable", look=False)
    taken = _answer(await desk.ask("dialer_check_answer_v2", args["column"], digest))
    if not taken.ok:
        return taken
    # How it went is told only when the guess is on record: a later transaction asks.
    result = await desk.ask("dialer_read_answer_v1")
    return _answer(result, "match", "tries_left", "matched", "needed", "verified")


async def _save_outcome(desk: Desk, args: Args) -> Answer:
    note = args["note"].strip()
    if holds_card_number(note):
        return Answer(False, "card_number", look=False)
    sealed, version = None, 0
    if note:
        if desk.person is None:
            return Answer(False, "no_lease")
        try:
            version, public = desk.keys.keyring.public_key("firm")
        except KeyFileError:
            return Answer(False, "note_key", look=False)
        sealed = seal_to(
            public, info=NOTE_LABEL, associated=desk.person.lease_id.bytes, plaintext=note.encode("utf-8")
        )
    callback_at = None
    if args["callback_at"] is not None:
        callback_at = await _at_the_person(desk, args["callback_at"])
        if callback_at is None:
            return Answer(False, "callback_time", look=False)
    result = await desk.ask(
        "dialer_record_outcome_v1", args["disposition_id"], callback_at, args["callback_own"], sealed, version
    )
    return _answer(result)


async def _at_the_person(desk: Desk, local: datetime) -> datetime | None:
    """Turn a wall-clock time at the called person into UTC; None when their zone is not known."""
    snapshot = await desk.ask("dialer_load_desk_v1")
    zones = zones_of(((snapshot or {}).get("lease") or {}).get("zone") or "")
    return local.replace(tzinfo=zones[0]).astimezone(UTC) if zones else None


async def _beat(desk: Desk, args: Args) -> Answer:
    return Answer(True, look=False)


async def _refresh(desk: Desk, args: Args) -> Answer:
    return Answer(True)


HANDLERS: Final[Mapping[str, Callable[[Desk, Args], Awaitable[Answer]]]] = MappingProxyType(
    {
        "go_ready": partial(_plain, function="dialer_go_ready_v1"),
        "pause": partial(_plain, function="dialer_pause_v1"),
        "choose_campaign": partial(_plain, function="dialer_choose_campaign_v1"),
        "skip": partial(_plain, function="dialer_skip_contact_v1"),
        "extend_wrap_up": partial(_plain, function="dialer_extend_wrap_up_v1"),
        "call": _call,
        "dial": _dial,
        "end_call": partial(_command, verb="hang_up"),
        "hold": partial(_command, verb="hold"),
        "unhold": partial(_command, verb="unhold"),
        "mute": partial(_command, verb="mute"),
        "unmute": partial(_command, verb="unmute"),
        "check_answer": _check_answer,
        "save_outcome": _save_outcome,
        "beat": _beat,
        "refresh": _refresh,
    }
)
