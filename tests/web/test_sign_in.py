"""Signing in on both surfaces: two steps, a new session at each, and the same words for every refusal."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections
from django.urls import reverse

from tenants.identity.recovery import hash_code
from tenants.vault.sealed import SealedBytes, SealedText
from tests.web.browser import Browser, code_at, code_of, target, words, wrong_code
from tests.world import PASSWORD, Member, World, raw_password

Surface = Callable[[str], None]


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive each password once a run, by the real function: it is dear on purpose."""

    def derive(password: SealedText, salt: bytes) -> SealedBytes:
        return SealedBytes(raw_password(salt, password.open_text()))

    monkeypatch.setattr("tenants.identity.entrance.derive_password", derive)


def cast(world: World, surface_name: str) -> Member:
    return world.alder.people["manager"] if surface_name == "firm" else world.tern.people["agent"]


@pytest.fixture
def manager(world: World, surface: Surface) -> Member:
    surface("firm")
    return world.alder.people["manager"]


def signed_in(member: Member) -> Browser:
    browser = Browser()
    browser.give_password(member)
    assert target(browser.give_code(code_of(member)))
    return browser


@pytest.mark.parametrize(
    ("surface_name", "role", "home"),
    [("firm", "manager", "overview"), ("agent", "agent", "console"), ("agent", "supervisor", "floor")],
)
def test_a_person_signs_in_with_password_and_code_and_comes_to_their_own_first_page(
    world: World, surface: Surface, surface_name: str, role: str, home: str
) -> None:
    surface(surface_name)
    member = (world.alder if surface_name == "firm" else world.tern).people[role]
    browser = Browser()
    assert browser.get("sign-in").status_code == 200
    assert target(browser.give_password(member)) == reverse("sign-in-code")
    assert not browser.is_signed_in()
    assert target(browser.give_code(code_of(member))) == reverse(home)
    assert browser.is_signed_in()


def test_each_surface_says_what_it_is_for(world: World, surface: Surface) -> None:
    surface("firm")
    assert "Your list stays yours" in words(Browser().get("sign-in"))
    surface("agent")
    assert "One person at a time. Never the number." in words(Browser().get("sign-in"))


def test_every_refusal_of_the_first_step_reads_the_same(
    world: World, manager: Member, surface: Surface
) -> None:
    lock_out(world.birch.people["auditor"])
    with world.definer() as conn:
        conn.execute(
            "update tenants_person set state = 'disabled' where id = %s", [world.alder.people["auditor"].id]
        )
    refused = [
        Browser().give_password(manager, "a wrong password"),
        Browser().post("sign-in", email="nobody@alder.example", password=PASSWORD),
        Browser().give_password(world.tern.people["agent"]),
        Browser().give_password(world.alder.people["auditor"]),
        Browser().give_password(world.birch.people["auditor"]),
    ]
    assert {answer.status_code for answer in refused} == {422}
    assert len({words(answer) for answer in refused}) == 1
    assert "The e-mail or the password is not right." in words(refused[0])
    assert "Error:" in words(refused[0])
    # The control: the same form with the right words goes on.
    assert Browser().give_password(manager).status_code == 302


def lock_out(member: Member, wrong: int = 10) -> None:
    for _ in range(wrong):
        Browser().give_password(member, "a wrong password")


def test_ten_wrong_passwords_lock_a_person_for_a_while_and_nine_do_not(world: World, manager: Member) -> None:
    other = world.birch.people["manager"]
    lock_out(manager, 9)
    assert Browser().give_password(manager).status_code == 302
    lock_out(other, 10)
    assert Browser().give_password(other).status_code == 422
    with world.definer() as conn:
        conn.execute("update tenants_credential set locked_until = now() where person_id = %s", [other.id])
    assert Browser().give_password(other).status_code == 302


def test_wrong_codes_lock_too(manager: Member) -> None:
    browser = Browser()
    browser.give_password(manager)
    for _ in range(10):
        assert browser.give_code(wrong_code(manager, time.time())).status_code == 422
    assert browser.give_code(code_of(manager)).status_code == 422


