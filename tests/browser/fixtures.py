"""The fixtures of the browser's tests: one instance a run, one browser a module, clean windows for each test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.product import Product
from tests.browser.visit import Visit, open_browser

# People talk for some seconds, so that a test can act in a call, and nobody waits a minute for a ringing phone.
SPEED = 6


Tell = Callable[[str], None]


class Shared:
    """The run's one instance, and who has signed in. Two folders of tests use it; the last of them stops it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="keyhole-browser-"))
        self.product = Product(self.folder / "var", speed=SPEED)
        self.states: dict[str, Any] = {}
        self.product.start()

    def stop(self) -> None:
        self.product.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@lru_cache(maxsize=1)
def _shared() -> Shared:
    return Shared()


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    """The run's one instance."""
    yield _shared()
    _shared().stop()


# A module's, not the run's: while it is open its loop runs, and tests of other kinds must not meet it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, shared: Shared) -> Iterator[Visit]:
    """Windows at the instance; no page of any test may break the policy, ask elsewhere or fail."""
    visit = Visit(browser, shared.product, shared.states)
    yield visit
    visit.close()
    assert visit.trouble.found == []


@pytest.fixture
def product(shared: Shared) -> Product:
    """The run's one instance."""
    return shared.product


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print a figure where whoever runs the tests sees it."""

    def say(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")  # noqa: T201 - a figure is for reading

    return say
