"""What people type about themselves and each other. Forms judge shape; whether it is right, SQL says."""

from typing import Any, Final

from django import forms
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.identity.models import FIRM_ROLES, OUTSOURCER_ROLES, Role
from tenants.identity.passwords import MAX_CHARACTERS, judge_password
from tenants.identity.permissions import SCOPES
from tenants.vault.sealed import SealedText

_CODE_ATTRS: Final = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}

PASSWORD_PROBLEMS: Final = {
    "too_short": _("Use 12 characters or more. A few words together are easy to keep."),
    "too_long": _("Use 256 characters or fewer."),
    "one_character": _("Use more than two different characters."),
    "like_email": _("Use something other than your e-mail."),
    "common": _("Many people use this password, so it is guessed first. Choose another."),
}

SCOPE_LABELS: Final = {
    "lists:read": _("Read lists and imports"),
    "lists:write": _("Import lists"),
    "campaigns:read": _("Read campaigns"),
    "campaigns:write": _("Start and pause campaigns"),
    "engagements:read": _("Read engagements"),
    "engagements:write": _("Change and suspend engagements"),
    "contacts:read": _("Read who contacted whom"),
    "evidence:read": _("Read checkpoints and proofs"),
    "evidence:witness": _("Countersign checkpoints, as a witness"),
}


class FocusedForm(forms.Form):
    """A form whose first field has the focus when the page opens without a problem."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(FocusedForm):
    """The first step of signing in."""

    email = forms.CharField(
        label=_("Work e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Type your work e-mail.")},
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=MAX_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )


class CodeForm(FocusedForm):
    """Six digits of the phone."""

    code = forms.CharField(
        label=_("Six digits"),
        max_length=12,
        help_text=_("A new code comes every 30 seconds. Each works once. You may paste it."),
        widget=forms.TextInput(attrs=_CODE_ATTRS | {"class": "code", "inputmode": "numeric"}),
        error_messages={"required": _("Type the six digits.")},
    )


class RecoveryForm(FocusedForm):
    """One of the ten codes that stand in for the phone."""

    code = forms.CharField(
        label=_("Recovery code"),
        max_length=24,
        help_text=_("Ten letters and digits, such as 7K4Q2-92XDM. Each works once."),
        widget=forms.TextInput(attrs=_CODE_ATTRS | {"autocomplete": "off"}),
        error_messages={"required": _("Type one of your recovery codes.")},
    )


class InvitationForm(FocusedForm):
    """The one-time link of an invitation, or its last part."""

    link = forms.CharField(
        label=_("Invitation link"),
        max_length=400,
        help_text=_("Paste the whole link you were given. It works once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Paste your invitation link.")},
    )

    def clean_link(self) -> str:
        """Take the secret out of the link: it stands behind the #, where no server and no log sees it."""
        return str(self.cleaned_data["link"]).rpartition("#")[2].strip()


class PasswordForm(FocusedForm):
    """A new password, typed twice; `email` is the person's own, which it must not be like."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("12 characters or more. No rules about signs: a few words together are strong."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a password.")},
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type the password once more.")},
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password(self) -> str:
        """Refuse what is short, like the e-mail, or on the list of common passwords."""
        password = str(self.cleaned_data["password"])
        problem = judge_password(SealedText(password), email=self._email)
        if problem is None:
            try:
                CommonPasswordValidator().validate(password)
            except ValidationError:
                problem = "common"
        if problem is not None:
            raise ValidationError(PASSWORD_PROBLEMS[problem], code=problem)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords."""
        cleaned = super().clean() or {}
        if "password" in cleaned and "again" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two are different. Type both once more."))
        return cleaned


class PersonForm(FocusedForm):
    """Whom to invite. `surface` says which roles there are."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the person's name.")},
    )
    email = forms.EmailField(
        label=_("Work e-mail"),
        max_length=254,
        help_text=_("They sign in with it. Nothing is sent to it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type their work e-mail."), "invalid": _("This is not an e-mail.")},
    )

    def __init__(self, *args: Any, surface: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = FIRM_ROLES if surface == "firm" else OUTSOURCER_ROLES
        choices = [(str(role), role.label) for role in roles]
        self.fields["role"] = forms.ChoiceField(
            label=_("Role"), choices=choices, error_messages={"required": _("Choose a role.")}
        )

    def clean_email(self) -> str:
        """Fold the e-mail to lower case, as the database keeps it."""
        return str(self.cleaned_data["email"]).lower()

    def clean_role(self) -> Role:
        """Give the role as one of the closed list."""
        return Role(self.cleaned_data["role"])


class TokenForm(FocusedForm):
    """A new API token: what for, what it may do, how long."""

    name = forms.CharField(
        label=_("What is it for"),
        max_length=80,
        help_text=_("Such as the program that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say what the token is for.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, SCOPE_LABELS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one thing or more.")},
    )
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("One year"))],
        initial=90,
    )
