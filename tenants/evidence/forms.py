"""What an auditor types to take evidence home."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _


class EvidenceForm(forms.Form):
    """A period in whole days, and why. The reason is a code: an entry holds no free text."""

    since = forms.DateField(
        label=_("From"),
        required=False,
        help_text=_("Empty means from the first entry."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day.")},
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        help_text=_("This day is included. Empty means up to now."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day.")},
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("review", _("Monthly review")),
            ("audit", _("Audit")),
            ("incident", _("An incident")),
            ("authority", _("An authority asked")),
            ("other", _("Another reason")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason."),
            "invalid_choice": _("Choose a reason from the list."),
        },
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("since") and asked.get("until") and asked["until"] < asked["since"]:
            self.add_error("until", _("The period ends before it begins. Choose a later day."))
        return asked

    def period(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """Return the first moment of the period and the first after it, in the firm's zone; None is open."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return (
            datetime.combine(since, time.min, tzinfo=zone) if since else None,
            datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone) if until else None,
        )
