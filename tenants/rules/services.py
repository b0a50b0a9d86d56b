"""The one write on the firm's rules. Floors and the entry with old and new values are the database's."""

from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.errors import StepUpNeeded
from tenants.identity.permissions import Action, require
from tenants.rules.errors import REFUSALS, RulesRefused


def change_rules(*, actor: Actor, clock_h: int, keep_months: int) -> None:
    """Set the incident clock (hours) and how long entries are kept (months). Clocks that run keep their end.

    Raises: NotAllowed; StepUpNeeded, RulesRefused, nothing is changed then but the refused attempt is on record.
    """
    require(actor, Action.RULES_EDIT)
    said = call("tenants_change_rules_v1", clock_h, keep_months, actor.address, actor.device)
    if not said["ok"]:
        if said["code"] == "step_up":
            raise StepUpNeeded
        raise REFUSALS.get(said["code"], RulesRefused)
