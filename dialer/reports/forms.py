"""What a person chooses of a report, and types when signing a review."""

from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dialer.oversight.forms import Choices, DayInput
from dialer.reports.periods import Month, Period
from dialer.reports.services import CSV, PDF, Wanted
from dialer.reports.words import LANGUAGE_NAMES
from tenants.oversight.models import Review

MOST_DAYS: Final = 800
_FORMATS: Final = [(PDF, "PDF"), (CSV, "CSV")]


class ReportForm(forms.Form):
    """The part all reports have: which one, in which form."""

    report = forms.CharField(widget=forms.HiddenInput)
    format = forms.ChoiceField(choices=_FORMATS, error_messages={"required": _("Choose PDF or CSV.")})

    def __init__(self, data: Any = None, *, zone: ZoneInfo, **kwargs: Any) -> None:
        code = str(self.base_fields["report"].initial or "report")
        super().__init__(data, auto_id=f"{code}-%s", use_required_attribute=False, **kwargs)
        self._zone = zone

    def wanted(self) -> Wanted:
        """Give what was chosen; call it on a valid form."""
        return Wanted(self.cleaned_data["report"])


class ProcessingForm(ReportForm):
    """The record of processing: as things stand now."""

    report = forms.CharField(widget=forms.HiddenInput, initial="processing")


class PeriodForm(ReportForm):
    """A report of days, both included."""

    since = forms.DateField(
        label=_("First day"),
        widget=DayInput({"type": "date"}),
        error_messages={"required": _("Choose the first day."), "invalid": _("This is not a day.")},
    )
    until = forms.DateField(
        label=_("Last day"),
        widget=DayInput({"type": "date"}),
        error_messages={"required": _("Choose the last day."), "invalid": _("This is not a day.")},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start, and more than two years and a bit."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first. Choose a later one."))
        elif since and until and (until - since).days > MOST_DAYS:
            self.add_error("since", _("Choose 800 days at most."))
        elif since and since < date(2000, 1, 1):
            self.add_error("since", _("Choose a day after 1999."))
        return cleaned

    def wanted(self) -> Wanted:
        """See `ReportForm`."""
        data = self.cleaned_data
        return Wanted(data["report"], period=Period(data["since"], data["until"], self._zone))


class AuditForm(PeriodForm):
    """The audit pack."""

    report = forms.CharField(widget=forms.HiddenInput, initial="audit")


class ContactsForm(PeriodForm):
    """The contact report of one outsourcer."""

    report = forms.CharField(widget=forms.HiddenInput, initial="contacts")
    outsourcer = forms.TypedChoiceField(
        label=_("Outsourcer"),
        coerce=UUID,
        error_messages={
            "required": _("Choose an outsourcer."),
            "invalid_choice": _("Choose an outsourcer from the list."),
        },
    )
    field_order = ("outsourcer", "since", "until")

    def __init__(self, data: Any = None, *, zone: ZoneInfo, outsourcers: Choices, **kwargs: Any) -> None:
        super().__init__(data, zone=zone, **kwargs)
        field = self.fields["outsourcer"]
        if isinstance(field, forms.ChoiceField):
            field.choices = outsourcers

    def wanted(self) -> Wanted:
        """See `ReportForm`."""
        data = self.cleaned_data
        period = Period(data["since"], data["until"], self._zone)
        return Wanted(data["report"], period=period, outsourcer_id=data["outsourcer"])


class ReviewForm(ReportForm):
    """A monthly review as a file."""

    report = forms.CharField(widget=forms.HiddenInput, initial="review")
    month = forms.CharField(max_length=7)

    def clean_month(self) -> Month:
        """Read the month."""
        month = Month.read(self.cleaned_data["month"])
        if month is None:
            raise forms.ValidationError(_("This is not a month."), code="month")
        return month

    def wanted(self) -> Wanted:
        """See `ReportForm`."""
        return Wanted(self.cleaned_data["report"], month=self.cleaned_data["month"])


class SignForm(forms.Form):
    """The verdict on a month. `digest` is that of the CSV on the page."""

    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=Review.Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a verdict.")},
    )
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=4000,
        help_text=_(
            "Needed with findings: what you found, and what follows. No names or numbers of called people."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    digest = forms.RegexField(regex=r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for a remark where there are findings."""
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == Review.Verdict.FINDINGS and not cleaned.get("remark", "").strip():
            self.add_error("remark", _("Say what you found."))
        return cleaned


class LanguageForm(forms.Form):
    """The language of the firm's reports."""

    language = forms.ChoiceField(
        label=_("Language of reports"),
        choices=LANGUAGE_NAMES,
        error_messages={"invalid_choice": _("Choose a language from the list.")},
    )
