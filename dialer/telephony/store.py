"""The gateway's door to the database: its own functions, nothing else. A token is a bound argument only."""

from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import psycopg

from dialer.calls.states import Event, State
from dialer.telephony.numbers import Dial
from dialer.telephony.port import OpenCall
from tenants.db.functions import acall, acall_row, acall_rows

# The database is away, busy or broken: what was to be written is kept and tried again.
STORE_ERRORS: Final = (psycopg.Error,)


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A call that the record has open, and whose desk to wake."""

    call: OpenCall
    agent_id: UUID


@dataclass(frozen=True, slots=True)
class Command:
    """What an agent asks of a call: hang_up, hold, unhold, mute, unmute. `state` is as it was read."""

    id: int
    call_id: UUID
    verb: str
    state: State


class CallStore(Protocol):
    """What the gateway asks of the record. Each is one transaction. Raises: one of `STORE_ERRORS`."""

    async def redeem(self, token: str) -> Dial | None:
        """Use a dial token up; None when it is worth nothing."""

    async def record(self, call_id: UUID, event: Event, cause: int | None) -> str | None:
        """Write an event down; give the new state, None when the table of states does not allow it."""

    async def open_attempts(self) -> list[OpenAttempt]:
        """Give the calls whose token was used and that are not over."""

    async def commands(self) -> list[Command]:
        """Give the commands that are not done, oldest first."""

    async def finish(self, command_id: int) -> None:
        """Mark a command as done."""


class DatabaseStore:
    """The `CallStore` over the functions of the gateway's login."""

    async def redeem(self, token: str) -> Dial | None:
        """Use a dial token up; see `CallStore`."""
        row = await acall_row("dialer_redeem_token_v1", token)
        return None if row is None else _dial_of(row)

    async def record(self, call_id: UUID, event: Event, cause: int | None) -> str | None:
        """Write an event down; see `CallStore`."""
        state: str | None = await acall("dialer_record_event_v1", call_id, str(event), cause)
        return state

    async def open_attempts(self) -> list[OpenAttempt]:
        """Give the open calls; see `CallStore`."""
        rows = await acall_rows("dialer_open_attempts_v1")
        return [
            OpenAttempt(
                call=OpenCall(call_id=row["attempt_id"], state=State(row["state"]), is_muted=row["muted"]),
                agent_id=row["agent_id"],
            )
            for row in rows
        ]

    async def commands(self) -> list[Command]:
        """Give the open commands; see `CallStore`."""
        rows = await acall_rows("dialer_take_commands_v1")
        return [
            Command(id=row["id"], call_id=row["attempt_id"], verb=row["verb"], state=State(row["state"]))
            for row in rows
        ]

    async def finish(self, command_id: int) -> None:
        """Mark a command as done; see `CallStore`."""
        await acall("dialer_finish_command_v1", command_id)


def _dial_of(row: dict[str, Any]) -> Dial:
    return Dial(
        call_id=row["attempt_id"],
        agent_id=row["agent_id"],
        firm_id=row["firm_id"],
        list_id=row["list_id"],
        contact_id=row["contact_id"],
        position=row["number_position"],
        sealed=row["number_sealed"],
        wrapped_key=row["number_key"],
        recipient_version=row["number_key_version"],
        key_version=row["key_version"],
        ring_s=float(row["max_ring_s"]),
    )
