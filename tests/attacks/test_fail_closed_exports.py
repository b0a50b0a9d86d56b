"""No step of an export without its entry: asking, approving, refusing, taking back, and the file itself."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.attacks.test_fail_closed import Act, hold_to_record
from tests.database.exporting import REASON, Exporting, start_exporting
from tests.web.browser import Browser
from tests.world import Member, World


@pytest.fixture
def exporting(world: World, surface: Callable[[str], None], tmp_path: Path, settings: Any) -> Exporting:
    return start_exporting(world, surface, tmp_path, settings)


def browse(exporting: Exporting, member: Member) -> Browser:
    """A browser that is answered with the page of an error."""
    browser = exporting.browser(member)
    browser.client.raise_request_exception = False
    return browser


def ask(exporting: Exporting) -> Act:
    list_id = exporting.make_list()
    browser = browse(exporting, exporting.manager)
    asked = {"list": str(list_id), "what": ["numbers"], "key": exporting.key_text, "reason": REASON}
    return lambda: browser.post("export-new", **asked).status_code == 302


def step(name: str, by: str, **data: Any) -> Callable[[Exporting], Act]:
    def prepare(exporting: Exporting) -> Act:
        export_id = exporting.request(exporting.make_list())
        browser = browse(exporting, exporting.world.alder.people[by])
        sent = data or {"fingerprint": hashlib.sha256(exporting.key.public).hexdigest()}
        return lambda: browser.post(name, export_id, **sent).status_code == 302

    return prepare


def download(exporting: Exporting) -> Act:
    export_id: UUID = exporting.make(exporting.make_list())
    browser = browse(exporting, exporting.manager)

    def fetch() -> bool:
        answer = browser.post("export-download", export_id)
        assert bool(answer.streaming) == (answer.status_code == 200)
        return bool(answer.streaming)

    return fetch


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(ask, id="ask"),
        pytest.param(step("export-approve", "data_officer"), id="approve"),
        pytest.param(step("export-refuse", "data_officer", reason="Ask for the numbers alone"), id="refuse"),
        pytest.param(step("export-cancel", "manager", sure="1"), id="take back"),
        pytest.param(download, id="download"),
    ],
)
def test_a_step_of_an_export_needs_its_entry(
    exporting: Exporting, prepare: Callable[[Exporting], Act]
) -> None:
    hold_to_record(exporting.world, prepare(exporting), "no_right")
