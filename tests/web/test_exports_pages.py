"""Exports by page: what each person sees and may press, in every state, in words."""

from pathlib import Path
from typing import Any

import pytest

from campaigns.exporting.keytext import fingerprint
from tests.database.exporting import REASON, Exporting, Surface, start_exporting
from tests.isolation.matrix import MATRIX
from tests.web.browser import target, words
from tests.world import World


@pytest.fixture
def exporting(world: World, surface: Surface, tmp_path: Path, settings: Any) -> Exporting:
    return start_exporting(world, surface, tmp_path, settings)


def test_a_firm_without_exports_is_told_what_one_is(exporting: Exporting) -> None:
    browser = exporting.browser(exporting.manager)
    assert "No exports yet" in words(browser.get("exports"))
    # Without a list there is nothing to ask for.
    assert "No list can be exported" in words(browser.get("export-new"))


def test_asking_keeps_what_was_typed_and_says_what_is_wrong(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    browser = exporting.browser(exporting.manager)
    wrong = exporting.key_text[:-3] + "abc"
    answer = browser.post("export-new", list=str(list_id), what=["numbers"], key=wrong, reason="too short")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert "no export key, or a character of it is wrong" in page
    assert "10 to 300 characters" in page
    assert wrong in page
    assert "too short" in page
    assert exporting.entries() == []


def test_the_list_is_chosen_already_when_one_comes_from_its_page(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    browser = exporting.browser(exporting.manager)
    address = f"/exports/new?list={list_id}"
    assert f'href="{address}"' in browser.get("list", list_id).content.decode()
    assert f'value="{list_id}" selected' in browser.client.get(address).content.decode()
    auditor = exporting.browser(exporting.world.alder.people["auditor"])
    assert address not in auditor.get("list", list_id).content.decode()


def test_each_person_is_offered_what_is_theirs_to_do(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    own = words(exporting.browser(exporting.manager).get("export", export_id))
    assert "Waits for approval" in own
    assert "Take it back" in own
    assert "Compare and approve" not in own
    other = words(exporting.browser(exporting.officer).get("export", export_id))
    assert "Compare and approve" in other
    assert "Take it back" not in other
    auditor = words(exporting.browser(exporting.world.alder.people["auditor"]).get("export", export_id))
    assert REASON in auditor
    assert not any(
        word in auditor for word in ("Compare and approve", "Take it back", "Refuse", "Download the")
    )


def test_the_approver_compares_the_fingerprint(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    page = words(exporting.browser(exporting.officer).get("export-approve", export_id))
    assert fingerprint(exporting.key.public) in page
    assert REASON in page
    assert "3 people of this list" in page
    assert target(exporting.approve(export_id)) == f"/exports/{export_id}"


def test_while_it_is_made_the_page_asks_again_until_it_is_there(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    exporting.approve(export_id)
    browser = exporting.browser(exporting.manager)
    page = browser.get("export", export_id).content.decode()
    assert f'hx-get="/exports/{export_id}"' in page
    part = browser.get("export", export_id, headers={"HX-Request": "true"})
    assert b"Sealing its keys" in part.content
    assert b"<html" not in part.content
    exporting.reseal()
    exporting.write(export_id)
    browser = exporting.browser(exporting.manager)
    assert browser.get("export", export_id, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    ready = words(browser.get("export", export_id))
    assert "Download the sealed file" in ready
    assert "3 rows were written, sealed" in ready
    assert "hx-get" not in browser.get("export", export_id).content.decode()


def test_the_file_comes_under_a_name_that_says_nothing(exporting: Exporting) -> None:
    export_id = exporting.make(exporting.make_list())
    answer = exporting.download(export_id)
    octets = b"".join(answer)
    assert answer["Content-Disposition"] == f'attachment; filename="export-{export_id}.khx"'
    assert answer["Content-Length"] == str(len(octets))
    assert "no-store" in answer["Cache-Control"]
    assert "Downloaded 1 time" in words(exporting.browser(exporting.manager).get("export", export_id))


def test_a_file_that_is_gone_is_said_and_not_counted(exporting: Exporting) -> None:
    from campaigns.exporting.folder import remove_export

    export_id = exporting.make(exporting.make_list())
    remove_export(export_id)
    assert exporting.download(export_id).status_code == 302
    assert "The file is not there" in words(exporting.browser(exporting.manager).get("export", export_id))
    assert exporting.entries("downloaded") == []


def test_a_refusal_needs_a_reason_and_shows_it(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    browser = exporting.browser(exporting.officer)
    assert browser.post("export-refuse", export_id, reason="no").status_code == 422
    assert exporting.state(export_id) == "requested"
    said = browser.post("export-refuse", export_id, reason="Ask for the numbers alone")
    assert target(said) == f"/exports/{export_id}"
    page = words(browser.get("export", export_id))
    assert "refused it" in page
    assert "Ask for the numbers alone" in page
    assert browser.post("export-refuse", export_id, reason="Ask for the numbers alone").status_code == 422


def test_one_takes_back_only_ones_own(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    assert exporting.browser(exporting.officer).post("export-cancel", export_id).status_code == 404
    assert exporting.state(export_id) == "requested"
    assert exporting.browser(exporting.manager).post("export-cancel", export_id).status_code == 302
    assert exporting.state(export_id) == "cancelled"
    assert "took it back" in words(exporting.browser(exporting.manager).get("export", export_id))


def test_asking_and_approving_need_a_fresh_second_factor(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    export_id = exporting.request(list_id)
    manager, officer = exporting.browser(exporting.manager), exporting.browser(exporting.officer)
    with exporting.world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(manager.get("export-new")).startswith("/confirm")
    assert target(officer.get("export-approve", export_id)).startswith("/confirm")
    assert target(exporting.approve(export_id)).startswith("/confirm")
    late = manager.post(
        "export-new", list=str(list_id), what=["numbers"], key=exporting.key_text, reason=REASON
    )
    assert late.status_code == 422
    assert b"needs a fresh code" in late.content
    assert REASON.encode() in late.content
    assert exporting.state(export_id) == "requested"


def test_the_script_is_the_one_that_opens(exporting: Exporting) -> None:
    from tests.unit.exporting.packages import OPENER

    answer = exporting.browser(exporting.manager).get("export-tool")
    assert answer.content == OPENER.read_bytes()


def test_the_agent_surface_has_no_export(exporting: Exporting) -> None:
    assert not [name for name in MATRIX["agent"] if "export" in name]
    assert [name for name in MATRIX["firm"] if "export" in name]
    exporting.surface("agent")
    from django.test import Client

    client = Client()
    client.cookies["keyhole_agent"] = exporting.world.token(exporting.world.tern.people["supervisor"])
    assert client.get("/exports").status_code == 404
    assert client.get("/floor").status_code == 200
