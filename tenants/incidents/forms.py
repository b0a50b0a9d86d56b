"""What a person types into the incident register. Times are read in the zone that is active: the firm's."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.incidents.services import NewIncident
from tenants.oversight.models import Incident, IncidentEntry

MOST_LETTERS: Final = 10_000
Kind = IncidentEntry.Kind

_NO_NAMES: Final = _(
    "No names, numbers or card numbers of called people: name a record by its reference, such as C-7K4Q-92XD."
)
_TOO_LONG: Final = _("This is longer than 10,000 characters. Shorten it, or add the rest as another note.")


def _words(
    label: Any, missing: Any, help_text: Any = "", *, required: bool = True, rows: int = 4
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MOST_LETTERS,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing, "max_length": _TOO_LONG},
    )


class _Moment(forms.DateTimeField):
    """A time in the active zone. Django's own words for an hour that the clocks left out or doubled name the zone."""

    def to_python(self, value: Any) -> datetime | None:
        """Read the time, or refuse it in our words."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            code = "clocks" if getattr(error, "code", "") == "ambiguous_timezone" else "invalid"
            raise ValidationError(self.error_messages[code], code=code) from None


def _moment(label: Any, missing: Any = "", help_text: Any = "", *, required: bool = True) -> _Moment:
    return _Moment(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": missing,
            "invalid": _("This is not a day and a time."),
            "clocks": _("The clocks were changed then. Give a time an hour earlier or later."),
        },
    )


def _not_in_future(at: datetime | None) -> datetime | None:
    if at is not None and at > timezone.now():
        raise ValidationError(_("This is in the future. Give a time that has passed."), code="future")
    return at


class _Plain(forms.Form):
    """Fields whose lines end in one way, so that anyone can compute a text's SHA-256 again."""

    def clean(self) -> dict[str, Any]:
        """Make line ends the same, whatever browser sent them."""
        cleaned = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n").replace("\r", "\n")
        return cleaned


class NewIncidentForm(_Plain):
    """An incident that a person opens."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("Choose")), *Incident.Kind.choices],
        error_messages={
            "required": _("Choose what kind of thing happened."),
            "invalid_choice": _("Choose a kind."),
        },
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=120,
        help_text=_("A few words that tell it from the others."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Give it a title."),
            "max_length": _("Shorten the title to 120 characters."),
        },
    )
    discovered_at = _moment(
        _("Discovered"),
        _("Give the time when it was noticed."),
        _("The clock runs from here. Time of your firm."),
    )
    happened_at = _moment(_("Happened"), help_text=_("Leave it empty if nobody knows yet."), required=False)
    text = _words(_("What happened"), _("Write what happened."), _NO_NAMES, rows=6)
    effects = _words(
        _("Effects so far"), "", _("Who is concerned, how many, what can follow for them."), required=False
    )

    def clean_title(self) -> str:
        """Refuse what is no single line."""
        title = str(self.cleaned_data["title"])
        if not title.isprintable():
            raise ValidationError(_("Write the title in one line."), code="title")
        return title

    def clean_discovered_at(self) -> datetime | None:
        """Refuse a discovery that lies ahead."""
        return _not_in_future(self.cleaned_data["discovered_at"])

    def clean(self) -> dict[str, Any]:
        """Refuse what happened after it was discovered."""
        cleaned = super().clean()
        happened, discovered = cleaned.get("happened_at"), cleaned.get("discovered_at")
        if happened and discovered and happened > discovered:
            self.add_error(
                "happened_at", _("This is after the discovery. Give an earlier time, or leave it empty.")
            )
        return cleaned

    def incident(self) -> NewIncident:
        """Give what was typed; call it on a valid form."""
        return NewIncident(**{name: self.cleaned_data[name] for name in NewIncident.__dataclass_fields__})


class WordsForm(_Plain):
    """A note, effects, measures, or why it is opened again."""

    text = _words(_("Text"), _("Write what is to be added."), _NO_NAMES)


class ToldForm(WordsForm):
    """Whom was told, how, and when."""

    told_at = _moment(_("Told"), _("Give the time when they were told."), _("Time of your firm."))
    field_order = ("told_at", "text")

    def clean_told_at(self) -> datetime | None:
        """Refuse a time that lies ahead."""
        return _not_in_future(self.cleaned_data["told_at"])


class ClosingForm(WordsForm):
    """What came of it, and why the authority was not told if it was not."""

    why_not = _words(
        _("Why the authority was not told"),
        _("Say why the authority was not told."),
        _("It is kept with the incident, for whoever audits you."),
    )
    field_order = ("why_not", "text")


FORMS: Final[dict[Kind, tuple[type[WordsForm], Any]]] = {
    Kind.NOTE: (WordsForm, _("What is new")),
    Kind.EFFECTS: (WordsForm, _("Who is concerned, and what can follow")),
    Kind.MEASURES: (WordsForm, _("What was done, and what will be")),
    Kind.AUTHORITY: (ToldForm, _("Which authority, how, and its reference")),
    Kind.PERSONS: (ToldForm, _("Whom, how, and what you told them")),
    Kind.CLOSED: (ClosingForm, _("What came of it")),
    Kind.REOPENED: (WordsForm, _("Why it is opened again")),
}


def item_form(kind: Kind, data: Any, *, is_told: bool) -> WordsForm:
    """Return the form that adds an item of this kind; closing asks for a reason only when nobody told the authority.

    Raises: KeyError for a kind that no person adds.
    """
    made, label = FORMS[kind]
    form = made(data, auto_id="add-%s")
    form.fields["text"].label = label
    if is_told:
        form.fields.pop("why_not", None)
    return form
