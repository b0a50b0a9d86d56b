"""The search by phone number: matched by keyed index, told as an entry, kept nowhere."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.web.browser import Browser, words
from tests.web.evidence import FORMS, NUMBER, all_text, entries_of, give_number
from tests.world import World


@pytest.fixture
def contact(world: World, surface: Callable[[str], None]) -> object:
    campaign = world.campaign()
    (made,) = world.contacts(campaign, 1)
    give_number(world, world.alder, campaign, made)
    surface("firm")
    return made


def hides_number(text: str) -> bool:
    return not any(form in text for form in FORMS)


@pytest.mark.parametrize(
    "typed", ["+12015550123", "+1 (201) 555-0123", "001 201 555 0123", " +1-201-555-0123 "]
)
def test_it_finds_the_contact_however_the_number_is_written(
    world: World, contact: object, typed: str
) -> None:
    officer = Browser().become(world.alder.people["data_officer"])
    response = officer.post("contacts-number", number=typed)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('contact', args=[contact])}?number=found"
    page = officer.client.get(response["Location"])
    assert page.status_code == 200
    assert "matched and forgotten" in words(page)
    assert hides_number(page.content.decode() + str(page.headers) + response["Location"])


def test_it_says_when_no_contact_has_the_number(world: World, contact: object) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    response = auditor.post("contacts-number", number="+12015550199")
    assert response["Location"] == f"{reverse('contacts')}?number=none"
    assert "None of your contacts has this number" in words(auditor.client.get(response["Location"]))


def test_it_says_when_it_cannot_read_what_was_typed(world: World, contact: object) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    for typed in ("nothing of a number", "", "12", "9" * 200):
        response = auditor.post("contacts-number", number=typed)
        assert response["Location"] == f"{reverse('contacts')}?number=unreadable"


def test_another_firms_contact_of_that_number_is_not_found(world: World, contact: object) -> None:
    stranger = Browser().become(world.birch.people["auditor"])
    response = stranger.post("contacts-number", number=NUMBER)
    assert response["Location"].endswith("?number=none")


def test_the_search_is_an_entry_that_holds_a_count_alone(world: World, contact: object) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    auditor.post("contacts-number", number=NUMBER)
    auditor.post("contacts-number", number="+12015550199")
    searches = entries_of(world, world.alder, "oversight:number:searched")
    assert [search["details"] for search in searches] == [{"found": 1}, {"found": 0}]


def test_the_number_is_kept_nowhere_in_the_database(world: World, contact: object) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    auditor.client.get(auditor.post("contacts-number", number=NUMBER)["Location"])
    auditor.post("contacts-number", number="junk +12015550123 junk")
    assert hides_number(all_text(world))


def test_the_search_of_the_database_would_find_a_number(world: World, contact: object) -> None:
    world.insert(
        "campaigns_closedday",
        {"firm_id": world.alder.id, "campaign_id": world.campaign(), "day": "2026-01-01", "name": NUMBER},
    )
    assert not hides_number(all_text(world))


def test_a_manager_may_not_search_and_the_try_is_recorded(world: World, contact: object) -> None:
    manager = Browser().become(world.alder.people["manager"])
    assert b"contacts/number" not in manager.get("contacts").content
    assert manager.post("contacts-number", number=NUMBER).status_code == 403
    assert entries_of(world, world.alder, "oversight:number:searched") == []
    (denied,) = entries_of(world, world.alder, "identity:access:denied")
    assert denied["reason"] == "number.search"
    assert not denied["allowed"]


def test_a_number_in_the_address_is_not_looked_at(world: World, contact: object) -> None:
    auditor = Browser().become(world.alder.people["auditor"])
    assert auditor.client.get(reverse("contacts-number"), {"number": NUMBER}).status_code == 405
    assert entries_of(world, world.alder, "oversight:number:searched") == []


def test_a_search_from_another_site_is_refused(world: World, contact: object) -> None:
    auditor = Browser(checks_csrf=True).become(world.alder.people["auditor"])
    assert auditor.post("contacts-number", number=NUMBER).status_code == 403
    assert entries_of(world, world.alder, "oversight:number:searched") == []
