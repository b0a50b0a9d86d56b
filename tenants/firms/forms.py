"""What a manager types about an engagement."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tenants.firms.models import Engagement
from tenants.firms.networks import NetworkError, parse_networks
from tenants.firms.services import Terms


def _figure(label: Any, help_text: Any, least: int, most: int) -> forms.IntegerField:
    # Said whole in each case: what is allowed, not what was wrong.
    allowed = format_lazy(_("Type a whole number from {least} to {most}."), least=least, most=most)
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), allowed),
    )


class EngagementForm(forms.Form):
    """The terms of an engagement."""

    starts_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the first day."), "invalid": _("This is not a day.")},
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the last day."), "invalid": _("This is not a day.")},
    )
    cap_agent_hour = _figure(_("People an agent may open in an hour"), _("At human pace 20 to 60."), 1, 1000)
    cap_agent_day = _figure(_("People an agent may open in a day"), "", 1, 10_000)
    cap_day = _figure(_("People the outsourcer may open in a day"), "", 1, 1_000_000)
    skip_budget_day = _figure(
        _("People an agent may skip in a day"),
        _("A skip gives a person back uncalled. Few skips keep a list from being read through."),
        0,
        100,
    )
    networks = forms.CharField(
        label=_("Networks its people may come from"),
        required=False,
        max_length=4000,
        help_text=_("One a line, such as 203.0.113.0/24. Empty means from anywhere."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
    )

    def clean_networks(self) -> list[str]:
        """Read the lines as networks."""
        try:
            return parse_networks(str(self.cleaned_data["networks"]).splitlines())
        except NetworkError as error:
            raise ValidationError(
                _("“%(text)s” is not a network. Write it as 203.0.113.0/24, or one address a line."),
                code="network",
                params={"text": str(error)},
            ) from None

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day is before the first. Choose a later one."))
        return cleaned

    def terms(self) -> Terms:
        """Give what was typed as terms; call it on a valid form."""
        return Terms(**{name: self.cleaned_data[name] for name in Terms.__dataclass_fields__})


class NewEngagementForm(EngagementForm):
    """Which outsourcer to engage, and the terms."""

    handle = forms.CharField(
        label=_("Handle of the outsourcer"),
        max_length=40,
        help_text=_("They tell you. There is no list to choose from: nobody sees who else works here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the outsourcer's handle.")},
    )
    field_order = ("handle",)


class ReasonForm(forms.Form):
    """Why an outsourcer is stopped, for its people to read."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("The outsourcer's people read it. No names or numbers of called people."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Say why.")},
    )


def initial_terms(engagement: Engagement) -> Mapping[str, Any]:
    """Give an engagement's terms as the form shows them."""
    values = {name: getattr(engagement, name) for name in Terms.__dataclass_fields__}
    return {**values, "networks": "\n".join(engagement.networks)}
