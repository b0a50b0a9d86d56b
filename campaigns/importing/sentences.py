"""The words for why a row was turned away or a file failed, in the reader's language. Never a cell."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.importing.errors import DiskFull, ImportCancelled, ImportInterrupted, UploadGone
from campaigns.importing.reasons import FILE_SENTENCES, SENTENCES, FileProblem, Reason

_FATES: dict[str, tuple[str | Promise, str | Promise]] = {
    "duplicate": (
        _("The number is in the campaign already"),
        _("Nothing to do: the person is called once."),
    ),
    "suppressed": (
        _("The person is on a do-not-call list"),
        _("Nothing to do: the person is not called."),
    ),
}
_ERRORS = {error.code: error.message for error in (DiskFull, ImportCancelled, ImportInterrupted, UploadGone)}


def reason_title(code: str) -> str:
    """Return what is wrong, as a short phrase: 'Digits lost by Excel'."""
    return _parts(code)[0]


def reason_mend(code: str) -> str:
    """Return how to mend it, as a sentence."""
    return _parts(code)[1]


def failure_words(code: str) -> str:
    """Return why a whole file failed, what was kept and what to do."""
    if code in set(FileProblem):
        return gettext(FILE_SENTENCES[FileProblem(code)])
    return str(_ERRORS.get(code, ImportInterrupted.message))


def _parts(code: str) -> tuple[str, str]:
    if code in _FATES:
        title, mend = _FATES[code]
        return str(title), str(mend)
    sentence = gettext(SENTENCES[Reason(code)]) if code in set(Reason) else code
    title, _dot, mend = sentence.partition(". ")
    return title[:1].upper() + title[1:].rstrip("."), mend
