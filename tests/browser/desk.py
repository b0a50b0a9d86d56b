"""An agent at the console, by keyboard: the words of the strip, the keys, and how to come to a state."""

import json
import time

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.visit import Visit

# The big button rests for 800 ms after it has changed.
REST_MS = 850
MACHINE_MS = 700
STEP_MS = 60_000
LOOK_MS = 5_000
PAUSED, READY, PREVIEW, DIALLING = "Paused", "Ready", "Preview", "Dialling"
TALKING, HELD, WRAP_UP, LOST = "Talking", "On hold", "Wrap-up", "Connection lost"
LIVE = (TALKING, HELD)
_MOST_CALLS = 30


class Desk:
    """One agent's console in one window. `sent` is what the page asked the server to do, in order."""

    def __init__(self, visit: Visit, key: str, **options: object) -> None:
        page = visit.context(key, **options).new_page()
        self.sent: list[str] = []
        page.on("websocket", lambda line: line.on("framesent", self._note))
        page.goto(visit.product.agent + "/console")
        self._begin(page)

    @classmethod
    def on(cls, page: Page) -> "Desk":
        """The desk on a page that shows the console already."""
        desk = cls.__new__(cls)
        desk.sent = []
        desk._begin(page)
        return desk

    def _begin(self, page: Page) -> None:
        self.page = page
        self._hurried = False
        self.wait(PAUSED, READY, PREVIEW, DIALLING, TALKING, HELD, WRAP_UP)

    def hurry(self) -> None:
        """From now on move the page's clock over the rest of the big button; survives no reload."""
        self.page.clock.install()
        self._hurried = True

    def _note(self, frame: str | bytes) -> None:
        self.sent.append(str(json.loads(frame)["do"]))

    @property
    def state(self) -> str:
        """The state word of the strip."""
        return self.page.locator("#word").inner_text()

    @property
    def name(self) -> str:
        """The open person's name, '' when nobody is open."""
        found = self.page.locator("#person .person-name")
        return found.inner_text() if found.count() else ""

    def wait(self, *states: str, timeout: int = STEP_MS) -> str:
        """Wait until the strip says one of the words."""
        script = "states => states.includes(document.getElementById('word').textContent)"
        until = time.monotonic() + timeout / 1000
        while True:
            try:
                self.page.wait_for_function(script, arg=list(states), timeout=min(timeout, LOOK_MS))
                return self.state
            except PlaywrightTimeout:
                if time.monotonic() > until:
                    raise
                if self._hurried:
                    # The page's clock stands still: a line that was cut would never be tried again.
                    self.page.clock.fast_forward(LOOK_MS)

    def press(self, key: str) -> None:
        """Press a key once the big button has rested."""
        if self._hurried:
            self.page.clock.fast_forward(REST_MS)
        else:
            self.page.wait_for_timeout(REST_MS)
        self.page.keyboard.press(key)

    def act(self, key: str, *states: str) -> str:
        """Press a key and wait until the strip says one of the words.

        A press that came while the line was cut or an act was under way does nothing, and is made again, as a person would.
        """
        before, until = self.state, time.monotonic() + STEP_MS / 1000
        while True:
            self.press(key)
            try:
                return self.wait(*states, timeout=LOOK_MS)
            except PlaywrightTimeout:
                if self.state != before or time.monotonic() > until:
                    return self.wait(*states)

    def focus(self) -> str:
        """The tag of what has the focus, with its id: 'p#word'."""
        return str(
            self.page.evaluate(
                "() => { const e = document.activeElement;"
                "return e.tagName.toLowerCase() + (e.id ? '#' + e.id : ''); }"
            )
        )

    def get_person(self) -> str:
        """Come from wherever the desk is to a person in preview; gives their name."""
        if self.state not in (PREVIEW,):
            self.rest()
            self.act("F2", READY, PREVIEW)
            self.wait(PREVIEW)
        return self.name

    def talk(self) -> str:
        """Call one person after the other until somebody answers; gives their name."""
        self.get_person()
        for _number in range(_MOST_CALLS):
            self.act("F2", DIALLING, TALKING, WRAP_UP)
            if self.wait(TALKING, WRAP_UP) == TALKING:
                # A machine answers as well, and is hung up on within a moment.
                self.page.wait_for_timeout(MACHINE_MS)
            if self.state == TALKING:
                return self.name
            self.choose()
            self.act("F2", READY, PREVIEW)
            self.wait(PREVIEW)
        raise AssertionError("nobody answered")

    def choose(self, kind: str = "Not interested") -> None:
        """Choose an outcome by its label when the call needs one, or in place of another."""
        is_chosen = self.page.locator("input[name=disposition]:checked").count() > 0
        if is_chosen or self.page.locator("#outcome [data-slot=ended]").is_hidden():
            self.page.get_by_role("radio", name=kind).check()

    def end(self) -> None:
        """Come to the wrap-up of the call under way."""
        if self.state in (DIALLING, *LIVE):
            self.press("F9")
        self.wait(WRAP_UP)

    def rest(self) -> None:
        """Come to a pause with nobody open, from any state."""
        for _turn in range(8):
            state = self.state
            if state == PAUSED and not self.name:
                return
            if state == WRAP_UP:
                self.choose()
                self.act("F4", PAUSED)
            elif state in (PREVIEW, PAUSED):
                self.act("F2", PREVIEW if state == PAUSED else DIALLING, *LIVE, WRAP_UP)
            elif state == READY:
                self.act("F4", PAUSED, PREVIEW)
            else:
                self.end()
        raise AssertionError(f"the desk does not come to rest: {self.state}")
