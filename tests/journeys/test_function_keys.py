"""The function keys of the console in a real browser: each acts where it may, and nowhere else."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import DIALLING, HELD, PAUSED, PREVIEW, READY, TALKING, WRAP_UP, Desk
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_f2_and_escape_never_end_a_call(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.talk()
    assert "call" in desk.sent
    desk.sent.clear()
    for key in ("F2", "Escape", "F2"):
        desk.press(key)
    desk.page.keyboard.press("Shift+F1")
    keys = desk.page.get_by_role("dialog", name="All keys")
    assert keys.is_visible()
    # Keys of the console rest while a dialog is open.
    desk.press("F9")
    desk.page.keyboard.press("Escape")
    assert keys.is_hidden()
    desk.page.wait_for_timeout(500)
    assert "end_call" not in desk.sent


def test_f9_ends_a_call_and_never_saves(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.talk()
    name = desk.name
    assert desk.act("F9", WRAP_UP) == WRAP_UP
    desk.choose()
    desk.sent.clear()
    for _press in range(2):
        desk.press("F9")
    assert "save_outcome" not in desk.sent
    assert (desk.state, desk.name) == (WRAP_UP, name)
    # The control: F2 saves here.
    desk.act("F2", READY, PREVIEW)
    desk.wait(PREVIEW)
    assert desk.name != name


def test_f8_mutes_and_shift_f8_holds_while_somebody_is_on_the_line(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    mute, hold = desk.page.locator("#mute"), desk.page.locator("#hold")
    desk.get_person()
    desk.press("F8")
    assert mute.get_attribute("aria-pressed") == "false"
    desk.talk()
    desk.page.keyboard.press("F8")
    desk.page.wait_for_selector("#mute[aria-pressed=true]")
    desk.page.keyboard.press("F8")
    desk.page.wait_for_selector("#mute[aria-pressed=false]")
    desk.page.keyboard.press("Shift+F8")
    desk.wait(HELD)
    assert hold.get_attribute("aria-pressed") == "true"
    desk.page.keyboard.press("Shift+F8")
    desk.wait(TALKING, WRAP_UP)


def test_f4_pauses_after_the_call_and_pressed_again_takes_it_back(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.get_person()
    why = desk.page.locator("#why")
    for words in ("You pause after this", "At 0:00 you are paused", "You pause after this"):
        desk.press("F4")
        expect(why).to_have_text(words)
    desk.act("F2", DIALLING, TALKING, WRAP_UP)
    desk.end()
    desk.choose()
    desk.act("F2", PAUSED)
    assert desk.name == ""
    expect(why).to_have_text("Short break")


def test_shift_f9_opens_the_reasons_of_a_skip_and_escape_closes_them(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    name = desk.get_person()
    desk.page.keyboard.press("Shift+F9")
    assert desk.page.get_by_role("button", name="I know this person").is_visible()
    assert desk.focus() == "button"
    desk.page.keyboard.press("Escape")
    assert desk.page.get_by_role("button", name="I know this person").is_hidden()
    assert (desk.state, desk.name) == (PREVIEW, name)


def test_digits_choose_an_outcome_only_while_its_list_has_the_focus(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.talk()
    chosen = "() => [...document.querySelectorAll('input[name=disposition]')].findIndex((one) => one.checked)"
    desk.page.keyboard.press("3")
    assert desk.page.evaluate(chosen) == -1
    desk.page.locator("#note").fill("")
    desk.page.locator("#note").press("3")
    assert desk.page.evaluate(chosen) == -1
    assert desk.page.locator("#note").input_value() == "3"
    desk.page.locator("input[name=disposition]").first.focus()
    for key, index in (("5", 4), ("2", 1), ("9", 1)):
        desk.page.keyboard.press(key)
        assert desk.page.evaluate(chosen) == index


def test_a_key_within_800_ms_after_a_change_does_nothing(visit: Visit) -> None:
    desk = Desk(visit, "marta")
    desk.rest()
    desk.press("F2")
    # In the page itself, so that the press follows the change at once: the same key again calls nobody.
    pressed_at_once = """() => new Promise((resolve) => {
      const word = document.getElementById('word');
      const press = () => dispatchEvent(new KeyboardEvent('keydown', {key: 'F2', cancelable: true}));
      const look = () => {
        if (word.textContent !== 'Preview') { requestAnimationFrame(look); return; }
        press();
        setTimeout(() => resolve(word.textContent), 600);
      };
      look();
    })"""
    assert desk.page.evaluate(pressed_at_once) == PREVIEW
    desk.page.wait_for_timeout(500)
    assert desk.state == PREVIEW
    # The control: the same press, later, calls.
    desk.page.evaluate("() => dispatchEvent(new KeyboardEvent('keydown', {key: 'F2', cancelable: true}))")
    desk.wait(DIALLING, TALKING, WRAP_UP)
