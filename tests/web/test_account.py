"""One's own account and the firm's API tokens: nothing of another firm, nothing shown twice."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from tenants.identity.tokens import hash_token
from tests.web.browser import Browser, target, words
from tests.world import World

Surface = Callable[[str], None]
FORM = {"name": "Nightly import", "scopes": ["lists:read", "lists:write"], "days": "30"}


@pytest.fixture
def manager(world: World, surface: Surface) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


def made(browser: Browser) -> str:
    page = browser.post("token-new", **FORM)
    found = re.search(r'value="(kt_[A-Za-z0-9_-]{43})"', page.content.decode())
    assert found, words(page)
    assert "no-store" in page["Cache-Control"]
    return found.group(1)


def rows(world: World) -> list[tuple[object, ...]]:
    with world.definer() as conn:
        return list(
            conn.execute(
                "select id, firm_id, token_hash, scopes, revoked_at, expires_at - created_at, person_id"
                " from tenants_apitoken order by created_at"
            ).fetchall()
        )


def test_the_account_says_who_is_signed_in(world: World, manager: Browser) -> None:
    shown = words(manager.get("account"))
    for text in (
        "Ines Carter",
        "manager@alder.example",
        "Manager",
        "Alder & Vale Energy".replace("&", "&amp;"),
    ):
        assert text in shown


def test_an_agents_account_says_so_too(world: World, surface: Surface) -> None:
    surface("agent")
    shown = words(Browser().become(world.tern.people["agent"]).get("account"))
    assert "agent@tern.example" in shown
    assert "Tern Contact" in shown
    assert "API tokens" not in shown


def test_signing_out_everywhere_ends_every_session_of_the_person_and_of_nobody_else(
    world: World, manager: Browser
) -> None:
    chief = world.alder.people["manager"]
    second, colleague = Browser().become(chief), Browser().become(world.alder.people["auditor"])
    assert manager.get("sign-out-everywhere").status_code == 405
    assert second.is_signed_in()
    assert target(manager.post("sign-out-everywhere")) == reverse("sign-in")
    assert not second.is_signed_in()
    assert not manager.is_signed_in()
    assert colleague.is_signed_in()
    assert "You are signed out everywhere." in words(manager.get("sign-in"))


def test_a_token_is_shown_once_and_kept_as_its_hash(world: World, manager: Browser) -> None:
    token = made(manager)
    row = rows(world)[0]
    assert row[1] == world.alder.id
    assert row[2] == hash_token(token)
    assert row[3] == ["lists:read", "lists:write"]
    assert row[5] == pytest.approx(timedelta(days=30), abs=timedelta(seconds=5))
    assert row[6] == world.alder.people["manager"].id
    listed = manager.get("tokens").content.decode()
    assert "Nightly import" in listed
    assert "kt_" not in listed


def test_a_token_needs_a_name_and_something_it_may_do(world: World, manager: Browser) -> None:
    for wrong in ({"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "36500"}):
        assert manager.post("token-new", **FORM | wrong).status_code == 422
    assert rows(world) == []


def test_a_revoked_token_stays_in_the_list_as_revoked(world: World, manager: Browser) -> None:
    made(manager)
    token_id = rows(world)[0][0]
    assert manager.get("token-revoke", token_id).status_code == 405
    assert target(manager.post("token-revoke", token_id)) == reverse("tokens")
    first = rows(world)[0][4]
    assert first is not None
    manager.post("token-revoke", token_id)
    assert rows(world)[0][4] == first
    assert "Revoked" in words(manager.get("tokens"))
    with world.definer() as conn:
        events = conn.execute(
            "select event from tenants_entry where subject_id = %s order by at", [token_id]
        ).fetchall()
    assert [event for (event,) in events] == ["identity:token:created", "identity:token:revoked"]


def test_another_firms_token_is_neither_seen_nor_revoked(world: World, manager: Browser) -> None:
    made(manager)
    token_id = rows(world)[0][0]
    other = Browser().become(world.birch.people["manager"])
    assert "Nightly import" not in words(other.get("tokens"))
    assert other.post("token-revoke", token_id).status_code == 404
    assert other.post("token-revoke", uuid4()).status_code == 404
    assert rows(world)[0][4] is None


def test_making_a_token_asks_for_a_fresh_code(world: World, manager: Browser) -> None:
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(manager.get("token-new")).startswith(reverse("confirm"))
    assert target(manager.post("token-new", **FORM)).startswith(reverse("confirm"))
    assert rows(world) == []


@pytest.mark.parametrize("role", ["auditor", "data_officer"])
def test_only_a_manager_has_to_do_with_tokens(world: World, surface: Surface, role: str) -> None:
    surface("firm")
    browser = Browser().become(world.alder.people[role])
    answers = browser.get("tokens"), browser.post("token-new", **FORM), browser.post("token-revoke", uuid4())
    assert {answer.status_code for answer in answers} == {403}
    assert "API tokens" not in words(browser.get("account"))
    assert rows(world) == []


def test_a_firm_holds_no_more_live_tokens_than_it_can_watch(
    world: World, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.identity.services.MAX_LIVE_TOKENS", 1)
    made(manager)
    refused = manager.post("token-new", **FORM)
    assert refused.status_code == 422
    assert "No token was made" in words(refused)
    manager.post("token-revoke", rows(world)[0][0])
    made(manager)
