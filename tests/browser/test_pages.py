"""Every page of both surfaces: axe in both themes, the policy, its widths, and what fits without scrolling."""

import pytest
from playwright.sync_api import Page

from tests.browser import firmside
from tests.browser.axe import find_violations
from tests.browser.desk import PAUSED, PREVIEW, WRAP_UP, Desk
from tests.browser.pages import AGENT, FIRM, PLACES, Place, open_place
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDTHS = (320, 1280, 1920)
_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_DOWN = "() => document.documentElement.scrollHeight - document.documentElement.clientHeight"
PEOPLE = sorted({place.person or "" for place in PLACES})


def look(page: Page, place: Place) -> list[str]:
    """Judge a page that is open; gives what is wrong with it."""
    wrong = [f"{place.name}, violation: {one}" for one in page.evaluate("() => window.violations")]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        wrong += [f"{place.name}, {theme}: {one}" for one in find_violations(page)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1080 if width == 1920 else 720})
        beside = page.evaluate(_SIDEWAYS)
        if beside > 0:
            wrong.append(f"{place.name}: {beside} px beside the page at {width}")
        below = page.evaluate(_DOWN)
        if place.fits and width == 1280 and below > 0:
            wrong.append(f"{place.name}: {below} px below the page at 1280x720")
    return wrong


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_is_sound_in_both_themes_and_at_every_width(visit: Visit, person: str) -> None:
    page = visit.context(person or None).new_page()
    wrong: list[str] = []
    for place in PLACES:
        if (place.person or "") != person:
            continue
        page.set_viewport_size({"width": 1280, "height": 720})
        open_place(visit, place, page)
        wrong += look(page, place)
    assert wrong == []


def test_the_console_is_sound_in_every_state(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    wrong: list[str] = []

    def judge(state: str) -> None:
        desk.page.set_viewport_size({"width": 1280, "height": 720})
        wrong.extend(look(desk.page, Place(state, "marta", "/console", AGENT, fits=True)))

    desk.rest()
    judge(PAUSED)
    desk.get_person()
    desk.press("Shift+F9")
    judge(PREVIEW)
    desk.page.keyboard.press("Shift+F1")
    judge("all keys")
    desk.page.keyboard.press("Escape")
    desk.talk()
    desk.page.get_by_role("radio", name="Call back at a time").check()
    judge("Talking or after it")
    desk.end()
    judge(WRAP_UP)
    desk.rest()
    assert wrong == []


def test_the_wizard_and_a_dialog_are_sound(visit: Visit) -> None:
    page = visit.page("ines", "/campaigns")
    page.get_by_role("link", name="Winter tariff review").first.click()
    page.get_by_role("heading", name="The plan").wait_for()
    campaign = page.url
    page.get_by_role("button", name="Pause campaign").click()
    wrong = look(page, Place("pause dialog", "ines", "", FIRM))
    page.set_viewport_size({"width": 1280, "height": 720})
    people = firmside.make_people(12, first_line=92)
    firmside.take_list(page, campaign, firmside.csv_file("sound.csv", people))
    wrong += look(page, Place("import-columns", "ines", "", FIRM, fits=True))
    page.set_viewport_size({"width": 1280, "height": 720})
    firmside.finish_list(page)
    wrong += look(page, Place("import-result", "ines", "", FIRM, fits=True))
    assert wrong == []


def test_the_checks_see_what_is_wrong(visit: Visit) -> None:
    page = visit.page(None, "/sign-in")
    place = next(place for place in PLACES if place.name == "sign-in")
    page.evaluate(
        "() => { const i = document.createElement('img'); i.width = 3000; i.height = 3000; document.body.append(i); }"
    )
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); }"
    )
    wrong = " ".join(look(page, place))
    for sign in ("image-alt", "beside the page", "below the page", "violation: script-src"):
        assert sign in wrong
    assert visit.trouble.found
    visit.trouble.found.clear()


def test_no_surface_loads_anything_from_elsewhere(visit: Visit) -> None:
    page = visit.page(None, "/sign-in")
    page.evaluate("() => fetch('http://127.0.0.1:9/').catch(() => {})")
    page.wait_for_timeout(200)
    # The control of what every test of this folder asserts at its end.
    assert any("127.0.0.1:9" in one or "violates" in one for one in visit.trouble.found)
    visit.trouble.found.clear()
