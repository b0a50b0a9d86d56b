"""An incident from the first word to its closing, by keyboard, on a running instance; every page on the way is sound."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import FIRM, Place
from tests.browser.test_pages import look
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# The demo's firm is at home here.
FIRM_ZONE = ZoneInfo("America/New_York")


def days_ago(days: int) -> str:
    return (datetime.now(FIRM_ZONE) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def add(page: Page, kind: str, words: str, told: str = "") -> None:
    """Choose what to add, type it and send it, with the keyboard alone but for the browser's own control of times."""
    page.get_by_role("link", name=kind, exact=True).press("Enter")
    if told:
        page.get_by_label("Told", exact=True).fill(told)
    page.locator("#add textarea").last.press_sequentially(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".items .written", has_text=words)).to_be_visible()


def test_an_incident_is_opened_told_and_closed_by_keyboard(visit: Visit) -> None:
    page = visit.page("hugo", "/incidents")
    wrong = look(page, Place("incidents", "hugo", "/incidents", FIRM))
    page.goto(visit.product.firm + "/incidents/new")
    wrong += look(page, Place("incident-new", "hugo", "/incidents/new", FIRM))
    page.get_by_label("Kind").select_option("device")
    page.get_by_label("Title").press_sequentially("A laptop was left on a train")
    page.get_by_label("Discovered").fill(days_ago(2))
    page.get_by_label("What happened").press_sequentially("It was found the same evening.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A laptop was left on a train")).to_be_visible()
    wrong += look(page, Place("incident", "hugo", "", FIRM))
    add(page, "Effects", "Nobody signed in on it.")
    add(page, "Measures", "Its disk was wiped.")
    add(page, "Authority told", "By form, number 17.", told=days_ago(1))
    add(page, "Close", "It is back.")
    expect(page.get_by_text("Told in time")).to_be_visible()
    expect(page.get_by_text("Unchanged, compared just now")).to_be_visible()
    wrong += look(page, Place("incident-closed", "hugo", "", FIRM))
    page.goto(visit.product.firm + "/rules")
    wrong += look(page, Place("rules", "hugo", "/rules", FIRM))
    assert wrong == []
