"""What is typed to register a witness."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.ledger.checkpoint import COSIGNATURE, NoteError, VerifyingKey

_HOURS = _("Type a whole number from 1 to 720.")


class WitnessForm(forms.Form):
    """A witness's name, its public key, and how long it may be silent, in hours."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As your people know it, such as “Auditor's desk”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type a name."), "max_length": _("Type at most 80 characters.")},
    )
    vkey = forms.CharField(
        label=_("Public key"),
        max_length=300,
        help_text=_("The line that keyhole_witness.py keygen printed. It is no secret."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        error_messages={
            "required": _("Paste the line of the public key."),
            "max_length": _("This is too long for a public key. Paste one line."),
        },
    )
    due_h = forms.IntegerField(
        label=_("Tell me when it is silent for, hours"),
        initial=24,
        min_value=1,
        max_value=720,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _HOURS),
    )

    def clean_vkey(self) -> Any:
        """Read the line as a witness's key."""
        try:
            return VerifyingKey.parse(self.cleaned_data["vkey"], kind=COSIGNATURE).vkey
        except NoteError:
            raise ValidationError(
                _("This is not the public key of a witness. Copy the whole line that keygen printed.")
            ) from None
