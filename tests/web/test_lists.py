"""A firm's lists by page: sums that add up, reasons in words, and a download that no sheet can run."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from campaigns.lists.pages import neutralise
from tests.database.importing import Done, fiction, run
from tests.web.browser import Browser, words
from tests.world import World

Surface = Callable[[str], None]
FORMULA = '=HYPERLINK("http://x.example")'


@pytest.fixture
def imported(world: World, surface: Surface, spool: Path, tmp_path: Path) -> Done:
    """A list of alder with a row of every fate but suppressed, and a header that is a formula."""
    surface("worker")
    campaign = world.campaign()
    header = '"' + FORMULA.replace('"', '""') + '"'
    rows = [f"Ana,{fiction(1)}", f"Eva,{fiction(1)}", "Kurt,12", "Ida,12", "Leon,", f"Ola,{fiction(2)}"]
    path = tmp_path / "list.csv"
    path.write_text("\n".join([f"first_name,{header}", *rows]) + "\n")
    done = run(world, campaign, path, maps=("first_name=first_name", f"phone={FORMULA}"))
    surface("firm")
    return done


def manager_of(world: World) -> Browser:
    return Browser().become(world.alder.people["manager"])


def test_a_firm_without_lists_is_told_what_one_is(world: World, surface: Surface) -> None:
    surface("firm")
    assert "No lists yet" in words(manager_of(world).get("lists"))


def test_the_sum_adds_up_on_the_page(world: World, imported: Done) -> None:
    browser = manager_of(world)
    page = words(browser.get("list", imported.list_id))
    for part in ("6 rows in the file", "2 stored", "1 duplicate", "0 suppressed", "3 rejected", "Adds up"):
        assert part in page
    assert "too short" in page
    assert "4, 5" in page
    duplicates = browser.client.get(f"/lists/{imported.list_id}?fate=duplicate")
    assert "The number is in the campaign already" in words(duplicates)


def test_the_download_names_lines_and_reasons_alone(world: World, imported: Done) -> None:
    answer = manager_of(world).get("list-rows", imported.list_id)
    assert answer["Content-Disposition"] == 'attachment; filename="list-rows.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert [(row[0], row[1]) for row in rows[1:]] == [
        ("3", "duplicate"),
        ("4", "rejected"),
        ("5", "rejected"),
        ("6", "rejected"),
    ]
    body = answer.content.decode()
    assert "Kurt" not in body
    assert fiction(1) not in body


def test_a_formula_in_a_header_is_made_text(world: World, imported: Done) -> None:
    rows = list(
        csv.reader(io.StringIO(manager_of(world).get("list-rows", imported.list_id).content.decode()))
    )
    columns = {row[3] for row in rows[1:]}
    # The control: the formula is there, behind the mark that makes it text.
    assert f"'{FORMULA}" in columns
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_every_beginning_of_a_formula_is_made_text(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"
    assert neutralise(f"a{cell}") == f"a{cell}"


def test_another_firms_list_is_not_found(world: World, imported: Done) -> None:
    stranger = Browser().become(world.birch.people["manager"])
    theirs: tuple[UUID, ...] = (imported.list_id, uuid4())
    for one in theirs:
        for page in ("list", "list-rows"):
            assert stranger.get(page, one).status_code == 404
    assert "No lists yet" in words(stranger.get("lists"))
    assert manager_of(world).get("list", imported.list_id).status_code == 200
