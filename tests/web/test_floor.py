"""The supervisor's floor: states and totals, and nothing of the people called."""

from collections.abc import Callable
from uuid import UUID

import pytest

from dialer.templatetags.keyhole import contact_ref
from tests.web.browser import Browser, words
from tests.web.evidence import answer_call, open_record
from tests.world import World


@pytest.fixture
def opened(world: World, surface: Callable[[str], None]) -> tuple[str, UUID]:
    (contact,) = world.contacts(world.campaign(), 1)
    token = open_record(world)
    answer_call(world, token)
    surface("agent")
    return token, contact


def test_it_shows_states_and_totals_of_the_own_agents(world: World, opened: tuple[str, UUID]) -> None:
    supervisor = Browser().become(world.tern.people["supervisor"])
    for page in ("floor", "floor-board"):
        text = words(supervisor.get(page))
        assert "Agent Tern" in text
        assert "Talking" in text
        assert "Alder & Vale Energy" in text.replace("&amp;", "&")
        assert "Wren" not in text


def test_it_holds_nothing_of_the_person_called(world: World, opened: tuple[str, UUID]) -> None:
    supervisor = Browser().become(world.tern.people["supervisor"])
    body = supervisor.get("floor").content.decode()
    for personal in (str(opened[1]), contact_ref(opened[1]), "New Orleans", "CT2 7PP", "Person0", "+1555"):
        assert personal not in body


def test_it_says_who_needs_help(world: World, opened: tuple[str, UUID]) -> None:
    with world.definer() as conn:
        conn.execute(
            "update dialer_desk set state = 'wrapup', since = now() - interval '5 minutes', seen_at = now()"
        )
    supervisor = Browser().become(world.tern.people["supervisor"])
    text = words(supervisor.get("floor-board"))
    assert "wrap-up for 5:0" in text
    assert "The campaign gives 1:00" in text
    with world.definer() as conn:
        conn.execute("update dialer_desk set state = 'talking', seen_at = now() - interval '2 minutes'")
    assert "connection lost" in words(supervisor.get("floor-board"))


def test_another_outsourcers_supervisor_sees_only_their_own(world: World, opened: tuple[str, UUID]) -> None:
    text = words(Browser().become(world.wren.people["supervisor"]).get("floor"))
    assert "Agent Tern" not in text


def test_an_agent_is_refused_and_a_stranger_signs_in_first(world: World, opened: tuple[str, UUID]) -> None:
    assert Browser().become(world.tern.people["agent"]).get("floor").status_code == 403
    response = Browser().get("floor")
    assert response.status_code == 302
    assert "/sign-in" in response["Location"]
