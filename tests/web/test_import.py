"""The import wizard by page: sealed from the first byte, shown to its importer alone, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.database.importing import fiction, people, rows_of, run_job, suppress
from tests.web.browser import Browser, target, words
from tests.world import World

Surface = Callable[[str], None]
HEADER = "first_name;town;phone1;phone2"


@pytest.fixture
def manager(world: World, surface: Surface, spool: Path) -> Browser:
    surface("firm")
    return Browser().become(world.alder.people["manager"])


def list_of(rows: list[tuple[str, ...]], name: str = "list.csv") -> SimpleUploadedFile:
    text = "\n".join([HEADER, *(";".join(row) for row in rows)]) + "\n"
    return SimpleUploadedFile(name, text.encode("utf-8"))


def upload(browser: Browser, campaign: UUID, file: SimpleUploadedFile, **values: Any) -> Any:
    return browser.post("import-start", campaign=str(campaign), region="US", file=file, **values)


def choices(columns: int, *, phones: tuple[int, ...], **changes: str) -> dict[str, str]:
    """The second step's fields: columns seen before the call but for the phones."""
    data = {"file-region": "US", "file-possible": "reject"}
    for at in range(columns):
        role = "phone" if at in phones else ("first_name", "town", "other", "other")[at]
        data |= {f"column-{at}-role": role, f"column-{at}-see": "9" if at in phones else "0"}
    return data | changes


def batch_of(answer: Any) -> UUID:
    return UUID(target(answer).split("/")[2])


def test_a_list_goes_from_file_to_result(
    world: World, manager: Browser, surface: Surface, spool: Path
) -> None:
    campaign = world.campaign()
    suppress(world, world.alder, 9)
    rows = [*people([1, 2]), ("Zofia", "Town", fiction(1), ""), ("Nadia", "Town", fiction(9), "")]
    batch = batch_of(upload(manager, campaign, list_of([*rows, ("Short", "Town", "123", "")])))
    page = words(manager.get("import-columns", batch))
    assert "Duplicate of line 2" in page
    assert "Suppressed, firm list" in page
    assert "too short" in page
    assert "US, ends 01" in page
    started = manager.post("import-columns", batch, **choices(4, phones=(2, 3)), **{"import": "1"})
    assert target(started) == reverse("import-progress", args=[batch])
    assert "Waiting for the worker" in words(manager.get("import-progress", batch))
    jobs = rows_of(world, "select task_name, args from procrastinate_jobs")
    assert jobs == [("campaigns:import_list", {"batch_id": str(batch)})]
    surface("worker")
    run_job(batch)
    surface("firm")
    assert target(manager.get("import-progress", batch)) == reverse("import-result", args=[batch])
    result = words(manager.get("import-result", batch))
    for part in ("5 rows in the file", "2 stored", "1 duplicate", "1 suppressed", "1 rejected", "Adds up"):
        assert part in result
    assert list(spool.iterdir()) == []
    assert "list" in words(manager.get("lists"))


