"""Pictures of the main screens: `python -m tests.browser.screens` writes docs/screens and, in full, var/screens.

Every person in them is invented, and so is every firm.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from tests.browser import firmside
from tests.browser.desk import DIALLING, PAUSED, PREVIEW, TALKING, WRAP_UP, Desk
from tests.browser.product import ROOT, Product
from tests.browser.smallpng import shrink_png
from tests.browser.visit import Visit, open_browser

SPEED = 4
SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080})
DOCS = ROOT / "docs" / "screens"
# What the guide shows, small: the console in two states, the wizard, the campaign, the evidence, the floor.
CHOSEN = ("console-talking", "console-preview", "import-columns", "campaign", "contacts", "floor")
LARGEST_BYTES = 120_000


@dataclass
class Camera:
    """Takes a page in every size and theme; `shown` gets the chosen ones at 1280, light."""

    folder: Path
    shown: Path

    def take(self, page: Page, name: str) -> None:
        """Photograph a page that is open."""
        for size in SIZES:
            page.set_viewport_size(size)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                page.screenshot(path=self.folder / f"{name}-{size['width']}-{theme}.png")
        page.set_viewport_size(SIZES[0])
        page.emulate_media(color_scheme="light")
        if name in CHOSEN:
            path = self.shown / f"{name}.png"
            path.write_bytes(shrink_png((self.folder / f"{name}-1280-light.png").read_bytes()))


def photograph(visit: Visit, camera: Camera) -> None:
    """Walk through the demo and take every main screen."""
    _firm(visit, camera)
    for name, page in _agent(visit):
        camera.take(page, name)


def _firm(visit: Visit, camera: Camera) -> None:
    page = visit.page(None, "/sign-in")
    camera.take(page, "sign-in")
    page.goto(visit.product.firm + "/demo")
    camera.take(page, "demo")
    page = visit.page("ines", "/")
    camera.take(page, "overview")
    page.get_by_role("link", name="Winter tariff review").first.click()
    page.get_by_role("heading", name="The plan").wait_for()
    camera.take(page, "campaign")
    campaign = page.url
    page.get_by_role("button", name="Pause campaign").click()
    camera.take(page, "campaign-pause")
    page.goto(f"{campaign}/plan")
    camera.take(page, "plan")
    people = firmside.make_people(14, first_line=60)
    bad = tuple({**people[0].row, "first_name": "Nobody", "phone": "12"}.values())
    again = tuple({**people[1].row, "first_name": "Twice"}.values())
    firmside.take_list(page, campaign, firmside.csv_file("november.csv", people, bad, again))
    camera.take(page, "import-columns")
    firmside.finish_list(page)
    camera.take(page, "import-result")
    for name in ("lists", "outsourcers", "people", "account"):
        page.goto(f"{visit.product.firm}/{name}")
        camera.take(page, name)


def _agent(visit: Visit) -> Iterator[tuple[str, Page]]:
    desk = Desk(visit, "marta")
    desk.rest()
    yield "console-paused", desk.page
    desk.get_person()
    yield "console-preview", desk.page
    desk.act("F2", DIALLING, TALKING, WRAP_UP)
    if desk.state == DIALLING:
        yield "console-dialling", desk.page
    if desk.wait(TALKING, WRAP_UP) != TALKING:
        desk.choose()
        desk.act("F2", PREVIEW)
        desk.talk()
    yield "console-talking", desk.page
    for person, path, name in (
        ("dana", "/floor", "floor"),
        ("olga", "/live", "live"),
        ("hugo", "/contacts", "contacts"),
    ):
        yield name, visit.page(person, path)
    desk.end()
    yield "console-wrapup", desk.page
    desk.choose()
    desk.act("F4", PAUSED)


def main() -> None:
    """Start an instance, take the pictures, stop it."""
    folder = Path(os.environ.get("KEYHOLE_VAR") or ROOT / "var") / "screens"
    for place in (folder, DOCS):
        place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="keyhole-screens-") as temporary:
        product = Product(Path(temporary) / "var", speed=SPEED)
        product.start()
        try:
            with open_browser() as browser:
                visit = Visit(browser, product, {})
                photograph(visit, Camera(folder, DOCS))
                visit.close()
        finally:
            product.stop()
    large = [path.name for path in DOCS.glob("*.png") if path.stat().st_size > LARGEST_BYTES]
    sys.stdout.write(f"Pictures are in {folder} and {DOCS}.\n")
    if large:
        sys.exit(f"Too large for the repository: {', '.join(large)}")


if __name__ == "__main__":
    main()
