"""A campaign of its own, made by the manager in the browser, with forty people whose answers the test knows."""

from dataclasses import dataclass
from secrets import token_hex

from tests.browser import firmside
from tests.browser.desk import PAUSED, PREVIEW, READY, Desk
from tests.browser.people import Customer
from tests.browser.visit import Visit

PEOPLE = 40
FIRM = "Alder & Vale Energy"


@dataclass
class Stage:
    """The campaign, its people by name, and what the wizard counted."""

    name: str
    url: str
    people: dict[str, Customer]
    counts: dict[str, int]
    preview: str


def make_stage(visit: Visit, name: str, *, first_line: int, **figures: int) -> Stage:
    """Make, plan, fill and start a campaign for Tern Contact, as Ines."""
    page = visit.page("ines", "/")
    name = f"{name} {token_hex(2)}"
    url = firmside.make_campaign(page, visit.product.firm, name)
    people = firmside.make_people(PEOPLE, first_line=first_line)
    bad = tuple({**people[0].row, "first_name": "Nobody", "phone": "12"}.values())
    again = tuple({**people[1].row, "first_name": "Twice"}.values())
    firmside.take_list(page, url, firmside.csv_file(f"{name}.csv", people, bad, again))
    for column, seen in (("town", "Before the call"), ("zip", "Only compared"), ("account_no", "After verification"),
                         ("email", "After answer"), ("credit_note", "Never")):  # fmt: skip
        page.get_by_label(f"Who sees {column}").select_option(label=seen)
    page.get_by_role("button", name="Look again").click()
    preview = page.get_by_role("region", name="Preview").inner_text()
    counts = firmside.finish_list(page)
    firmside.plan_campaign(page, url, verify_needed=1, **figures)
    firmside.put_to_work(page, url, "Tern Contact")
    return Stage(name, url, {one.name: one for one in people}, counts, preview)


def take_campaign(desk: Desk, stage: Stage) -> None:
    """Let an agent choose the stage's campaign, from a pause."""
    desk.rest()
    if desk.page.locator("#campaign").inner_text() != stage.name:
        desk.page.locator("#choose-campaign").select_option(label=f"{stage.name}, {FIRM}")
        desk.page.locator("#campaign", has_text=stage.name).wait_for()
    assert desk.state == PAUSED


def first_person(desk: Desk, stage: Stage) -> str:
    """Choose the campaign, go ready, and wait for somebody of its list; gives their name."""
    take_campaign(desk, stage)
    desk.act("F2", READY, PREVIEW)
    # A list that has just come reaches the queue by the worker's next turn.
    desk.wait(PREVIEW, timeout=90_000)
    assert desk.name in stage.people
    return desk.name
