"""Joining by a one-time link: password and phone are the person's alone, and the link is good for one."""

import base64
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse

from tenants.identity.tokens import hash_token
from tenants.vault.sealed import SealedBytes, SealedText
from tests.web.browser import Browser, code_at, target, words
from tests.world import PASSWORD, World, raw_password

Surface = Callable[[str], None]
NEW_PASSWORD = "seven herons over water"


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive each password once a run, by the real function: it is dear on purpose."""

    def derive(password: SealedText, salt: bytes) -> SealedBytes:
        return SealedBytes(raw_password(salt, password.open_text()))

    monkeypatch.setattr("tenants.identity.entrance.derive_password", derive)


@pytest.fixture
def link(world: World, surface: Surface) -> str:
    """A link for a new auditor of alder, made on the people page by its manager."""
    surface("firm")
    return invite(world, "dora@alder.example")


def invite(world: World, email: str) -> str:
    manager = Browser().become(world.alder.people["manager"])
    page = manager.post("person-invite", name="Dora Lind", email=email, role="auditor")
    found = re.search(r'value="(http://testserver/invitation#[A-Za-z0-9_-]{43})"', page.content.decode())
    assert found, words(page)
    return found.group(1)


def secret_of(page: object) -> SealedBytes:
    """The second factor as the page spells it for typing."""
    spelled = page.context["secret"].replace(" ", "")  # type: ignore[attr-defined]
    return SealedBytes(base64.b32decode(spelled))


def chosen(link: str) -> Browser:
    """A browser that has opened the link and chosen a password."""
    browser = Browser()
    assert target(browser.post("invitation", link=link)) == reverse("invitation-password")
    answer = browser.post("invitation-password", password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert target(answer) == reverse("invitation-phone")
    return browser


def joined(link: str) -> tuple[Browser, SealedBytes, list[str], int]:
    """A browser that went the whole way: the phone's secret, the recovery codes, the step that was used."""
    browser = chosen(link)
    secret = secret_of(browser.get("invitation-phone"))
    step = int(time.time() // 30)
    page = browser.post("invitation-phone", code=code_at(secret, step))
    assert page.status_code == 200, words(page)
    return browser, secret, re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", page.content.decode()), step


def test_a_person_joins_and_signs_in_with_what_only_they_know(link: str) -> None:
    browser, secret, codes, step = joined(link)
    assert len(set(codes)) == 10
    assert not browser.is_signed_in()
    fresh = Browser()
    assert fresh.post("sign-in", email="dora@alder.example", password=NEW_PASSWORD).status_code == 302
    # The code that tied the phone was used by that.
    assert fresh.give_code(code_at(secret, step)).status_code == 422
    assert fresh.give_code(code_at(secret, step + 1)).status_code == 302
    assert "Dora Lind" in words(fresh.get("account"))


def test_the_recovery_codes_it_showed_let_in_once_each(link: str) -> None:
    _browser, _secret, codes, _step = joined(link)
    first, again = Browser(), Browser()
    for browser in (first, again):
        browser.post("sign-in", email="dora@alder.example", password=NEW_PASSWORD)
    assert first.give_code(codes[3], "sign-in-recovery").status_code == 302
    assert again.give_code(codes[3], "sign-in-recovery").status_code == 422
    assert again.give_code(codes[4], "sign-in-recovery").status_code == 302


def test_the_last_part_of_the_link_is_enough(link: str) -> None:
    assert target(Browser().post("invitation", link=f"  {link.partition('#')[2]} ")) == reverse(
        "invitation-password"
    )


def test_a_link_works_once(link: str) -> None:
    late = chosen(link)
    joined(link)
    assert Browser().post("invitation", link=link).status_code == 422
    secret = secret_of(late.get("invitation-phone"))
    refused = late.post("invitation-phone", code=code_at(secret, int(time.time() // 30)))
    assert refused.status_code == 422
    assert "This invitation cannot be used" in words(refused)


def test_unknown_used_and_old_links_are_refused_in_the_same_words(world: World, link: str) -> None:
    other = invite(world, "eve@alder.example")
    joined(link)
    with world.definer() as conn:
        conn.execute(
            "update tenants_invitation set expires_at = now() - %s where token_hash = %s",
            [timedelta(seconds=1), hash_token(other.partition("#")[2])],
        )
    refused = [Browser().post("invitation", link=text) for text in (link, other, "x" * 43, "#", "żółć")]
    assert {answer.status_code for answer in refused} == {422}
    assert len({words(answer) for answer in refused if "Paste your" not in words(answer)}) == 1


def test_a_link_of_one_surface_is_nothing_on_the_other(link: str, surface: Surface) -> None:
    surface("agent")
    assert Browser().post("invitation", link=link).status_code == 422
    surface("firm")
    assert Browser().post("invitation", link=link).status_code == 302


def test_a_renewed_link_ends_the_one_before_and_old_sessions(
    world: World, link: str, surface: Surface
) -> None:
    auditor = world.alder.people["auditor"]
    was_in = Browser().become(auditor)
    manager = Browser().become(world.alder.people["manager"])
    page = manager.post("person-renew", auditor.id)
    renewed = re.search(r'value="(http://testserver/invitation#[^"]+)"', page.content.decode())
    assert renewed
    assert was_in.is_signed_in()
    joined(renewed.group(1))
    assert not was_in.is_signed_in()
    assert Browser().give_password(auditor, PASSWORD).status_code == 422
    assert Browser().give_password(auditor, NEW_PASSWORD).status_code == 302


def test_the_session_is_a_new_one_when_the_link_is_opened(link: str) -> None:
    browser, planted = Browser(), Browser()
    browser.get("sign-in")
    browser.key = "a-key-that-somebody-planted-beforehand-0000"
    browser.post("invitation", link=link)
    assert browser.key is not None
    assert "planted" not in browser.key
    planted.key = "a-key-that-somebody-planted-beforehand-0000"
    assert planted.get("invitation-qr").status_code == 404
    assert browser.get("invitation-qr").status_code == 200


def test_the_picture_is_for_the_joining_session_alone_and_gone_afterwards(link: str) -> None:
    browser = chosen(link)
    picture = browser.get("invitation-qr")
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert b"<svg" in picture.content
    assert Browser().get("invitation-qr").status_code == 404
    secret = secret_of(browser.get("invitation-phone"))
    browser.post("invitation-phone", code=code_at(secret, int(time.time() // 30)))
    assert browser.get("invitation-qr").status_code == 404


def test_no_address_on_the_way_carries_the_secret_of_the_link(link: str) -> None:
    secret = link.partition("#")[2]
    browser = Browser()
    first = browser.post("invitation", link=link)
    second = browser.post("invitation-password", password=NEW_PASSWORD, again=NEW_PASSWORD)
    for answer in (first, second):
        assert secret not in answer["Location"]
        assert secret not in str(answer.headers)
    assert secret not in browser.get("invitation-phone").content.decode()
    # The control: the page that hands the link over does carry it.
    assert len(secret) == 43


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("short", "short", "Use 12 characters or more"),
        ("dora@alder.example", "dora@alder.example", "other than your e-mail"),
        ("password1234", "password1234", "guessed first"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "more than two different"),
        (NEW_PASSWORD, NEW_PASSWORD + "x", "The two are different"),
        ("", "", "Choose a password"),
    ],
)
def test_a_poor_password_is_refused_with_its_reason(link: str, password: str, again: str, why: str) -> None:
    browser = Browser()
    browser.post("invitation", link=link)
    refused = browser.post("invitation-password", password=password, again=again)
    assert refused.status_code == 422
    assert why in words(refused)
    assert target(browser.get("invitation-phone")) == reverse("invitation-password")


def test_a_wrong_first_code_ties_nothing_and_may_be_tried_again(link: str) -> None:
    browser = chosen(link)
    secret = secret_of(browser.get("invitation-phone"))
    step = int(time.time() // 30)
    assert browser.post("invitation-phone", code=code_at(secret, step + 100)).status_code == 422
    assert browser.post("invitation-phone", code=code_at(secret, step)).status_code == 200


def test_the_steps_cannot_be_taken_without_the_link(world: World, surface: Surface) -> None:
    surface("firm")
    for page in ("invitation-password", "invitation-phone"):
        assert target(Browser().get(page)) == reverse("invitation")
        assert target(Browser().post(page, code="123456")) == reverse("invitation")


def test_what_rests_in_the_database_meanwhile_shows_neither_link_nor_second_factor(
    world: World, link: str
) -> None:
    browser = chosen(link)
    secret = secret_of(browser.get("invitation-phone"))
    with world.definer() as conn:
        rows = conn.execute("select data from tenants_session").fetchall()
    kept = " ".join(row[0] for row in rows)
    assert kept
    readable = [signing.loads(row[0], salt="django.contrib.sessions.SessionStore") for row in rows if row[0]]
    assert any("enrolment" in data for data in readable)
    shown = str(readable)
    assert link.partition("#")[2] not in shown
    assert secret.open_bytes().hex() not in shown
    assert "dora@alder.example" not in shown
