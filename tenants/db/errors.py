"""The root of every error a person may read. Carries a stable code and plain words, never data."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class KeyholeError(Exception):
    """Something was refused or failed. `code` is stable for machines; `message` says what to do next."""

    code: str = "failed"
    message: str | Promise = _("This did not work. Nothing was changed. Try again.")

    def __init__(self, code: str | None = None) -> None:
        super().__init__(code or self.code)
