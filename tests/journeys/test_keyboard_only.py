"""An agent's whole way without a mouse: the focus is always somewhere, and everything can be reached."""

import pytest

from tests.browser.desk import DIALLING, HELD, PAUSED, PREVIEW, READY, TALKING, WRAP_UP, Desk
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]
MOST_TABS = 40
_OUTLINED = """() => { const s = getComputedStyle(document.activeElement);
  return document.activeElement !== document.body && (s.outlineStyle !== 'none' || s.boxShadow !== 'none'); }"""


def tab_to(desk: Desk, selector: str) -> None:
    """Press Tab until something has the focus; whatever has it on the way must show it."""
    for _turn in range(MOST_TABS):
        desk.page.keyboard.press("Tab")
        assert desk.page.evaluate(
            "s => document.activeElement.matches(s) || document.activeElement !== document.body", selector
        )
        if desk.page.evaluate("s => document.activeElement.matches(s)", selector):
            assert desk.page.evaluate(_OUTLINED), f"{selector} has the focus and does not show it"
            return
    raise AssertionError(f"Tab does not come to {selector}")


def test_a_call_from_ready_to_saved_needs_no_mouse_and_never_loses_the_focus(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.rest()
    tab_to(desk, "#bigslot button")
    # The button itself is pressed: what comes in its place must not swallow the focus.
    desk.act("Enter", READY, PREVIEW)
    desk.wait(PREVIEW)
    assert desk.focus() == "p#word"
    tab_to(desk, "[data-slot=steps] button:nth-child(2)")
    desk.page.keyboard.press("Enter")
    desk.act("F2", DIALLING, TALKING, WRAP_UP)
    assert desk.focus() != "body"
    if desk.wait(TALKING, WRAP_UP) != TALKING:
        desk.choose()
        desk.act("F2", PREVIEW)
        desk.talk()
    # The script is drawn anew when the answer opens fields.
    assert desk.focus() != "body"
    tab_to(desk, "#hold")
    desk.act("Space", HELD, WRAP_UP)
    assert desk.focus() != "body"
    if desk.state == HELD:
        desk.act("Shift+F8", TALKING, WRAP_UP)
    desk.end()
    assert desk.focus() != "body"
    tab_to(desk, "input[name=disposition], #note")
    if desk.focus() == "input":
        desk.page.keyboard.press("5")
        tab_to(desk, "#note")
    desk.page.keyboard.type("No mouse.")
    desk.act("F2", READY, PREVIEW)
    desk.wait(PREVIEW)
    assert desk.focus() != "body"
    desk.press("Shift+F9")
    assert desk.focus() == "button"
    desk.page.keyboard.press("Escape")
    assert desk.page.evaluate("() => document.activeElement.dataset.slot") == "skip"
    desk.rest()
    assert desk.state == PAUSED
    assert desk.focus() != "body"


def test_what_has_the_focus_may_go_but_the_focus_stays_in_the_page(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.get_person()
    # Each of these leaves the page when the call begins or is answered.
    for selector in ("[data-slot=skip]", "[data-slot=steps] button:nth-child(2)"):
        desk.get_person()
        desk.page.locator(selector).focus()
        desk.act("F2", DIALLING, TALKING, WRAP_UP)
        desk.wait(TALKING, WRAP_UP)
        assert desk.focus() != "body", selector
        desk.rest()
