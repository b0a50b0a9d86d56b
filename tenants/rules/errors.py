"""Why a rule was not changed. None of the rules is changed then."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class RulesRefused(KeyholeError):
    """The database did not take these rules. `field` is the form's field that it is about, or empty."""

    code = "rules:refused"
    field: str = ""
    message = _("These rules were not taken. Nothing was changed. Look at what you typed and save again.")


class ClockOutOfBounds(RulesRefused):
    """The clock is 1 to 720 hours."""

    code = "rules:clock"
    field = "clock_h"
    message = _("The clock runs 1 to 720 hours. Nothing was changed.")


class KeptTooShortly(RulesRefused):
    """Entries are kept as long as the law of the firm's country says, at least."""

    code = "rules:keep"
    field = "keep_months"
    message = _(
        "The law of your country asks for longer, or this is more than 600 months. Nothing was changed."
    )


REFUSALS: Final[dict[str, type[RulesRefused]]] = {"clock": ClockOutOfBounds, "keep": KeptTooShortly}
