"""Errors of the API as `{"code", "message"}`. They never repeat what was sent: it may be a number."""

import re
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response

from tenants.db.errors import KeyholeError
from tenants.identity.permissions import NotAllowed

_MISSING: Final = re.compile(r"(not_found|unknown)\Z")
_WORDS: Final[dict[int, tuple[str, Promise]]] = {
    401: ("not_signed_in", _("The token is missing, unknown, expired or revoked. Nothing was changed.")),
    403: ("not_allowed", _("This token or its person may not do this. Nothing was changed.")),
    404: ("not_found", _("There is no such thing here, or it is not yours. Nothing was changed.")),
    405: ("method", _("This address does not take this method. Nothing was changed.")),
    406: ("format", _("The API answers in JSON alone. Ask for application/json.")),
    413: ("too_big", _("This is too big. Nothing was stored. Split the list and import its parts.")),
    415: ("media_type", _("This address does not take this kind of body. Nothing was changed.")),
    429: ("too_many", _("Too many requests. Nothing was changed. Wait as long as Retry-After says.")),
}


class Refused(exceptions.APIException):
    """A refusal with a code and words of its own, of the request's content."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an error into an answer; None for what nobody foresaw, which the server then logs."""
    if isinstance(error, NotAllowed):
        return _answer(403, NotAllowed.code, NotAllowed.message)
    if isinstance(error, KeyholeError):
        if _MISSING.search(error.code):
            return _answer(404)
        return _answer(409, error.code, error.message)
    if isinstance(error, Refused):
        return _answer(error.status_code, error.code, error.message)
    if isinstance(error, Http404):
        return _answer(404)
    if isinstance(error, PermissionDenied):
        return _answer(403)
    if isinstance(error, exceptions.ValidationError):
        return _answer(400, "invalid", _fields(error.detail))
    if isinstance(error, exceptions.ParseError):
        return _answer(400, "unreadable", _("The body cannot be read. Nothing was changed."))
    if isinstance(error, exceptions.APIException) and error.status_code in _WORDS:
        answer = _answer(error.status_code)
        if error.status_code == status.HTTP_401_UNAUTHORIZED:
            answer["WWW-Authenticate"] = "Bearer"
        wait = getattr(error, "wait", None)
        if wait:
            answer["Retry-After"] = str(int(wait) + 1)
        return answer
    return None


def _answer(code: int, name: str = "", message: str | Promise = "") -> Response:
    known, words = _WORDS.get(code, ("failed", KeyholeError.message))
    return Response({"code": name or known, "message": str(message or words)}, status=code)


def _fields(detail: Any) -> str:
    names = sorted(detail) if isinstance(detail, dict) else []
    if not names:
        return str(_("The request does not fit. Nothing was changed. Compare it with the API's description."))
    return str(_("Nothing was changed. Check: %(fields)s.")) % {"fields": ", ".join(map(str, names))}
