"""Reads how long a firm's entries are kept and how far its log has been let go. It changes nothing."""

from dataclasses import dataclass

from tenants.db.functions import call


@dataclass(frozen=True, slots=True)
class Keeping:
    """Of one firm: months that entries are kept, months no rule goes under, and the first place with its entry."""

    keep_months: int
    floor_months: int
    pruned_until: int


def load_keeping() -> Keeping | None:
    """Load it for the firm whose token the running transaction carries; None without one."""
    row = call("tenants_load_keeping_v1")
    return Keeping(**row) if row else None
