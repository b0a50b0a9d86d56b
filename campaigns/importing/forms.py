"""Forms of the import wizard. They read choices; the file itself never passes through a form's data."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import phonenumbers
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.importing.stored import NEVER, ChosenColumn
from campaigns.planning.models import Campaign
from campaigns.planning.profiles import PROFILES

LEAVE_OUT = "leave"
COMPARED = "compared"
ROLE_CHOICES: tuple[tuple[str, str | Promise], ...] = (
    ("phone", _("Phone")),
    ("first_name", _("First name")),
    ("last_name", _("Last name")),
    ("name", _("Whole name")),
    ("email", _("E-mail")),
    ("postcode", _("Post code")),
    ("town", _("Town")),
    ("region", _("Region")),
    ("country", _("Country")),
    ("external_id", _("Reference")),
    ("other", _("Its own name")),
    (LEAVE_OUT, _("Leave out")),
)
SEE_CHOICES: tuple[tuple[str, str | Promise], ...] = (
    ("0", _("Before the call")),
    ("1", _("After answer")),
    ("2", _("After verification")),
    (COMPARED, _("Only compared")),
    (str(NEVER), _("Never")),
)
_SMALL = {"class": "input-sm"}


def region_choices() -> list[tuple[str, str | Promise]]:
    """Return the countries numbers may be from: those with a profile by name, then the rest by code."""
    known = [(profile.country, profile.name) for profile in PROFILES.values()]
    others = sorted(phonenumbers.SUPPORTED_REGIONS - PROFILES.keys())
    return [*known, ("", _("None: every number has its country")), *((code, code) for code in others)]


class UploadForm(forms.Form):
    """Where the list goes. The file is taken by the upload handler."""

    campaign = forms.ChoiceField(label=_("Campaign"))
    list_name = forms.CharField(label=_("Name of the list"), max_length=160, required=False)
    region = forms.ChoiceField(label=_("Numbers without a country code are from"), required=False)

    def __init__(self, campaigns: Sequence[Campaign], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].choices = [(str(one.id), one.name) for one in campaigns]  # type: ignore[attr-defined]
        self.fields["region"].choices = region_choices()  # type: ignore[attr-defined]

    def clean_campaign(self) -> UUID:
        """Return the campaign's id."""
        return UUID(self.cleaned_data["campaign"])


class ColumnChoiceForm(forms.Form):
    """What one column of the file becomes and when an agent sees it."""

    role = forms.ChoiceField(choices=ROLE_CHOICES, widget=forms.Select(attrs=_SMALL))
    see = forms.ChoiceField(choices=SEE_CHOICES, widget=forms.Select(attrs=_SMALL))

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.column_name = name
        self.fields["role"].widget.attrs["aria-label"] = _("%(name)s becomes") % {"name": name}
        self.fields["see"].widget.attrs["aria-label"] = _("Who sees %(name)s") % {"name": name}

    @property
    def is_phone(self) -> bool:
        """True while the column is a phone: then nobody sees it."""
        return bool(self["role"].value() == "phone")


class ChoicesForm(forms.Form):
    """What holds for the whole file."""

    region = forms.ChoiceField(
        label=_("Numbers without a country code are from"), required=False, widget=forms.Select(attrs=_SMALL)
    )
    possible = forms.ChoiceField(
        label=_("Numbers no number plan knows"),
        choices=(("reject", _("Reject")), ("keep", _("Keep"))),
        widget=forms.Select(attrs=_SMALL),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = region_choices()  # type: ignore[attr-defined]


class ColumnForms:
    """The wizard's second step: a form for each column of the file, and one for the whole."""

    def __init__(
        self,
        names: Sequence[str],
        chosen: Sequence[ChosenColumn],
        whole: Mapping[str, str],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        before = {column.index: column for column in chosen}
        self.whole = ChoicesForm(data, initial=dict(whole), prefix="file")
        self.columns = [
            ColumnChoiceForm(name, data, initial=_initial(before.get(at)), prefix=f"column-{at}")
            for at, name in enumerate(names)
        ]
        self._labels = {at: column.label for at, column in before.items()}

    def is_valid(self) -> bool:
        """Say whether every choice can be read."""
        return all([self.whole.is_valid(), *(form.is_valid() for form in self.columns)])

    def chosen(self) -> list[ChosenColumn]:
        """Return the columns that are kept; call it after `is_valid`."""
        return [
            ChosenColumn(
                index=at,
                name=form.column_name,
                role=form.cleaned_data["role"],
                label=self._labels.get(at, form.column_name),
                visible=_visible(form.cleaned_data),
                compared=form.cleaned_data["see"] == COMPARED and form.cleaned_data["role"] != "phone",
            )
            for at, form in enumerate(self.columns)
            if form.cleaned_data["role"] != LEAVE_OUT
        ]


def _initial(column: ChosenColumn | None) -> dict[str, str]:
    if column is None:
        return {"role": LEAVE_OUT, "see": str(NEVER)}
    return {"role": column.role, "see": COMPARED if column.compared else str(column.visible)}


def _visible(data: Mapping[str, Any]) -> int:
    if data["role"] == "phone" or data["see"] == COMPARED:
        return NEVER
    return int(data["see"])
