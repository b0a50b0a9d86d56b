"""The browser's fixtures for this folder."""

from tests.browser.fixtures import browser, product, shared, tell, visit

__all__ = ["browser", "product", "shared", "tell", "visit"]