def test_a_code_works_once_for_everybody(manager: Member) -> None:
    code = code_of(manager)
    first, second = Browser(), Browser()
    first.give_password(manager)
    second.give_password(manager)
    assert first.give_code(code).status_code == 302
    replayed = second.give_code(code)
    assert replayed.status_code == 422
    assert "The code is not right, or it was used before." in words(replayed)
    assert not second.is_signed_in()


def test_an_older_code_than_the_last_one_is_refused(world: World, manager: Member) -> None:
    step = manager.next_step()
    first, second = Browser(), Browser()
    first.give_password(manager)
    second.give_password(manager)
    assert first.give_code(code_at(manager.secret, step)).status_code == 302
    assert second.give_code(code_at(manager.secret, step - 1)).status_code == 422


@pytest.mark.parametrize("submissions", [50])
def test_of_many_submissions_of_one_code_at_once_one_succeeds(manager: Member, submissions: int) -> None:
    started = Browser()
    started.give_password(manager)
    code, key = code_of(manager), started.key
    assert key is not None
    ready = threading.Barrier(submissions)
    answers: list[str] = []

    def submit() -> None:
        browser = Browser()
        browser.key = key
        try:
            ready.wait(timeout=60)
            response = browser.give_code(code)
            answers.append(response.get("Location", "refused"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=submit) for _ in range(submissions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(answers) == submissions
    assert answers.count(reverse("overview")) == 1


def test_the_session_has_a_new_key_at_each_step_and_the_old_ones_are_dead(manager: Member) -> None:
    browser, planted = Browser(), Browser()
    browser.key = "a-key-that-somebody-planted-beforehand-0000"
    browser.give_password(manager)
    after_password = browser.key
    browser.give_code(code_of(manager))
    after_code = browser.key
    assert after_password != after_code
    assert "planted" not in f"{after_password}{after_code}"
    for old in ("a-key-that-somebody-planted-beforehand-0000", after_password):
        planted.key = old  # type: ignore[assignment]
        assert not planted.is_signed_in()
        assert target(planted.get("sign-in-code")) == reverse("sign-in")
    assert browser.is_signed_in()


def test_confirming_changes_the_key_and_keeps_the_person(manager: Member) -> None:
    browser = signed_in(manager)
    before = browser.key
    assert before is not None
    assert target(browser.give_code(code_of(manager), "confirm", next="/people")) == "/people"
    assert browser.key != before
    assert browser.is_signed_in()
    old = Browser()
    old.key = before
    assert not old.is_signed_in()


def test_a_wrong_code_does_not_confirm(manager: Member) -> None:
    browser = signed_in(manager)
    before = browser.key
    refused = browser.give_code(wrong_code(manager, time.time()), "confirm")
    assert refused.status_code == 422
    assert browser.key == before


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/people",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x=y\r\nX: y",
        "people",
    ],
)
def test_it_never_leads_to_another_site_afterwards(manager: Member, wanted: str) -> None:
    browser = Browser()
    assert target(browser.give_password(manager, next=wanted)).startswith(reverse("sign-in-code"))
    assert target(browser.give_code(code_of(manager), next=wanted)) == reverse("overview")


@pytest.mark.parametrize("wanted", ["/people?state=active", "http://testserver/people?state=active"])
def test_it_goes_on_to_the_page_that_was_asked_for(manager: Member, wanted: str) -> None:
    browser = Browser()
    there = target(browser.give_password(manager, next=wanted))
    assert there == f"{reverse('sign-in-code')}?next=%2Fpeople%3Fstate%3Dactive"
    assert 'value="/people?state=active"' in browser.client.get(there).content.decode()
    assert target(browser.give_code(code_of(manager), next=wanted)) == "/people?state=active"


