"""What can go wrong with an export, in words for whoever asks, approves or downloads."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError
from tenants.identity.errors import StepUpNeeded


class ExportNotFound(KeyholeError):
    """No such export or list in this firm; it reads the same whether it is another firm's or nobody's."""

    code = "unknown"
    message = _("We cannot find this export. Nothing was changed. Look at your exports.")


class ExportNotAllowed(KeyholeError):
    """The role, or the place in this export, does not allow it."""

    code = "not_allowed"
    message = _("This is not yours to do. Nothing was changed. Ask who requested or approved the export.")


class ListDestroyed(KeyholeError):
    """The keys of the list are gone, on purpose."""

    code = "list_destroyed"
    message = _(
        "The keys of this list were destroyed, so nobody can read it any more. It cannot be exported, "
        "and nothing brings it back."
    )


class ListNotReady(KeyholeError):
    """The list is still importing, or its import failed."""

    code = "list_not_ready"
    message = _("This list is not whole yet. Nothing was asked for. Wait until its import has finished.")


class ReasonWrong(KeyholeError):
    """Too short to say anything, or too long to read."""

    code = "reason"
    message = _("Write the reason in 10 to 300 characters. Nothing was changed.")


class NothingChosen(KeyholeError):
    """Neither numbers nor fields."""

    code = "what"
    message = _("Choose what to export. Nothing was asked for.")


class ExportKeyWrong(KeyholeError):
    """Not a key that anything can be sealed to."""

    code = "public_key"
    message = _("This is no export key, or a character of it is wrong. Nothing was asked for. Copy it again.")


class ExportMovedOn(KeyholeError):
    """Approved, refused, taken back, failed or expired in the meantime."""

    code = "moved_on"
    message = _("This export has moved on already. Nothing was changed now. Look at its page again.")


class SamePerson(KeyholeError):
    """Whoever asked cannot approve."""

    code = "same_person"
    message = _("You asked for this export, so another person must approve it. Nothing was changed.")


class ApprovalTooLate(KeyholeError):
    """A week went by."""

    code = "too_late"
    message = _("Nobody approved this export within seven days. Nothing was made. Ask for it anew.")


class RequesterGone(KeyholeError):
    """Whoever asked is disabled, or may no longer ask."""

    code = "requester_gone"
    message = _(
        "The person who asked may no longer ask for exports. Nothing was approved. Refuse it, or ask anew."
    )


class KeyChanged(KeyholeError):
    """The key is not the one that the approver was shown."""

    code = "key_changed"
    message = _(
        "The key is not the one you were shown. Nothing was approved. Call your data officer: somebody changed it."
    )


class ExportOver(KeyholeError):
    """Its seventy-two hours are over."""

    code = "expired"
    message = _("This export has expired and its file is removed. Ask for it anew.")


class WarrantWrong(KeyholeError):
    """The database did not take what the approval came with."""

    code = "warrant"
    message = _(
        "The approval did not fit the request, so no key was sealed. Nothing left the system. Ask for it anew."
    )


class FileGone(KeyholeError):
    """The file is not where it was written."""

    code = "file_gone"
    message = _("The file is not there. Nothing was sent. Ask your operator, or ask for the export anew.")


class KeyNotOpened(KeyholeError):
    """A holder could not open the list's own key."""

    code = "key"
    message = _("A key of this list does not open. Nothing was made. Tell your operator which list it is.")


class ExportInterrupted(KeyholeError):
    """The worker stopped again and again."""

    code = "interrupted"
    message = _("Writing the file was interrupted. Nothing of it stays. Ask for the export anew.")


class ExportDiskFull(KeyholeError):
    """No room for the file."""

    code = "disk_full"
    message = _("The disk is full. Nothing of the file stays. Free space, then ask for the export anew.")


_ALL: tuple[type[KeyholeError], ...] = (
    ExportNotFound,
    ExportNotAllowed,
    ListDestroyed,
    ListNotReady,
    ReasonWrong,
    NothingChosen,
    ExportKeyWrong,
    ExportMovedOn,
    SamePerson,
    ApprovalTooLate,
    RequesterGone,
    KeyChanged,
    ExportOver,
    WarrantWrong,
    KeyNotOpened,
    ExportInterrupted,
    ExportDiskFull,
)
REFUSALS = {one.code: one for one in _ALL} | {"list_unknown": ExportNotFound, "step_up": StepUpNeeded}


def failure_words(code: str) -> str:
    """Say in words why an export ended; nothing for no code."""
    return str(REFUSALS.get(code, KeyholeError).message) if code else ""
