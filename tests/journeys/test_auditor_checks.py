"""An auditor takes evidence home from a real instance, checks it with the file that she downloaded, and finds a change."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.attacks.test_kill_processes import _account
from tests.browser.product import Product
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("auditor"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An instance of this journey's own: its record is changed behind its back."""
    instance = Product(tmp_path_factory.mktemp("auditor"), speed=2)
    try:
        instance.start()
        yield instance
    finally:
        instance.stop()


def take(page: Page, role: str, name: str, to: Path) -> Path:
    """Press a link or button that gives a file, and put the file into a folder."""
    with page.expect_download() as waiting:
        page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
    path = to / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def take_evidence(page: Page, base: str, to: Path) -> Path:
    """Download all evidence, with a reason."""
    page.goto(f"{base}/evidence")
    page.get_by_role("link", name="Download evidence").click()
    page.get_by_label("Monthly review").check()
    return take(page, "button", "Download evidence", to)


def check(folder: Path, evidence: Path, key: str) -> "subprocess.CompletedProcess[str]":
    """Run the downloaded verifier as its guide says, with nothing of the product on its path."""
    return subprocess.run(
        [sys.executable, "-I", "keyhole_verify.py", evidence.name, "--kept", "kept", "--key", key],
        cwd=folder,
        env={},
        check=False,
        capture_output=True,
        text=True,
    )


def test_what_was_changed_behind_the_pages_is_found_at_home(
    browser: Browser, instance: Product, tmp_path: Path
) -> None:
    visit = Visit(browser, instance, {})
    page = visit.page("olga", "/evidence")
    # The first checkpoint comes within a second or two of the start.
    until = time.monotonic() + 60
    while page.get_by_text("Download checkpoint").count() == 0 and time.monotonic() < until:
        time.sleep(0.5)
        page.reload()
    (tmp_path / "kept").mkdir()
    take(page, "link", "keyhole_verify.py", tmp_path)
    said = re.search(r"keyhole/[0-9a-f-]{36}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", page.content())
    assert said is not None
    key = said[0]
    page.goto(f"{instance.firm}/evidence")
    with page.expect_download() as waiting:
        page.get_by_text("Download checkpoint").first.click()
    waiting.value.save_as(tmp_path / "kept" / waiting.value.suggested_filename)

    # Enough looks for a tile of 256 to be full: from then on a change is told to the entry.
    for _ in range(120):
        assert page.request.get(f"{instance.firm}/contacts?view=all").ok
    first = check(tmp_path, take_evidence(page, instance.firm, tmp_path), key)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "nothing wrong was found" in first.stdout

    # As the operator could with the owner's login: an owner can take off every guard.
    with _account(instance) as conn:
        row = conn.execute("select entry_id, position from tenants_position where position = 40").fetchone()
        assert row is not None
        conn.execute("reset role")
        conn.execute("alter table tenants_entry no force row level security")
        conn.execute("update tenants_entry set allowed = not allowed where id = %s", [row[0]])
    second = check(tmp_path, take_evidence(page, instance.firm, tmp_path), key)
    assert second.returncode == 1, second.stdout + second.stderr
    assert "Entry 40 " in second.stdout

    page.goto(f"{instance.firm}/contacts/entries/{row[0]}")
    page.get_by_text("does not match its hash").first.wait_for()
    assert page.get_by_text("Proven", exact=True).count() == 0
    visit.close()
    assert visit.trouble.found == []
