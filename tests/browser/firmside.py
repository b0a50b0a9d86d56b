"""What a manager does in the pages of the firm: a campaign, its plan, a list. Each step is the page's own."""

import csv
import io
from itertools import product as pairs

import openpyxl
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.people import Customer, customer_of

HEADER = ("first_name", "last_name", "town", "state", "zip", "phone", "email", "account_no", "credit_note")
NEVER = "dispute open"
_PLACES = (
    ("New Orleans", "LA", "70116", "504"),
    ("Chicago", "IL", "60632", "312"),
    ("Denver", "CO", "80205", "303"),
)
_FIRST = (
    "Greta",
    "Anselm",
    "Ottilie",
    "Basil",
    "Ludmila",
    "Casimir",
    "Rosalind",
    "Benedikt",
    "Florence",
    "Ignatius",
)
_LAST = ("Ashdown", "Bramhall", "Carrow", "Dellafield", "Everard")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKER_MS = 90_000


def make_people(count: int, *, first_line: int) -> list[Customer]:
    """Invent people with numbers reserved for fiction, from the line `first_line` (55 to 99) on."""
    people = []
    for at, (last, first) in zip(range(count), pairs(_LAST, _FIRST), strict=False):
        town, state, code, area = _PLACES[at % len(_PLACES)]
        values = (
            first, last, town, state, code, f"({area}) 555-01{first_line + at // len(_PLACES):02d}",
            f"{first}.{last}@post.example".lower(), f"KH-{first_line}{at:03d}", NEVER,
        )  # fmt: skip
        people.append(customer_of(dict(zip(HEADER, values, strict=True))))
    return people


def csv_file(name: str, people: list[Customer], *more: tuple[str, ...]) -> FilePayload:
    """Write people, and rows as they are, as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *(tuple(one.row.values()) for one in people), *more])
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def xlsx_file(name: str, people: list[Customer]) -> FilePayload:
    """Write people as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, *(tuple(one.row.values()) for one in people)]:
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return {"name": name, "mimeType": _XLSX, "buffer": data.getvalue()}


def make_campaign(page: Page, base: str, name: str) -> str:
    """Make a draft of a campaign in the United States; gives the address of its page."""
    page.goto(f"{base}/campaigns/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Country").select_option("US")
    page.get_by_role("button", name="Make the campaign").click()
    page.get_by_role("heading", name=name).wait_for()
    return page.url


def take_list(page: Page, campaign: str, file: FilePayload) -> None:
    """Give a file to the wizard and come to its second step."""
    page.goto(campaign)
    page.get_by_role("link", name="Import a list").first.click()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Upload and go on").click()
    page.get_by_role("heading", name="What happens to each row").wait_for()


def finish_list(page: Page) -> dict[str, int]:
    """Import the list and wait for its result; gives its counts by their words."""
    page.get_by_role("button", name="Import the list").click()
    page.get_by_text("is ready").wait_for(timeout=_WORKER_MS)
    stats = page.locator(".sum .stat")
    pairs_of = [
        (stats.nth(at).locator("span").last, stats.nth(at).locator("b")) for at in range(stats.count())
    ]
    return {words.inner_text(): int(figure.inner_text().strip()) for words, figure in pairs_of}


def plan_campaign(page: Page, campaign: str, **figures: int) -> None:
    """Open a campaign at all hours and set figures of its plan by the names of their fields."""
    page.goto(f"{campaign}/plan")
    rows = page.locator("#hours tbody tr")
    for weekday in range(7):
        row = rows.nth(weekday)
        row.get_by_label("Day").select_option(str(weekday + 1))
        row.get_by_label("Opens").fill("00:00")
        row.get_by_label("Closes").fill("23:59")
    # A holiday of the country would close it.
    page.get_by_label("Closed days").fill("")
    for name, value in figures.items():
        page.locator(f"[name$={name}]").fill(str(value))
    page.get_by_role("button", name="Save the plan").click()
    page.get_by_role("heading", name="The plan").wait_for()


def put_to_work(page: Page, campaign: str, outsourcer: str) -> None:
    """Put an engaged outsourcer on a campaign and start it."""
    page.goto(campaign)
    page.locator("#engage").select_option(label=outsourcer)
    page.get_by_role("button", name="Put on the campaign").click()
    expect(page.get_by_role("link", name=outsourcer)).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".page-head .badge")).to_contain_text("Running")


def pause_campaign(page: Page, campaign: str, reason: str) -> None:
    """Pause a campaign with a reason."""
    page.goto(campaign)
    page.get_by_role("button", name="Pause campaign").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input:not([type=hidden]), textarea, select").first.fill(reason)
    dialog.get_by_role("button", name="Pause campaign").click()
    expect(page.locator(".page-head .badge")).to_contain_text("Paused")


def resume_campaign(page: Page, campaign: str) -> None:
    """Let a paused campaign go on."""
    page.goto(campaign)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".page-head .badge")).to_contain_text("Running")
