"""What the operator may do, as owner: found a house, let its head in again. It goes through functions that leave an entry."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from tenants.db.functions import call
from tenants.identity.tokens import hash_token, new_token
from tenants.vault.sealed import SealedText

_HANDLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")


class FoundingError(ValueError):
    """Something given cannot be used; the text says what and what to do."""


class AlreadyThere(FoundingError):
    """This handle is taken. Nothing was made. Choose another handle."""

    def __init__(self) -> None:
        super().__init__("This handle is taken. Nothing was made. Choose another handle.")


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time token and the surface (`firm` or `agent`) it opens on."""

    token: SealedText
    surface: str


def found_firm(
    *, handle: str, name: str, country: str, time_zone: str, email: str, person_name: str
) -> SealedText:
    """Found a firm with its first manager, and give the token of their link.

    Raises: FoundingError; AlreadyThere.
    """
    if not _COUNTRY.match(country):
        raise FoundingError("A country is two capital letters, such as GB. Nothing was made.")
    return _found(
        "tenants_create_firm_v1",
        handle=handle,
        name=name,
        place=(country, time_zone),
        email=email,
        person_name=person_name,
    )


def found_outsourcer(*, handle: str, name: str, email: str, person_name: str) -> SealedText:
    """Found an outsourcer with its first supervisor, and give the token of their link.

    Raises: FoundingError; AlreadyThere.
    """
    return _found(
        "tenants_create_outsourcer_v1",
        handle=handle,
        name=name,
        place=(),
        email=email,
        person_name=person_name,
    )


def renew_link(*, handle: str, email: str) -> Link:
    """Give the manager or supervisor with this e-mail a new link; older ones stop working.

    Raises: FoundingError when there is nobody like that who is not disabled.
    """
    token = new_token()
    surface = call("tenants_renew_head_v1", handle.lower(), email, hash_token(token))
    if surface is None:
        raise FoundingError(
            "There is no manager or supervisor with this e-mail under this handle, or they are disabled. "
            "Nothing was made. Others are let in by their own manager or supervisor."
        )
    return Link(token=SealedText(token), surface=surface)


def _found(
    function: str, *, handle: str, name: str, place: tuple[Any, ...], email: str, person_name: str
) -> SealedText:
    if not _HANDLE.match(handle):
        raise FoundingError(
            "A handle is up to 40 small letters, digits and dashes, such as alder-vale. Nothing was made."
        )
    if not name.strip() or not person_name.strip() or len(name) > 120 or len(person_name) > 120:
        raise FoundingError("A name is 1 to 120 characters. Nothing was made.")
    try:
        validate_email(email)
    except ValidationError:
        raise FoundingError("This e-mail cannot be used. Nothing was made.") from None
    token = new_token()
    try:
        call(function, handle, name.strip(), *place, email, person_name, hash_token(token))
    except IntegrityError:
        raise AlreadyThere from None
    return SealedText(token)
