"""What an auditor asks of the record, as plain values. Pure; it never holds a phone number."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are wanted. None and empty mean no limit; `since` counts in, `until` does not.

    `outcome` is an outcome's id as text, or a result of the network such as no_answer. `with_looks` keeps the
    firm's own looks at the record, which else hide what the outsourcer did.
    """

    since: datetime | None = None
    until: datetime | None = None
    outsourcer_id: UUID | None = None
    agent_id: UUID | None = None
    campaign_id: UUID | None = None
    contact_ids: tuple[UUID, ...] = ()
    outcome: str = ""
    allowed: bool | None = None
    contacts_only: bool = False
    with_looks: bool = True

    def kinds(self) -> str:
        """Name what was filtered by, without values (`campaign+time`), for the entry of this look."""
        used = {
            "agent": self.agent_id is not None,
            "campaign": self.campaign_id is not None,
            "contact": bool(self.contact_ids),
            "outcome": bool(self.outcome),
            "outsourcer": self.outsourcer_id is not None,
            "time": self.since is not None or self.until is not None,
            "verdict": self.allowed is not None,
        }
        return "+".join(kind for kind, is_used in used.items() if is_used)
