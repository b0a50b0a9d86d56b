"""Why something was not written in the incident register. Each says what to do next; nothing was written then."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class IncidentRefused(KeyholeError):
    """The register did not take this. `field` is the form's field that it is about, or empty."""

    code = "incidents:refused"
    field: str = ""
    message = _(
        "The register did not take this. Nothing was written. Look at what you typed and send it again."
    )


class NotInThePast(IncidentRefused):
    """An incident was discovered before it is written down."""

    code = "incidents:discovered"
    field = "discovered_at"
    message = _("The discovery lies in the future. Nothing was written. Give the time when it was noticed.")


class AfterDiscovery(IncidentRefused):
    """What was discovered happened before."""

    code = "incidents:happened"
    field = "happened_at"
    message = _("This is after the discovery. Nothing was written. Give an earlier time, or leave it empty.")


class WrongTime(IncidentRefused):
    """Telling somebody happens between the discovery and now."""

    code = "incidents:told"
    field = "told_at"
    message = _(
        "This is before the discovery or in the future. Nothing was added. Give the time when they were told."
    )


class IsClosed(IncidentRefused):
    """A closed incident is not added to."""

    code = "incidents:closed"
    message = _("This incident is closed. Nothing was added. Open it again first, with a reason.")


class IsOpen(IncidentRefused):
    """What is open cannot be opened again."""

    code = "incidents:open"
    message = _("This incident is open already. Nothing was added.")


class EffectsMissing(IncidentRefused):
    """Closing needs the effects."""

    code = "incidents:no_effects"
    message = _(
        "The effects are not written down yet. The incident stays open. Add the effects, then close it."
    )


class MeasuresMissing(IncidentRefused):
    """Closing needs the measures."""

    code = "incidents:no_measures"
    message = _(
        "The measures are not written down yet. The incident stays open. Add the measures, then close it."
    )


class AuthorityMissing(IncidentRefused):
    """Closing needs the authority told, or why it was not."""

    code = "incidents:no_authority"
    field = "why_not"
    message = _("The authority was not told. The incident stays open. Say why not, or add when it was told.")


REFUSALS: Final[dict[str, type[IncidentRefused]]] = {
    "discovered": NotInThePast,
    "happened": AfterDiscovery,
    "told": WrongTime,
    "closed": IsClosed,
    "open": IsOpen,
    "no_effects": EffectsMissing,
    "no_measures": MeasuresMissing,
    "no_authority": AuthorityMissing,
}
