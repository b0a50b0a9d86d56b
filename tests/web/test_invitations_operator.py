"""The operator's commands: found a house, and let its head in again. They print a link, once."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import Database
from tests.web.browser import Browser
from tests.world import World

Surface = Callable[[str], None]
FIRM = ("cedar", "Cedar Bank", "--manager-email", "Mia@Cedar.example", "--manager-name", "Mia Holm")
OUTSOURCER = ("owl", "Owl Calls", "--supervisor-email", "pat@owl.example", "--supervisor-name", "Pat Lee")


def run(database: Database, command: str, *arguments: str) -> str:
    """Run a command as the owner and give what it printed."""
    database.use("owner")
    printed = StringIO()
    call_command(command, *arguments, stdout=printed)
    return printed.getvalue()


def secret_in(printed: str) -> str:
    links = re.findall(r"https?://\S+/invitation#([A-Za-z0-9_-]{43})\b", printed)
    assert len(links) == 1
    return str(links[0])


def test_a_founded_firms_link_opens_on_the_firm_surface(database: Database, surface: Surface) -> None:
    secret = secret_in(run(database, "create_firm", *FIRM))
    surface("agent")
    assert Browser().post("invitation", link=secret).status_code == 422
    surface("firm")
    browser = Browser()
    assert browser.post("invitation", link=secret).status_code == 302
    assert "mia@cedar.example" in browser.get("invitation-password").content.decode()


def test_a_founded_outsourcers_link_opens_on_the_agent_surface(database: Database, surface: Surface) -> None:
    secret = secret_in(run(database, "create_outsourcer", *OUTSOURCER))
    surface("agent")
    assert Browser().post("invitation", link=secret).status_code == 302


def test_a_handle_is_taken_once(database: Database) -> None:
    run(database, "create_firm", *FIRM)
    with pytest.raises(CommandError, match="This handle is taken"):
        run(database, "create_firm", *FIRM)


@pytest.mark.parametrize(
    ("position", "value", "why"),
    [
        (0, "Cedar Bank!", "small letters"),
        (0, "cedar-", "small letters"),
        (1, "   ", "1 to 120"),
        (3, "not-an-email", "e-mail"),
        (5, "", "1 to 120"),
    ],
)
def test_what_cannot_be_used_founds_nothing(database: Database, position: int, value: str, why: str) -> None:
    arguments = list(FIRM)
    arguments[position] = value
    with pytest.raises(CommandError, match=why):
        run(database, "create_firm", *arguments)
    # The control: as it was written, it is founded, so nothing was left behind.
    assert secret_in(run(database, "create_firm", *FIRM))


@pytest.mark.parametrize("extra", [("--country", "gb"), ("--time-zone", "Europe/Atlantis")])
def test_an_unknown_place_founds_nothing(database: Database, extra: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="Nothing was made"):
        run(database, "create_firm", *FIRM, *extra)


@pytest.mark.parametrize(
    ("email", "name"), [("manager@alder.example", "firm"), ("supervisor@tern.example", "agent")]
)
def test_the_head_of_a_house_is_let_in_again_and_the_firm_sees_it(
    world: World, database: Database, surface: Surface, email: str, name: str
) -> None:
    handle = email.partition("@")[2].partition(".")[0]
    first = secret_in(run(database, "invite_person", handle, email))
    second = secret_in(run(database, "invite_person", handle.upper(), email.title()))
    surface(name)
    assert Browser().post("invitation", link=first).status_code == 422
    assert Browser().post("invitation", link=second).status_code == 302
    with world.definer() as conn:
        rows = conn.execute(
            "select firm_id from tenants_entry"
            " where actor_kind = 'operator' and event = 'identity:person:invited'"
        ).fetchall()
    assert rows == [(world.alder.id,)] * 2


@pytest.mark.parametrize(
    ("handle", "email"),
    [
        ("alder", "auditor@alder.example"),
        ("tern", "agent@tern.example"),
        ("alder", "manager@birch.example"),
        ("nobody", "manager@alder.example"),
    ],
)
def test_the_operator_lets_in_nobody_else(world: World, database: Database, handle: str, email: str) -> None:
    with pytest.raises(CommandError, match="no manager or supervisor"):
        run(database, "invite_person", handle, email)
