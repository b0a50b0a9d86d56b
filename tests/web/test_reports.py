"""Reports: each is made as PDF and CSV, tells what the record tells, and is an entry itself."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer.templatetags.keyhole import contact_ref
from tests.web.browser import Browser, words
from tests.web.evidence import entries_of, make_call
from tests.web.months import PLAN, begin, last_month, make, play_month, read_csv, table
from tests.world import World


@pytest.fixture
def story(world: World, surface: Callable[[str], None], spool: object) -> dict[str, UUID]:
    begin(world)
    told = play_month(world, last_month())
    surface("firm")
    return told


@pytest.fixture
def auditor(world: World, story: dict[str, UUID]) -> Browser:
    return Browser().become(world.alder.people["auditor"])


@pytest.mark.parametrize("report", sorted(PLAN))
def test_each_report_is_made_in_both_forms_and_each_making_is_an_entry(
    report: str, auditor: Browser, world: World
) -> None:
    before = len(entries_of(world, world.alder, "reports:report:made"))
    pdf, text = make(auditor, world, report, "pdf"), make(auditor, world, report, "csv")
    assert pdf.status_code == 200, words(pdf)
    assert pdf.content.startswith(b"%PDF-1.7")
    assert pdf["Content-Type"] == "application/pdf"
    assert b"pdfaid" in pdf.content
    assert re.search(rf'attachment; filename="keyhole-{report}-[0-9_-]+\.pdf"', pdf["Content-Disposition"])
    rows = read_csv(text)
    assert int(text["Content-Length"]) == len(text.content)
    told = entries_of(world, world.alder, "reports:report:made")[before:]
    assert [(entry["details"]["report"], entry["details"]["format"]) for entry in told] == [
        (report, "pdf"),
        (report, "csv"),
    ]
    assert {entry["actor_id"] for entry in told} == {world.alder.people["auditor"].id}
    assert 0 < told[1]["details"]["rows"] < len(rows)


def test_the_review_counts_what_each_did(auditor: Browser, world: World) -> None:
    rows = read_csv(make(auditor, world, "review"))
    did = {row["Name"]: row for row in table(rows, "What each did")}
    agent = did["Agent Tern"]
    expected = {
        "Records received": "2",
        "Opened after answer": "1",
        "Opened after verification": "1",
        "Calls dialled": "1",
        "Calls answered": "1",
        "Outcomes": "1",
        "Skips": "1",
        "Answers that did not match": "1",
        "Refused by rules": "1",
        "Refused otherwise": "0",
        "Sign-ins": "1",
        "All entries": "14",
    }
    assert {name: agent[name] for name in expected} == expected
    assert did["Ines Carter"]["Refused otherwise"] == "1"
    assert did["Auditor Alder"]["Sign-ins refused"] == "1"
    assert did["Everybody"]["All entries"] == "16"
    people = {row["Name"]: row for row in table(rows, "People")}
    assert people["Agent Tern"]["Works for"] == "Tern Contact"
    assert people["Agent Tern"]["State"] == "Active"
    assert "Agent Wren" not in people


def test_the_review_lists_what_is_unusual_and_leaves_out_what_is_not(
    auditor: Browser, world: World, story: dict[str, UUID]
) -> None:
    rows = read_csv(make(auditor, world, "review"))
    refused = table(rows, "Refused attempts")
    assert [(row["Who"], row["Why"], row["Asked for"]) for row in refused] == [
        ("Ines Carter", "the role does not allow it", "number.search"),
        ("Auditor Alder", "a wrong password", ""),
    ]
    assert refused[0]["Entry ID"] == str(story["denied"])
    assert [row["From"] for row in table(rows, "Addresses seen for the first time")] == ["198.51.100.9"]
    nights = table(rows, "At night")
    assert [(row["Who"], row["Entries"]) for row in nights] == [("Agent Tern", "1")]
    dormant = {row["Who"] for row in table(rows, "Active, and not signed in for 60 days")}
    assert "Agent Tern" not in dormant
    assert "Agent Tern2" in dormant
    assert [row["Why"] for row in table(rows, "Refused by the rules of a campaign")] == [
        "outside calling hours"
    ]


def test_work_outside_the_terms_is_found_by_the_terms_of_that_day(auditor: Browser, world: World) -> None:
    assert table(read_csv(make(auditor, world, "review")), "Outside the engagement's dates") == []
    with world.definer() as conn:
        conn.execute(
            "update tenants_engagement set ends_on = starts_on + 1 where id = %s", [world.engagement]
        )
    outside = table(read_csv(make(auditor, world, "review")), "Outside the engagement's dates")
    assert {row["Who"] for row in outside} == {"Agent Tern"}
    assert len(outside) == 3


def test_the_contact_report_totals_and_lists_events_by_reference_alone(
    auditor: Browser, world: World, story: dict[str, UUID]
) -> None:
    response = make(auditor, world, "contacts")
    rows = read_csv(response)
    totals = table(rows, "By campaign")
    assert (totals[0]["Contacts"], totals[0]["Records received"], totals[0]["Skips"]) == ("1", "2", "1")
    assert totals[0]["Refused"] == "1"
    assert [row["Result"] for row in table(rows, "Results of calls")] == ["answered"]
    assert [row["Kind"] for row in table(rows, "Outcomes")] == ["reached"]
    events = table(rows, "Every contact event")
    assert len(events) == 13
    assert {row["Contact"] for row in events} == {contact_ref(story["contact"])}
    assert str(story["contact"]) not in response.content.decode()


def test_hours_and_talk_come_from_the_desk_and_the_exchange(
    world: World, surface: Callable[[str], None], spool: object
) -> None:
    call = make_call(world)
    with world.definer() as conn:
        conn.execute(
            "update dialer_attempt set answered_at = ended_at - interval '90 seconds' where id = %s",
            [call.attempt],
        )
    surface("firm")
    browser = Browser().become(world.alder.people["manager"])
    today = datetime.now(UTC).date()
    rows = read_csv(
        make(
            browser,
            world,
            "contacts",
            since=str(today - timedelta(days=1)),
            until=str(today + timedelta(days=1)),
        )
    )
    assert [row["Talked, h:mm:ss"] for row in table(rows, "By campaign and agent")] == ["1:30"]
    assert {row["Agent"] for row in table(rows, "Hours")} == {"Agent Tern", "Everybody"}


def test_a_report_never_holds_a_name_a_number_or_a_field_of_a_called_person(
    world: World, surface: Callable[[str], None], spool: object
) -> None:
    begin(world)
    make_call(world)
    surface("firm")
    browser = Browser().become(world.alder.people["data_officer"])
    today = datetime.now(UTC).date()
    days = {"since": str(today - timedelta(days=1)), "until": str(today + timedelta(days=1))}
    for report in ("contacts", "audit", "processing"):
        text = make(browser, world, report, **(days if report != "processing" else {})).content.decode()
        assert "Agent Tern" in text or report == "processing"
        for secret in ("Person0", "New Orleans", "CT2 7PP", "never-0", "+1555"):
            assert secret not in text


def test_the_audit_pack_tells_roles_people_terms_and_missing_reviews(auditor: Browser, world: World) -> None:
    rows = read_csv(make(auditor, world, "audit"))
    can = {row["What"]: row for row in table(rows, "Roles and what each may do")}
    assert can["Sign access reviews"] == {
        "What": "Sign access reviews",
        "Manager": "",
        "Auditor": "yes",
        "Data officer": "yes",
        "Supervisor": "",
        "Agent": "",
    }
    people = {row["Name"] for row in table(rows, "Everybody, as they stand now")}
    assert "Ines Carter" in people
    assert "Agent Wren" not in people
    assert [row["Outsourcer"] for row in table(rows, "Terms as they stand now")] == ["Tern Contact"]
    assert [row["Month"] for row in table(rows, "Access reviews")] == [str(last_month())]


def test_the_record_of_processing_leaves_lines_for_what_only_the_firm_knows(
    auditor: Browser, world: World
) -> None:
    text = make(auditor, world, "processing").content.decode()
    for expected in (
        "To fill in: name and contact",
        "Tern Contact",
        "Postal code",
        "Never",
        "Alder & Vale Energy",
    ):
        assert expected in text


def test_reports_are_in_the_firms_language_while_the_page_is_not(auditor: Browser, world: World) -> None:
    officer = Browser().become(world.alder.people["data_officer"])
    for language, title, person in (
        ("pl", "Miesięczny przegląd dostępu", "Nazwa"),
        ("es", "Revisión mensual de accesos", "Nombre"),
    ):
        assert officer.post("report-language", language=language).status_code == 302
        rows = read_csv(make(auditor, world, "review"), ";")
        assert rows[0] == [title]
        assert any(person in row for row in rows)
        assert make(auditor, world, "review", "pdf").status_code == 200
        assert "Reports and reviews" in words(auditor.get("reports"))
    changes = entries_of(world, world.alder, "tenants:rules:changed")
    assert [entry["details"]["language"] for entry in changes] == ["pl", "es"]
    assert auditor.post("report-language", language="pl").status_code == 403
    assert officer.post("report-language", language="xx").status_code == 422


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({}, "Choose a report"),
        ({"report": "everything", "format": "csv"}, "Choose a report"),
        (
            {"report": "audit", "format": "xlsx", "since": "2026-01-01", "until": "2026-02-01"},
            "There is a problem",
        ),
        (
            {"report": "audit", "format": "csv", "since": "2026-02-01", "until": "2026-01-01"},
            "before the first",
        ),
        ({"report": "audit", "format": "csv", "since": "2001-01-01", "until": "2026-01-01"}, "800 days"),
        ({"report": "contacts", "format": "csv"}, "Choose an outsourcer"),
        ({"report": "review", "format": "csv", "month": "2026-13"}, "not a month"),
        ({"report": "review", "format": "csv", "month": "2999-01"}, "has not ended"),
    ],
)
def test_what_cannot_be_made_says_so_and_makes_nothing(
    asked: dict[str, str], problem: str, auditor: Browser, world: World
) -> None:
    response = auditor.post("report-make", **asked)
    assert response.status_code == 422
    assert problem in words(response)
    assert entries_of(world, world.alder, "reports:report:made") == []


def test_another_firms_outsourcer_is_not_offered_and_not_reported(auditor: Browser, world: World) -> None:
    response = make(auditor, world, "contacts", outsourcer=str(world.wren.id))
    assert response.status_code == 422
    assert "Wren" not in words(response)
    other = Browser().become(world.birch.people["auditor"])
    begin(world, world.birch)
    text = make(other, world, "review").content.decode()
    assert "Agent Tern" not in text
    assert "Agent Wren" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext")
def test_the_pdf_says_who_made_it_when_and_of_what(auditor: Browser, world: World) -> None:
    pdf = make(auditor, world, "review", "pdf").content
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    text = said.stdout.decode()
    for expected in (
        "Monthly access review",
        "Alder & Vale Energy",
        "Auditor Alder",
        "UTC",
        "Checkpoint",
        "1 / ",
    ):
        assert expected in text
