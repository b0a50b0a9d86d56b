"""What an auditor may ask for in an address, and the number that is asked for outside of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.oversight.filters import EntryFilter

PERIODS: Final = {"today": 1, "7": 7, "30": 30, "90": 90}
MOST_CONTACTS: Final = 50

_NOT_OFFERED: Final = _("A filter names nothing of your firm. Nothing is shown. Choose from the list.")

Choices = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the selects offer: only what the firm itself may see."""

    outsourcers: Choices
    agents: Choices
    campaigns: Choices
    outcomes: Choices


class DayInput(forms.DateInput):
    """A day as ISO 8601. What is no day is not shown again: an address may hold anything."""

    def format_value(self, value: Any) -> str:
        """Return the day, or nothing."""
        try:
            return date.fromisoformat(str(value)).isoformat() if len(str(value)) == 10 else ""
        except ValueError:
            return ""


class EntryFilterForm(forms.Form):
    """The filters of the record. Its data is the address; a phone number is not among its fields."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[
            ("today", _("Today")),
            ("7", _("Last 7 days")),
            ("30", _("Last 30 days")),
            ("90", _("Last 90 days")),
            ("all", _("All")),
            ("days", _("From and to")),
        ],
    )
    since = forms.DateField(label=_("From"), required=False, widget=DayInput({"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=DayInput({"type": "date"}))
    outsourcer = forms.TypedChoiceField(label=_("Outsourcer"), required=False, coerce=UUID, empty_value=None)
    agent = forms.TypedChoiceField(label=_("Agent"), required=False, coerce=UUID, empty_value=None)
    campaign = forms.TypedChoiceField(label=_("Campaign"), required=False, coerce=UUID, empty_value=None)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        required=False,
        choices=[("", _("All")), ("allowed", _("Allowed")), ("denied", _("Denied"))],
    )

    def __init__(self, data: Any, *, choices: FilterChoices) -> None:
        super().__init__(data, auto_id="filter-%s", use_required_attribute=False)
        everyone: tuple[str, str | Promise] = ("", _("All"))
        for name in ("outsourcer", "agent", "campaign", "outcome"):
            offered: Choices = getattr(choices, f"{name}s")
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [everyone, *offered]
        for field in self.fields.values():
            # Django's own words repeat the value, and an address may hold anything.
            field.error_messages.update(invalid_choice=_NOT_OFFERED, invalid=_NOT_OFFERED)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input-sm"

    def read(self, *, zone: ZoneInfo, now: datetime) -> EntryFilter:
        """Return the filter asked for. With errors it limits too little: ask `is_valid` before using it."""
        self.full_clean()
        asked: dict[str, Any] = self.cleaned_data
        since, until = self._time(asked, zone=zone, now=now)
        verdict = asked.get("verdict", "")
        return EntryFilter(
            since=since,
            until=until,
            outsourcer_id=asked.get("outsourcer"),
            agent_id=asked.get("agent"),
            campaign_id=asked.get("campaign"),
            outcome=asked.get("outcome", ""),
            allowed=None if not verdict else verdict == "allowed",
        )

    def display(self, name: str) -> str:
        """Return what was chosen in one field, in the words of the page."""
        value = str(self.data.get(name, ""))
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            return value
        offered: list[tuple[Any, Any]] = list(field.choices)  # type: ignore[arg-type]
        flat = [
            pair for key, label in offered for pair in (label if isinstance(label, list) else [(key, label)])
        ]
        return next((str(label) for key, label in flat if str(key) == value), value)

    def _time(
        self, asked: dict[str, Any], *, zone: ZoneInfo, now: datetime
    ) -> tuple[datetime | None, datetime | None]:
        period = asked.get("period") or ("days" if asked.get("since") or asked.get("until") else "30")
        if period == "all":
            return None, None
        if period == "days":
            first: date | None = asked.get("since")
            last: date | None = asked.get("until")
            return (
                midnight(first, zone) if first else None,
                midnight(last + timedelta(days=1), zone) if last else None,
            )
        days = PERIODS[period]
        return midnight(now.astimezone(zone).date() - timedelta(days=days - 1), zone), None


class NumberForm(forms.Form):
    """A phone number as a person writes it. Bound for one request; never rendered with its value."""

    number = forms.CharField(label=_("Phone number"), max_length=60)


class StopForm(forms.Form):
    """Why the firm takes a record back. A code, so that the entry holds no words about a person."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("doubt", _("Doubt about the agent")),
            ("pace", _("Faster than people work")),
            ("complaint", _("A complaint")),
            ("wrong_data", _("The wrong record")),
            ("other", _("Another reason")),
        ],
        widget=forms.RadioSelect,
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in a zone."""
    return datetime.combine(day, time.min, tzinfo=zone)


def read_contacts(values: list[str]) -> tuple[UUID, ...]:
    """Return the contact ids of an address, at most 50; what is not an id is left out."""
    found: list[UUID] = []
    for value in values[:MOST_CONTACTS]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
