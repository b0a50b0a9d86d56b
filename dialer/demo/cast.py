"""The demo's people and houses, as data. All invented; none of it exists outside demo settings on loopback."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.identity.models import Role

FIRM_HANDLE: Final = "alder"
FIRM_NAME: Final = "Alder & Vale Energy"
OUTSOURCERS: Final = {"tern": "Tern Contact", "brightwater": "Brightwater Calls"}
CAMPAIGN_NAME: Final = "Winter tariff review"
LIST_NAME: Final = "demo-customers.csv"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person to sign in as. `house` is the firm's or an outsourcer's handle; `key` names them in a form."""

    key: str
    name: str
    role: Role
    house: str
    words: str | Promise

    @property
    def email(self) -> str:
        """Work e-mail, under a top-level domain reserved for examples."""
        return f"{self.key}@{self.house}.example"

    @property
    def surface(self) -> str:
        """Name of the surface where this person signs in."""
        return "firm" if self.house == FIRM_HANDLE else "agent"


CAST: Final = (
    DemoPerson("ines", "Ines Carter", Role.MANAGER, "alder", _("Client manager, imports, plans, pauses")),
    DemoPerson("olga", "Olga Reyes", Role.AUDITOR, "alder", _("Auditor, sees who contacted whom")),
    DemoPerson(
        "hugo", "Hugo Brandt", Role.DATA_OFFICER, "alder", _("Data officer, finds a person by number")
    ),
    DemoPerson(
        "dana", "Dana Wells", Role.SUPERVISOR, "tern", _("Supervisor, Tern Contact, sees states and totals")
    ),
    DemoPerson(
        "marta", "Marta Nowak", Role.AGENT, "tern", _("Agent, Tern Contact, gets one person at a time")
    ),
    DemoPerson("luis", "Luis Ortega", Role.AGENT, "tern", _("Agent, Tern Contact, sits beside Marta")),
    DemoPerson("priya", "Priya Shah", Role.SUPERVISOR, "brightwater", _("Supervisor, Brightwater Calls")),
    DemoPerson(
        "jon", "Jon Adeyemi", Role.AGENT, "brightwater", _("Agent, Brightwater Calls, with a low cap")
    ),
)


def person_of(key: str) -> DemoPerson | None:
    """Find a person of the cast."""
    return next((person for person in CAST if person.key == key), None)
