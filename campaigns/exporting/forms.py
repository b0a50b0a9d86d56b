"""What people type about an export. Whether it may be, the database says."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.exporting.errors import ExportKeyWrong, ListDestroyed, NothingChosen, ReasonWrong
from campaigns.exporting.keytext import KeyTextError, read_public_key
from campaigns.lists.models import ContactList

_WRONG_REASON = dict.fromkeys(("required", "min_length", "max_length"), ReasonWrong.message)


def _reason(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        min_length=10,
        max_length=300,
        error_messages=_WRONG_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExportForm(forms.Form):
    """Which list, what of it, for which key, and why."""

    list = forms.ChoiceField(label=_("List"), error_messages={"invalid_choice": ListDestroyed.message})
    what = forms.MultipleChoiceField(
        label=_("What to export"),
        choices=[("numbers", _("Phone numbers")), ("fields", _("All other columns"))],
        initial=["numbers", "fields"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NothingChosen.message},
    )
    key = forms.CharField(
        label=_("Your public export key"),
        help_text=_("The line that begins with khx1_, as keyhole_open.py printed it. Never the private one."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        error_messages={"required": ExportKeyWrong.message},
    )
    reason = _reason(
        _("Reason, for the record"),
        _("10 to 300 characters. The person who approves reads it. No customer's data."),
    )

    def __init__(self, lists: Sequence[ContactList], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = cast(forms.ChoiceField, self.fields["list"])
        chosen.choices = [(str(one.id), f"{one.name} ({one.campaign.name})") for one in lists]

    def clean_key(self) -> str:
        """Notice a wrong character, and a private key in the wrong place, before anything is asked for."""
        text = str(self.cleaned_data["key"])
        try:
            read_public_key(text)
        except KeyTextError:
            raise ValidationError(ExportKeyWrong.message) from None
        return text


class RefusalForm(forms.Form):
    """Why another's export is refused."""

    reason = _reason(_("Reason, for the record"), _("10 to 300 characters. The person who asked reads it."))
