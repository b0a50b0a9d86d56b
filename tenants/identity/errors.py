"""What can go wrong around people and sign-in. None may tell whether an e-mail or a person is known."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class SignInRefused(KeyholeError):
    """The e-mail or the password is not right; the same for every cause."""

    code = "identity:sign_in_refused"
    message = _("The e-mail or the password is not right.")


class CodeRefused(KeyholeError):
    """The second factor was not right, was used before, or came too often."""

    code = "identity:code_refused"
    message = _("The code is not right, or it was used before. Wait for the next one, then type it.")


class SignInLost(KeyholeError):
    """The first step of the sign-in is not there any more."""

    code = "identity:sign_in_lost"
    message = _("The sign-in took too long or was ended. Nothing was changed. Start again.")


class InvitationGone(KeyholeError):
    """The invitation is unknown, used, renewed or too old; the same for every cause."""

    code = "identity:invitation_gone"
    message = _(
        "This invitation cannot be used: it was used before, replaced, or is too old. Nothing was changed. "
        "Ask the person who invited you for a new link."
    )


class EmailTaken(KeyholeError):
    """Somebody of the same house has this e-mail."""

    code = "identity:email_taken"
    message = _(
        "Somebody here has this e-mail already. Nobody was invited. Use another e-mail, or renew their link."
    )


class OwnAccount(KeyholeError):
    """A person tried to disable themselves."""

    code = "identity:own_account"
    message = _("You cannot disable yourself. Nothing was changed. Ask another manager.")


class PersonUnknown(KeyholeError):
    """No such person, or not one of this house; the same for both."""

    code = "identity:person_unknown"
    message = _("We cannot find this person. Nothing was changed. Go back to the list and choose again.")


class PersonDisabled(KeyholeError):
    """A disabled person gets no link."""

    code = "identity:person_disabled"
    message = _("This person is disabled. No link was made. Enable them first, then renew the link.")


class StepUpNeeded(KeyholeError):
    """The act needs a second factor given within the last ten minutes."""

    code = "identity:step_up"
    message = _(
        "This act needs a fresh code from your phone. Nothing was changed. Confirm, then do it again."
    )


class TeamActRefused(KeyholeError):
    """The database refused an act on people for a reason without words of its own."""

    code = "identity:refused"
    message = _("This was not allowed. Nothing was changed. Open the list again, or ask a manager.")


class TooManyTokens(KeyholeError):
    """A firm holds a bounded number of live API tokens."""

    code = "identity:too_many_tokens"
    message = _(
        "There are 50 live tokens already. No token was made. Revoke one that is not used, then try again."
    )


class TokenUnknown(KeyholeError):
    """No such token, or not one of this firm; the same for both."""

    code = "identity:token_unknown"
    message = _("We cannot find this token. Nothing was changed. Open the list again.")


_BY_CODE: Final[dict[str, type[KeyholeError]]] = {
    "exists": EmailTaken,
    "not_found": PersonUnknown,
    "disabled": PersonDisabled,
    "step_up": StepUpNeeded,
}


def refusal_of(code: str) -> KeyholeError:
    """Give the error for a refusal code of the people functions; an unknown code gets general words."""
    return _BY_CODE.get(code, TeamActRefused)()
