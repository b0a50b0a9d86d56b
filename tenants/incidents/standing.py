"""What every page of the firm says of open incidents: how many, and how many are late. Read once, when it is drawn."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows
from tenants.incidents.clock import ClockState
from tenants.incidents.queries import list_open
from tenants.incidents.rows import Row, row_of


@dataclass(frozen=True, slots=True)
class OpenIncidents:
    """The open incidents, the most urgent first."""

    rows: list[Row]

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self.rows)

    @property
    def overdue(self) -> int:
        """How many of them have run out of time with nobody told."""
        return sum(row.clock.state is ClockState.OVERDUE for row in self.rows)

    @property
    def urgent(self) -> list[Row]:
        """Those whose clock still runs."""
        return [row for row in self.rows if row.clock.is_running]


def load_open(actor: Actor | None) -> OpenIncidents:
    """Return the firm's open incidents; none for somebody who may not see them."""
    if settings.KEYHOLE_SURFACE != "firm" or actor is None or not allows(actor, Action.INCIDENT_VIEW):
        return OpenIncidents([])
    now = timezone.now()
    return OpenIncidents([row_of(one, now) for one in list_open(firm_id=actor.own_firm_id)])


def incidents_context(request: HttpRequest) -> dict[str, Any]:
    """Give templates `open_incidents`, read from the database only by a page that shows it."""
    actor = getattr(request, "actor", None)
    return {"open_incidents": SimpleLazyObject(lambda: load_open(actor))}
