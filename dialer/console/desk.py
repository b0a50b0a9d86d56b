"""One agent's desk as the database holds it, reached with the session's token alone. It decides nothing.

Each call is a transaction of its own: what one grants, only a later one shows.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dialer.console.person import ListKeys, OpenPerson, open_person
from dialer.console.state import compose_state
from dialer.console.words import words_for
from tenants.db.functions import acall
from tenants.vault.errors import VaultError

logger = logging.getLogger(__name__)

# Raised by SQL when a token is no session of an agent any more.
_NO_SESSION = "KH001"


class SignedOut(Exception):
    """The token opens nothing any more: the socket has to close."""


class Unavailable(Exception):
    """The database did not do this now. Nothing was changed."""


@dataclass(slots=True, repr=False)
class Desk:
    """What one socket needs to act for its agent."""

    token: str
    keys: ListKeys
    person: OpenPerson | None = field(default=None)
    campaign_id: str | None = None
    waiting: bool = False

    async def ask(self, function: str, *args: Any) -> Any:
        """Call one of the agent login's functions with this session's token.

        Raises: SignedOut, Unavailable.
        """
        try:
            return await acall(function, self.token, *args)
        except psycopg.Error as error:
            if error.sqlstate == _NO_SESSION:
                raise SignedOut from None
            # The message may quote a value, so only the kind of error is kept.
            logger.error("desk: %s failed: %s %s", function, type(error).__name__, error.sqlstate)
            raise Unavailable from None

    async def load(self, *, arriving: bool = False) -> dict[str, Any]:
        """Get a person if one is due, open them, and give the whole state for the page.

        `arriving` is a socket's first look: a lease of an older session is then taken over, on record.

        Raises: SignedOut, Unavailable.
        """
        snapshot = await self._snapshot()
        trouble = ""
        if snapshot["state"] == "ready" and not snapshot["lease"]:
            answer = await self.ask("dialer_reserve_contact_v1")
            trouble = "" if answer["ok"] else answer["code"]
            snapshot = await self._snapshot() if answer["ok"] else snapshot | {"idle_code": trouble}
        self.person = None
        if snapshot["lease"]:
            trouble = await self._reveal(taken_over=arriving and not snapshot.get("lease_session"))
        self.waiting = snapshot["state"] == "ready" and not snapshot["lease"]
        campaign = snapshot["campaign"] or {}
        self.campaign_id = campaign.get("id")
        return compose_state(
            snapshot, self.person, trouble=trouble, sentence=words_for(trouble) if trouble else ""
        )

    async def _snapshot(self) -> dict[str, Any]:
        snapshot = await self.ask("dialer_load_desk_v1")
        if not isinstance(snapshot, dict):
            raise SignedOut
        return snapshot

    async def _reveal(self, *, taken_over: bool) -> str:
        """Open the person of the lease; gives a code when that cannot be."""
        if taken_over:
            await self.ask("dialer_resume_lease_v1")
        revealed = await self.ask("dialer_reveal_contact_v1")
        if revealed is None:
            return "state"
        try:
            self.person = open_person(revealed, self.keys)
        except VaultError as error:
            logger.error("desk: a record could not be opened: %s", error.code)
            return "unreadable"
        return ""
