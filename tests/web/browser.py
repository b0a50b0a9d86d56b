"""A person's browser on one surface, as the web tests drive it. Keeps cookies, follows nothing by itself."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

import pyotp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tenants.identity.totp import find_step
from tenants.vault.sealed import SealedBytes
from tests.world import PASSWORD, Member


class Browser:
    """Django's test client with the words of this product."""

    def __init__(self, *, checks_csrf: bool = False) -> None:
        self.client = Client(enforce_csrf_checks=checks_csrf)

    @property
    def key(self) -> str | None:
        """The session key this browser holds."""
        cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie is not None and cookie.value else None

    @key.setter
    def key(self, value: str) -> None:
        self.client.cookies[settings.SESSION_COOKIE_NAME] = value

    def become(self, member: Member) -> "Browser":
        """Hold a fresh session of full standing of a member of the cast."""
        self.key = member.sign_in()
        return self

    def get(self, page: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open a page by its URL name."""
        return self.client.get(reverse(page, args=args), **kwargs)

    def post(self, page: str, *args: Any, **data: Any) -> HttpResponse:
        """Send a form of a page by its URL name."""
        return self.client.post(reverse(page, args=args), data)

    def give_password(self, member: Member, password: str = PASSWORD, **extra: str) -> HttpResponse:
        """Take the first step of signing in."""
        return self.post("sign-in", email=member.email, password=password, **extra)

    def give_code(self, code: str, page: str = "sign-in-code", **extra: str) -> HttpResponse:
        """Take the second step."""
        return self.post(page, code=code, **extra)

    def is_signed_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("account").status_code == 200


def code_of(member: Member) -> str:
    """A code of the member's phone that was not used yet."""
    return code_at(member.secret, member.next_step())


def code_at(secret: SealedBytes, step: int) -> str:
    """The six digits of a step."""
    text = base64.b32encode(secret.open_bytes()).decode()
    return str(pyotp.TOTP(text).generate_otp(step))


def wrong_code(member: Member, now: float) -> str:
    """Six digits that are not right now nor a step away."""
    return next(
        code for code in ("000000", "111111", "222222") if find_step(member.secret, code, now=now) is None
    )


def target(response: HttpResponse) -> str:
    """Where a redirect leads: path and query, and that it leads to no other host."""
    assert response.status_code == 302, response.status_code
    parts = urlsplit(response["Location"])
    assert (parts.scheme, parts.netloc) == ("", "")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def words(response: HttpResponse) -> str:
    """The words of a page: tags, the typed values and the form's one-time token left out."""
    body = re.sub(r"<input[^>]*>", "", response.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()
