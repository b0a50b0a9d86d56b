"""Reads of the firm's rules. A firm that never changed them has the defaults; the floor is its country's."""

from dataclasses import dataclass
from datetime import datetime

from tenants.db.functions import call


@dataclass(frozen=True, slots=True)
class RulesNow:
    """What holds: the clock in hours, how long entries are kept and the least allowed, in months."""

    clock_h: int
    keep_months: int
    floor_months: int
    changed_at: datetime | None


def load_rules() -> RulesNow:
    """Return the rules of the firm whose token the running transaction carries.

    Raises: LookupError when it carries none.
    """
    row = call("tenants_load_rules_v1")
    if row is None:
        raise LookupError("no firm is bound to this transaction")
    changed = row["changed_at"]
    return RulesNow(
        clock_h=row["clock_h"],
        keep_months=row["keep_months"],
        floor_months=row["floor_months"],
        changed_at=datetime.fromisoformat(changed) if changed else None,
    )
