"""Forms of campaigns and plans. They read what was typed; whether it fits together the plan itself says."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.planning.models import Column, Disposition, RetryRule
from campaigns.planning.plan import Script
from campaigns.planning.profiles import PROFILES
from campaigns.planning.scripttext import MAX_CHARS, ScriptTextError, parse_script
from campaigns.planning.services import MAX_REASON_CHARS

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
_DAY_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(.*)")
_SMALL = {"class": "input-sm"}


class CampaignForm(forms.Form):
    """A new campaign."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Agents see it."))
    country = forms.ChoiceField(
        label=_("Country of the people called"),
        choices=[(profile.country, profile.name) for profile in PROFILES.values()],
        help_text=_("Sets hours, ring times and holidays to begin with. You can change them all."),
    )


class ReasonForm(forms.Form):
    """Why a campaign is paused."""

    reason = forms.CharField(label=_("Reason, for the record"), max_length=MAX_REASON_CHARS)


class EngageForm(forms.Form):
    """Which engagement to put to work."""

    engagement = forms.UUIDField()


class FiguresForm(forms.Form):
    """The plan's single figures, with its closed days and script as text."""

    max_attempts = forms.IntegerField(label=_("Attempts at most"), min_value=1, max_value=50)
    min_ring_s = forms.IntegerField(label=_("Rings at least, seconds"), min_value=5, max_value=120)
    max_ring_s = forms.IntegerField(label=_("Rings at most, seconds"), min_value=5, max_value=120)
    preview_s = forms.IntegerField(
        label=_("Time to look before the call, seconds"), min_value=10, max_value=3600
    )
    wrap_up_s = forms.IntegerField(label=_("Time after the call, seconds"), min_value=10, max_value=3600)
    verify_needed = forms.IntegerField(
        label=_("Answers that must match"),
        min_value=0,
        max_value=9,
        help_text=_("Fields shown after verification wait for so many matches."),
    )
    closed_days = forms.CharField(
        label=_("Closed days"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("One a line, such as 2026-12-25 Christmas Day."),
    )
    script = forms.CharField(
        label=_("Script"),
        required=False,
        max_length=MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text=_(
            "# begins a step, > an aside that is not said, ? what the person may say. "
            "A column's name in braces, such as {first_name}, is filled in while the agent may see it."
        ),
    )

    def clean_closed_days(self) -> tuple[tuple[date, str], ...]:
        """Return the days in order. Raises: ValidationError naming the line."""
        days: dict[date, str] = {}
        for line_no, line in enumerate(str(self.cleaned_data["closed_days"]).splitlines(), 1):
            if not line.strip():
                continue
            found = _DAY_LINE.fullmatch(line.strip())
            try:
                day = date.fromisoformat(found[1]) if found else None
            except ValueError:
                day = None
            if found is None or day is None:
                raise forms.ValidationError(_("Line %(line)d is not a date.") % {"line": line_no})
            days[day] = found[2][:120]
        return tuple(sorted(days.items()))

    def clean_script(self) -> Script:
        """Return the script. Raises: ValidationError naming the line."""
        try:
            return parse_script(self.cleaned_data["script"])
        except ScriptTextError as error:
            words = _("Line %(line)d of the script belongs to no step. Begin with # and a title.")
            raise forms.ValidationError(words % {"line": error.line_no}) from None


class WindowForm(forms.Form):
    """One stretch of a weekday; a row without times is no window."""

    weekday = forms.TypedChoiceField(
        label=_("Day"), choices=WEEKDAYS, coerce=int, widget=forms.Select(attrs=_SMALL)
    )
    opens = forms.TimeField(
        label=_("Opens"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", **_SMALL}, format="%H:%M"),
    )
    closes = forms.TimeField(
        label=_("Closes"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", **_SMALL}, format="%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        """Raises: ValidationError for half a window or one that closes before it opens."""
        data = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if (opens is None) != (closes is None):
            raise forms.ValidationError(_("Give both times, or neither."))
        if opens is not None and closes is not None and closes <= opens:
            raise forms.ValidationError(_("It closes before it opens."))
        return data


class OutcomeForm(forms.Form):
    """One outcome; a row without a label is none."""

    outcome_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("Outcome"), max_length=60, required=False, widget=forms.TextInput(attrs=_SMALL)
    )
    kind = forms.ChoiceField(
        label=_("What it means"), choices=Disposition.Kind.choices, widget=forms.Select(attrs=_SMALL)
    )
    retry_min = forms.IntegerField(
        label=_("Again after, minutes"),
        min_value=0,
        max_value=129_600,
        required=False,
        widget=forms.NumberInput(attrs=_SMALL),
    )


class RetryForm(forms.Form):
    """When to try again after a network result; without minutes never."""

    result = forms.ChoiceField(choices=RetryRule.Result.choices, widget=forms.HiddenInput)
    retry_min = forms.IntegerField(
        label=_("Again after, minutes"),
        min_value=0,
        max_value=129_600,
        required=False,
        widget=forms.NumberInput(attrs=_SMALL),
    )

    @property
    def result_label(self) -> str:
        """The result in words."""
        value = self["result"].value()
        return str(RetryRule.Result(value).label) if value in RetryRule.Result.values else ""


class ColumnForm(forms.Form):
    """Who sees a column, and the question that compares it."""

    name = forms.CharField(widget=forms.HiddenInput)
    label = forms.CharField(label=_("Label"), max_length=120, widget=forms.TextInput(attrs=_SMALL))
    visible = forms.TypedChoiceField(
        label=_("The agent sees it"),
        choices=Column.Visible.choices,
        coerce=int,
        widget=forms.Select(attrs=_SMALL),
    )
    question = forms.CharField(
        label=_("Question that compares it"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs=_SMALL),
    )
