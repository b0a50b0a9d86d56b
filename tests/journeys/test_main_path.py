"""The main path: a list comes in, an agent works on it, the firm and the supervisor see it, the firm stops it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import firmside
from tests.browser.desk import DIALLING, HELD, PAUSED, PREVIEW, READY, TALKING, WRAP_UP, Desk
from tests.browser.fixtures import Shared
from tests.browser.visit import Visit
from tests.journeys.stage import FIRM, PEOPLE, Stage, first_person, make_stage, take_campaign

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]
AGENT, AGENT_NAME = "luis", "Luis Ortega"


@pytest.fixture(scope="module")
def stage(browser: Browser, shared: Shared) -> Iterator[Stage]:
    """A running campaign with forty people."""
    visit = Visit(browser, shared.product, shared.states)
    yield make_stage(visit, "Spring check", first_line=55)
    visit.close()
    assert visit.trouble.found == []


def verify(desk: Desk, answer: str) -> None:
    """Type an answer and compare it."""
    desk.press("Shift+F2")
    assert desk.focus() == "input#answer"
    desk.page.keyboard.type(answer)
    desk.page.keyboard.press("Enter")


def talk_on(desk: Desk, stage: Stage) -> str:
    """Come to a call with somebody of the stage's list."""
    if desk.name not in stage.people:
        first_person(desk, stage)
    return desk.talk()


def test_every_row_of_a_list_is_accounted_for(stage: Stage) -> None:
    counts = stage.counts
    assert counts == {
        "rows in the file": PEOPLE + 2,
        "stored": PEOPLE,
        "duplicate": 1,
        "suppressed": 0,
        "rejected": 1,
    }
    # The preview tells numbers apart by their last two digits, and shows no more of them.
    for person in stage.people.values():
        assert person.number.national not in "".join(filter(str.isdigit, stage.preview))


def test_a_workbook_is_imported_as_well(visit: Visit, stage: Stage) -> None:
    page = visit.page("ines", "/")
    people = firmside.make_people(5, first_line=90)
    firmside.take_list(page, stage.url, firmside.xlsx_file("more.xlsx", people))
    counts = firmside.finish_list(page)
    assert (counts["rows in the file"], counts["stored"]) == (5, 5)
    # A second list leaves the plan as it is: nothing is shown to agents earlier than before.
    page.goto(f"{stage.url}/plan")
    row = page.locator("#sees tr", has_text="email")
    expect(row.get_by_label("The agent sees it")).to_have_value("1")


