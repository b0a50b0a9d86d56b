"""A browser and the people of the demo in it. Each signs in once and keeps the session: a code is good only once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.browser.product import Product

# A loaded machine takes its time; what never comes is found all the same.
expect.set_options(timeout=30_000)

DESK_SIZE: ViewportSize = {"width": 1280, "height": 720}
# The people of the demo: name, and the surface where they sign in.
CAST = {
    "ines": ("Ines Carter", "firm"),
    "olga": ("Olga Reyes", "firm"),
    "hugo": ("Hugo Brandt", "firm"),
    "dana": ("Dana Wells", "agent"),
    "marta": ("Marta Nowak", "agent"),
    "luis": ("Luis Ortega", "agent"),
    "jon": ("Jon Adeyemi", "agent"),
}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Violations of the policy are counted by the page itself, beside what the console says of them.
_COUNT_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium. Fails, and never skips, when there is none: a full run without it proves nothing."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Chromium is not installed; the browser tests cannot run. Install the package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@dataclass
class Trouble:
    """What pages did that none may: errors, violations of the policy, requests to other hosts."""

    hosts: frozenset[str]
    found: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.add_init_script(_COUNT_VIOLATIONS)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error.message}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda message: self._said(message.type, message.text))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.hosts:
            self.found.append(f"request to {url}")

    def _said(self, kind: str, text: str) -> None:
        # A page that is refused, or a line that is cut on purpose, is not an error of the page.
        expected = "Failed to load resource" in text or "WebSocket connection to" in text
        if kind in ("error", "warning") and not expected:
            self.found.append(f"console: {text}")


class Visit:
    """A browser at one instance."""

    def __init__(self, browser: Browser, product: Product, states: dict[str, Any]) -> None:
        self.browser = browser
        self.product = product
        hosts = frozenset(urlsplit(base).netloc for base in (product.firm, product.agent))
        self.trouble = Trouble(hosts)
        self._states = states
        self._contexts: list[BrowserContext] = []

    def base(self, key: str) -> str:
        """Address of the surface where a person signs in."""
        return self.product.agent if CAST[key][1] == "agent" else self.product.firm

    def context(self, key: str | None, **options: Any) -> BrowserContext:
        """A new window of a person who is signed in (`None`: of nobody)."""
        if key is not None:
            self._sign_in(key)
            options["storage_state"] = self._states[key]
        context = self.browser.new_context(**{"viewport": DESK_SIZE, "reduced_motion": "reduce", **options})
        context.set_default_timeout(30_000)
        self.trouble.watch(context)
        self._contexts.append(context)
        return context

    def page(self, key: str | None, path: str, **options: Any) -> Page:
        """Open a page of a person's own surface (`None`: of the firm surface)."""
        page = self.context(key, **options).new_page()
        page.goto((self.base(key) if key else self.product.firm) + path)
        return page

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _sign_in(self, key: str) -> None:
        if key in self._states:
            return
        context = self.browser.new_context(viewport=DESK_SIZE)
        page = context.new_page()
        page.goto(self.base(key) + "/demo")
        # Each code is good once: when all of this minute's are used the page says so, and to press again.
        for _ in range(3):
            with page.expect_navigation(timeout=90_000):
                page.get_by_role("button", name=f"Sign in as {CAST[key][0]}").click()
            if "/demo" not in page.url:
                break
            page.get_by_role("alert").wait_for()
            page.wait_for_timeout(31_000)
        assert "/demo" not in page.url, page.get_by_role("main").inner_text()
        self._states[key] = context.storage_state()
        context.close()