def test_no_digit_of_a_number_but_the_last_two_is_shown(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    batch = batch_of(upload(manager, campaign, list_of(people([1, 2, 3]))))
    data = choices(4, phones=(2,))
    # A phone column that was mapped to something else is covered too.
    page = manager.post("import-columns", batch, **data | {"column-3-role": "other"}, preview="1")
    left_out = manager.post(
        "import-columns", batch, **choices(4, phones=(3,)) | {"column-2-role": "leave"}, preview="1"
    )
    for answer in (page, left_out):
        body = answer.content.decode()
        for number in (1, 2, 3):
            for form in (fiction(number), fiction(number).replace("-", ""), fiction(number)[4:]):
                assert form not in body
    # The control: the page shows the cells that are no numbers.
    assert "New Orleans" in page.content.decode()


def test_every_look_at_the_rows_is_on_record(world: World, manager: Browser) -> None:
    batch = batch_of(upload(manager, world.campaign(), list_of(people([1]))))
    manager.get("import-columns", batch)
    manager.get("import-columns", batch)
    rows = rows_of(
        world,
        "select event, count(*) from tenants_entry where event like 'campaigns:list:%%' group by 1 order by 1",
    )
    assert rows == [("campaigns:list:previewed", 2), ("campaigns:list:uploaded", 1)]


def test_the_upload_is_sealed_and_nothing_clear_is_under_the_folder(
    world: World, manager: Browser, spool: Path
) -> None:
    rows = [("Xylophonistka", "Town", fiction(1), "")] * 3000
    batch = batch_of(upload(manager, world.campaign(), list_of(rows)))
    (kept,) = list(spool.iterdir())
    assert kept.name == f"{batch}.sealed"
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.stat().st_size > 3000 * 20
    assert b"Xylophonistka" not in kept.read_bytes()
    assert b"Xylophonistka" in manager.get("import-columns", batch).content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file"),
        (b"\x89PNG\r\n\x1a\n0000000000", "This is a picture"),
        (b"%PDF-1.7 000000000000", "This is a PDF"),
        (b"\n\n\n", "The file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_and_does_not_stay(
    world: World, manager: Browser, spool: Path, content: bytes, said: str
) -> None:
    refused = upload(manager, world.campaign(), SimpleUploadedFile("list.csv", content))
    assert refused.status_code == 422
    assert said in words(refused)
    assert not spool.exists() or list(spool.iterdir()) == []
    assert rows_of(world, "select 1 from campaigns_importbatch") == []


def test_an_upload_over_the_limit_is_refused_and_does_not_stay(
    world: World, manager: Browser, spool: Path, settings: Any
) -> None:
    settings.KEYHOLE_UPLOAD_MAX_BYTES = 1000
    campaign = world.campaign()
    refused = upload(manager, campaign, list_of(people(range(100))))
    assert refused.status_code == 422
    assert "too big" in words(refused)
    assert list(spool.iterdir()) == []
    assert upload(manager, campaign, list_of(people(range(10)))).status_code == 302


def test_a_list_without_a_phone_column_is_not_started(world: World, manager: Browser) -> None:
    batch = batch_of(upload(manager, world.campaign(), list_of(people([1]))))
    refused = manager.post("import-columns", batch, **choices(4, phones=()), **{"import": "1"})
    assert refused.status_code == 422
    assert "Say which column holds the phone number" in words(refused)
    assert rows_of(world, "select state from campaigns_importbatch") == [("uploaded",)]
    assert rows_of(world, "select 1 from procrastinate_jobs") == []


def test_columns_nobody_decided_on_are_never_shown(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    file = SimpleUploadedFile("list.csv", f"first_name,shoe size,phone\nAna,38,{fiction(1)}\n".encode())
    batch = batch_of(upload(manager, campaign, file))
    page = manager.get("import-columns", batch).context["forms"]
    assert [form["see"].value() for form in page.columns] == ["0", "9", "9"]
    data = {"file-region": "US", "file-possible": "reject"}
    for form in page.columns:
        data |= {form["role"].html_name: form["role"].value(), form["see"].html_name: form["see"].value()}
    manager.post("import-columns", batch, **data, **{"import": "1"})
    rows = rows_of(world, "select name, visible from campaigns_column where campaign_id = %s", campaign)
    assert ("shoe size", 9) in rows


def test_a_column_that_is_only_compared_gets_a_question(world: World, manager: Browser) -> None:
    campaign = world.campaign()
    batch = batch_of(upload(manager, campaign, list_of(people([1]))))
    data = choices(4, phones=(2,)) | {"column-3-see": "compared", "import": "1"}
    manager.post("import-columns", batch, **data)
    rows = rows_of(
        world,
        "select visible, question <> '' from campaigns_column where name = 'phone2' and campaign_id = %s",
        campaign,
    )
    assert rows == [(9, True)]
    plans = rows_of(world, "select details from tenants_entry where event = 'campaigns:plan:changed'")
    assert plans == [({"plan_version": 2, "changed": "columns"},)]


def test_a_waiting_import_is_cancelled_and_its_file_goes(world: World, manager: Browser, spool: Path) -> None:
    batch = batch_of(upload(manager, world.campaign(), list_of(people([1]))))
    manager.post("import-columns", batch, **choices(4, phones=(2, 3)), **{"import": "1"})
    assert target(manager.post("import-cancel", batch)) == reverse("lists")
    assert rows_of(world, "select state from campaigns_importbatch") == [("cancelled",)]
    assert rows_of(world, "select state from campaigns_contactlist") == [("failed",)]
    assert list(spool.iterdir()) == []
    assert "cancelled" in words(manager.get("import-result", batch))


def test_another_firms_import_is_not_found(world: World, manager: Browser, surface: Surface) -> None:
    batch = batch_of(upload(manager, world.campaign(), list_of(people([1]))))
    stranger = Browser().become(world.birch.people["manager"])
    for one in (batch, uuid4()):
        for page in ("import-columns", "import-progress", "import-result"):
            assert stranger.get(page, one).status_code == 404
        assert stranger.post("import-cancel", one).status_code == 404
        assert stranger.post("import-columns", one, **choices(4, phones=(2,))).status_code == 404
    refused = upload(stranger, world.campaign(), list_of(people([1])))
    assert refused.status_code == 422
    # The control: it is there for its own firm.
    assert manager.get("import-columns", batch).status_code == 200


def test_an_auditor_imports_nothing(world: World, surface: Surface, spool: Path) -> None:
    surface("firm")
    auditor = Browser().become(world.alder.people["auditor"])
    assert auditor.get("import-start").status_code == 403
    assert upload(auditor, world.campaign(), list_of(people([1]))).status_code == 403
    assert not spool.exists()


def test_it_refuses_an_upload_from_elsewhere(world: World, surface: Surface, spool: Path) -> None:
    surface("firm")
    browser = Browser(checks_csrf=True).become(world.alder.people["manager"])
    assert upload(browser, world.campaign(), list_of(people([1]))).status_code == 403
    assert rows_of(world, "select 1 from campaigns_importbatch") == []
