"""The rules of axe-core, run in a page through the developer tools, which the page's own policy does not reach."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map((one) => ({
    id: one.id, help: one.help, nodes: one.nodes.map((node) => node.target.join(" ")).slice(0, 5),
  }));
}"""


@lru_cache(maxsize=1)
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def find_violations(page: Page) -> list[str]:
    """Run every rule on the page as it stands; gives one line for each finding."""
    page.evaluate(_source() + "; undefined")
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [f"{one['id']}: {one['help']} at {', '.join(one['nodes'])}" for one in found]