def test_a_form_from_another_site_is_refused(manager: Member) -> None:
    browser = Browser(checks_csrf=True)
    page = browser.get("sign-in")
    fields = {"email": manager.email, "password": PASSWORD}
    assert browser.post("sign-in", **fields).status_code == 403
    token = page.context["csrf_token"]
    assert browser.post("sign-in", csrfmiddlewaretoken=str(token), **fields).status_code == 302


@pytest.mark.parametrize("page", ["sign-in", "sign-in-help", "invitation"])
def test_the_pages_before_the_door_are_never_kept_and_carry_the_policy(manager: Member, page: str) -> None:
    answer = Browser().get(page)
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    body = answer.content.decode()
    assert " style=" not in body
    assert "onclick" not in body


def test_a_recovery_code_stands_in_for_the_phone_once(world: World, manager: Member) -> None:
    with world.definer() as conn:
        conn.execute(
            "insert into tenants_recoverycode (person_id, code_hash) values (%s, %s)",
            [manager.id, hash_code("7K4Q2-92X0M")],
        )
    browser, again = Browser(), Browser()
    browser.give_password(manager)
    assert target(browser.give_code("7k4q2 92xOm", "sign-in-recovery")) == reverse("overview")
    assert browser.is_signed_in()
    again.give_password(manager)
    assert again.give_code("7K4Q2-92X0M", "sign-in-recovery").status_code == 422
    assert again.give_code("not a code", "sign-in-recovery").status_code == 422


def test_signing_out_takes_a_form_and_ends_the_session(manager: Member) -> None:
    browser, thief = signed_in(manager), Browser()
    thief.key = browser.key  # type: ignore[assignment]
    assert browser.get("sign-out").status_code == 405
    assert thief.is_signed_in()
    assert target(browser.post("sign-out")) == reverse("sign-in")
    assert not thief.is_signed_in()


def test_a_session_of_one_surface_is_nothing_on_the_other(world: World, surface: Surface) -> None:
    surface("agent")
    agent = Browser().become(world.tern.people["agent"])
    key = agent.key
    assert agent.is_signed_in()
    surface("firm")
    crossed = Browser()
    crossed.key = key  # type: ignore[assignment]
    assert not crossed.is_signed_in()


def test_whoever_is_signed_in_is_not_asked_again(manager: Member) -> None:
    browser = signed_in(manager)
    assert target(browser.get("sign-in")) == reverse("overview")
    assert target(browser.get("sign-in-code")) == reverse("overview")


def test_the_second_step_without_the_first_leads_back(manager: Member) -> None:
    for page in ("sign-in-code", "sign-in-recovery", "confirm"):
        assert target(Browser().get(page)).startswith(reverse("sign-in"))
        assert target(Browser().give_code("123456", page)).startswith(reverse("sign-in"))


def test_every_sign_in_and_every_refusal_is_in_the_record(world: World, manager: Member) -> None:
    Browser().give_password(manager, "a wrong password")
    signed_in(manager)
    with world.definer() as conn:
        rows = conn.execute(
            "select event, allowed from tenants_entry where actor_id = %s order by at", [manager.id]
        ).fetchall()
    assert ("identity:session:refused", False) in rows
    assert ("identity:session:opened", True) in rows


def test_the_page_derives_the_password_by_itself(manager: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    browser = Browser()
    assert browser.give_password(manager, "another password").status_code == 422
    assert browser.give_password(manager).status_code == 302


def test_the_first_step_holds_for_ten_minutes_and_the_second_for_half_a_day(
    world: World, manager: Member
) -> None:
    def minutes_left() -> list[int]:
        with world.definer() as conn:
            rows = conn.execute(
                "select extract(epoch from expires_at - now()) / 60 from tenants_session where person_id = %s"
                " order by created_at desc limit 1",
                [manager.id],
            ).fetchall()
        return [round(row[0]) for row in rows]

    browser = Browser()
    browser.give_password(manager)
    assert minutes_left() == [10]
    browser.get("sign-in-code")
    assert minutes_left() == [10]
    browser.give_code(code_of(manager))
    assert minutes_left() == [12 * 60]
