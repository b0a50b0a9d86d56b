"""What happens to an agent when time runs out or the line is gone: nothing is lost and nobody is given away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import LOST, PAUSED, PREVIEW, TALKING, WRAP_UP, Desk
from tests.browser.fixtures import Shared
from tests.browser.visit import Visit
from tests.journeys.stage import Stage, first_person, make_stage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stage(browser: Browser, shared: Shared) -> Iterator[Stage]:
    """A campaign that gives ten seconds to look, the least there is."""
    visit = Visit(browser, shared.product, shared.states)
    yield make_stage(visit, "Short look", first_line=72, preview_s=10)
    visit.close()


def test_a_preview_that_runs_out_pauses_the_agent_and_keeps_the_person(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, "luis")
    name = first_person(desk, stage)
    skips = desk.page.locator("#skips-word").inner_text()
    desk.wait(PAUSED, timeout=30_000)
    assert desk.name == name
    expect(desk.page.locator("#why")).to_contain_text("The time to decide ran out")
    expect(desk.page.locator("#script")).to_contain_text("The same person stays yours")
    # Waiting is no way through the list: the same person comes back, and no skip was spent.
    desk.act("F2", PREVIEW)
    assert desk.name == name
    assert desk.page.locator("#skips-word").inner_text() == skips
    desk.rest()


def test_a_lost_line_says_so_and_keeps_what_was_typed(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    name = desk.talk()
    desk.page.locator("#note").fill("Moves house in spring.")
    desk.page.locator("#note").focus()
    desk.page.context.set_offline(True)
    desk.wait(LOST, timeout=30_000)
    expect(desk.page.locator("#lost")).to_contain_text("Trying again")
    expect(desk.page.locator("#why")).to_contain_text("Your call goes on")
    assert desk.name == name
    desk.press("F9")
    expect(desk.page.locator("#refused")).to_contain_text("works again when the line is back")
    assert desk.focus() == "textarea#note"
    desk.page.context.set_offline(False)
    desk.wait(TALKING, WRAP_UP, timeout=30_000)
    expect(desk.page.locator("#told")).to_contain_text("You are back. Nothing was lost.")
    assert desk.name == name
    assert desk.page.locator("#note").input_value() == "Moves house in spring."
    kept = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"
    assert "spring" not in desk.page.evaluate(kept)
    desk.end()
    assert desk.page.locator("#note").input_value() == "Moves house in spring."
    desk.rest()


def test_signing_out_elsewhere_closes_the_console_and_clears_it(visit: Visit) -> None:
    # An agent of another house: the session that ends here is needed by no other test.
    desk = Desk(visit, "jon")
    name = desk.get_person()
    other = visit.page("jon", "/account")
    other.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(desk.page.get_by_role("dialog")).to_contain_text("You are signed out", timeout=30_000)
    assert name not in desk.page.locator("main").inner_text()
