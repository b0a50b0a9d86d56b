"""What a manager or data officer types about the rules."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MOST_MONTHS = 600


def _whole(label: Any, help_text: Any, least: int, most: int) -> forms.IntegerField:
    allowed = format_lazy(_("Type a whole number from {least} to {most}."), least=least, most=most)
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), allowed),
    )


class RulesForm(forms.Form):
    """Both rules. `floor_months` is the least that the law of the firm's country allows."""

    clock_h = _whole(
        _("Hours to tell the authority"),
        _("From the discovery of an incident. 72 is usual. Clocks that run already keep their end."),
        1,
        720,
    )

    def __init__(self, data: Any, *, floor_months: int, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["keep_months"] = _whole(
            _("Months to keep entries"),
            format_lazy(
                _("At least {floor} months in your country. Fewer months let go of what is older, for good."),
                floor=floor_months,
            ),
            floor_months,
            MOST_MONTHS,
        )