def test_an_agent_calls_verifies_records_and_gets_the_next(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    first = first_person(desk, stage)
    fields = desk.page.locator("#person .fields")
    expect(fields).to_contain_text(stage.people[first].row["town"])
    expect(desk.page.locator("#person .sealed")).to_contain_text("Number sealed")
    name = talk_on(desk, stage)
    row = stage.people[name].row
    expect(fields).to_contain_text(row["email"])
    expect(fields).not_to_contain_text(row["account_no"])
    verify(desk, "00000")
    expect(desk.page.locator("#answer-words")).to_contain_text("No match")
    verify(desk, row["zip"])
    expect(fields).to_contain_text(row["account_no"])
    expect(desk.page.locator("#person")).to_contain_text("Verified")
    assert firmside.NEVER not in desk.page.content()
    desk.end()
    desk.press("F2")
    # Saving without an outcome is refused, and what is typed stays.
    expect(desk.page.locator("#note-error")).to_contain_text("Choose an outcome")
    desk.page.get_by_role("radio", name="Reached, agreed").check()
    desk.act("F2", READY, PREVIEW)
    desk.wait(PREVIEW)
    assert desk.name in stage.people
    assert desk.name != name


def test_a_skip_needs_a_reason_and_spends_one_of_the_budget(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    name = first_person(desk, stage)
    left = int(desk.page.locator("#skips-word").inner_text().split()[2])
    desk.press("Shift+F9")
    desk.page.get_by_role("button", name="A bad time there").click()
    desk.page.wait_for_function(
        "name => document.querySelector('.person-name')?.textContent !== name", arg=name
    )
    desk.wait(PREVIEW)
    assert desk.name != name
    expect(desk.page.locator("#skips-word")).to_contain_text(f"Skips left: {left - 1} of")


def test_a_callback_is_for_a_time_at_the_person(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    talk_on(desk, stage)
    desk.end()
    desk.page.get_by_role("radio", name="Call back at a time").check()
    desk.press("F2")
    expect(desk.page.locator("#note-error")).to_contain_text("Choose a day and time ahead")
    desk.page.locator("#callback-at").fill("2020-01-02T10:00")
    desk.press("F2")
    expect(desk.page.locator("#note-error")).to_contain_text("Choose a day and time ahead")
    in_two_days = "() => new Date(Date.now() + 2 * 86400000).toISOString().slice(0, 10) + 'T12:00'"
    desk.page.locator("#callback-at").fill(desk.page.evaluate(in_two_days))
    desk.page.locator("#note").fill("Asked for noon.")
    desk.act("F2", READY, PREVIEW)


def test_a_reload_and_a_second_window_show_the_same_state(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    name = talk_on(desk, stage)
    desk.act("Shift+F8", HELD, WRAP_UP)
    held = desk.state
    desk.page.reload()
    desk.wait(held, WRAP_UP)
    assert desk.name == name
    second = Desk(visit, AGENT)
    assert second.name == name
    assert second.state in (held, WRAP_UP)
    over = desk.page.get_by_role("dialog")
    expect(over).to_contain_text("Your console was opened somewhere else")
    # Nothing personal stays in the window that was left.
    assert name not in desk.page.locator("main").inner_text()


def test_the_firm_watches_live_and_finds_it_afterwards_by_number(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    name = talk_on(desk, stage)
    live = visit.page("olga", "/live")
    expect(live.locator("#live-rows tr", has_text=AGENT_NAME)).to_contain_text(stage.name)
    desk.end()
    desk.choose()
    desk.act("F4", PAUSED)
    expect(live.locator("#live-rows tr:not(.is-dim)", has_text=AGENT_NAME)).to_have_count(0)
    person = stage.people[name]
    page = visit.page("hugo", "/contacts")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.locator("#number-number").fill(
        f"{person.number.national[:3]} {person.number.national[3:6]}-{person.number.national[6:]}"
    )
    page.get_by_role("button", name="Find").click()
    timeline = page.locator(".tl").first
    expect(timeline).to_contain_text(AGENT_NAME)
    expect(timeline).to_contain_text("Saw the record")
    for address in [*addresses, page.url]:
        assert person.number.national not in "".join(filter(str.isdigit, address))
    _sees_by_agent(visit.page("olga", "/contacts?view=agent"))


def _sees_by_agent(page: Page) -> None:
    expect(page.locator("main")).to_contain_text(AGENT_NAME)


def test_the_floor_shows_states_and_nothing_of_the_called(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    name = first_person(desk, stage)
    floor = visit.page("dana", "/floor")
    row = floor.locator("tr", has_text=AGENT_NAME)
    expect(row).to_contain_text("Preview")
    text = floor.content()
    for secret in (*name.split(), stage.people[name].row["email"], stage.people[name].row["account_no"]):
        assert secret not in text
    desk.rest()
    expect(row).to_contain_text("Paused")


def test_a_campaign_that_the_firm_pauses_gives_nobody_and_says_why(visit: Visit, stage: Stage) -> None:
    desk = Desk(visit, AGENT)
    first_person(desk, stage)
    desk.act("F2", DIALLING, TALKING, WRAP_UP)
    manager = visit.page("ines", "/")
    firmside.pause_campaign(manager, stage.url, "The offer changes")
    try:
        expect(desk.page.locator("#refused")).to_contain_text(f"{FIRM} paused this campaign")
        desk.end()
        desk.choose()
        desk.act("F2", READY, PAUSED)
        assert desk.name == ""
        expect(desk.page.locator("body")).to_contain_text("The firm paused th")
        if desk.state == PAUSED:
            desk.act("F2", READY)
        desk.page.wait_for_timeout(3000)
        assert (desk.state, desk.name) == (READY, "")
    finally:
        firmside.resume_campaign(manager, stage.url)
    # The next person comes by itself.
    desk.wait(PREVIEW)
    desk.rest()
    take_campaign(desk, stage)
