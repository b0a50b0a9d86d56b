"""The monthly access review: read, signed over exactly the file that was read, and looked at again later."""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import time_machine

from dialer.reports.periods import Month
from tests.web.browser import Browser, target, words
from tests.web.evidence import all_text, entries_of
from tests.web.months import begin, last_month, moment, play_month, tell
from tests.world import World

MONTH = str(last_month())


@pytest.fixture
def story(world: World, surface: Callable[[str], None], spool: object) -> dict[str, UUID]:
    begin(world)
    told = play_month(world, last_month())
    surface("firm")
    return told


@pytest.fixture
def auditor(world: World, story: dict[str, UUID]) -> Browser:
    return Browser().become(world.alder.people["auditor"])


def digest_of(page: Any) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page.content.decode())
    assert found
    return found[1]


def sign(browser: Browser, *, verdict: str = "clean", remark: str = "", digest: str = "") -> Any:
    digest = digest or digest_of(browser.get("review-sign", MONTH))
    return browser.post("review-sign", MONTH, verdict=verdict, remark=remark, digest=digest)


def test_the_page_shows_what_each_did_and_what_is_unusual(auditor: Browser, world: World) -> None:
    text = words(auditor.get("review", MONTH))
    for expected in (
        "Who had access",
        "What is unusual",
        "Agent Tern",
        "198.51.100.9",
        "2 refused attempts, 1 new address, 1 night, 0 days outside terms",
        "Not signed",
        "Sign this review",
    ):
        assert expected in text
    looks = entries_of(world, world.alder, "reports:report:made")
    assert [(look["details"]["format"], look["details"]["period"]) for look in looks] == [("screen", MONTH)]


def test_signing_writes_the_review_and_its_entry_over_the_bytes_of_the_csv(
    auditor: Browser, world: World
) -> None:
    csv = auditor.post("report-make", report="review", format="csv", month=MONTH).content
    response = sign(auditor, verdict="findings", remark="Hugo asked twice. Talked to him.")
    assert target(response) == f"/reviews/{MONTH}"
    with world.definer() as conn:
        rows = conn.execute(
            "select month, verdict, remark, digest, size, signed_by from tenants_review"
        ).fetchall()
    ((month, verdict, remark, digest, size, signed_by),) = rows
    assert (month, verdict, remark) == (last_month().first, "findings", "Hugo asked twice. Talked to him.")
    assert bytes(digest) == hashlib.sha256(csv).digest()
    assert (size, signed_by) == (0, world.alder.people["auditor"].id)
    (entry,) = entries_of(world, world.alder, "reports:review:signed")
    assert entry["details"]["month"] == MONTH
    assert entry["details"]["verdict"] == "findings"
    assert entry["details"]["digest"] == hashlib.sha256(csv).hexdigest()
    assert entry["details"]["remark"] == hashlib.sha256(remark.encode()).hexdigest()
    told = all_text(world).split("Hugo asked twice")
    assert len(told) == 2, "the remark stands in the review alone"
    text = words(auditor.get("review", MONTH))
    assert "still gives exactly the file that was signed" in text
    assert "With findings , signed by Auditor Alder" in text


def test_the_list_shows_what_is_signed_and_is_loud_about_what_is_overdue(
    auditor: Browser, world: World
) -> None:
    following = last_month().following
    with time_machine.travel(moment(following, 10, 12), tick=False):
        early = words(auditor.get("reports"))
    assert "To sign" in early
    states = list(_states(world, moment(following, 11, 12)))
    assert (states[0].month, states[0].overdue) == (last_month(), True)
    assert not _states(world, moment(following, 10, 12))[0].overdue
    assert sign(auditor).status_code == 302
    assert _states(world, moment(following, 11, 12))[0].verdict == "Nothing unusual"
    assert f"{MONTH} Nothing unusual Auditor Alder" in words(auditor.get("reports"))


def _states(world: World, now: Any) -> Any:
    from zoneinfo import ZoneInfo

    from dialer.reports.queries import list_month_states
    from tenants.db.firm import firm_transaction
    from tenants.firms.models import Firm

    with firm_transaction(world.token(world.alder.people["manager"])):
        firm = Firm.objects.get(id=world.alder.id)
        return list_month_states(firm=firm, now=now, zone=ZoneInfo("Europe/London"))


def test_a_changed_record_is_told_from_a_changed_word(auditor: Browser, world: World) -> None:
    sign(auditor)
    officer = Browser().become(world.alder.people["data_officer"])
    officer.post("report-language", language="pl")
    assert "Only words differ" in words(auditor.get("review", MONTH))
    officer.post("report-language", language="en")
    with world.definer() as conn:
        conn.execute("update tenants_person set name = 'Ines Miller' where name = 'Ines Carter'")
    assert "Only words differ" in words(auditor.get("review", MONTH))
    tell(
        world,
        moment(last_month(), 9),
        "identity:access:denied",
        world.alder.people["manager"].id,
        allowed=False,
        reason="not_allowed",
    )
    text = words(auditor.get("review", MONTH))
    assert "now gives other figures than the ones that were signed" in text


def test_a_signature_the_record_does_not_know_is_not_taken(auditor: Browser, world: World) -> None:
    digest = digest_of(auditor.get("review-sign", MONTH))
    from datetime import UTC, datetime

    from tenants.db.ids import new_id

    world.insert(
        "tenants_review",
        {
            "id": new_id(),
            "firm_id": world.alder.id,
            "month": last_month().first,
            "verdict": "clean",
            "remark": "",
            "digest": bytes.fromhex(digest),
            "size": 0,
            "signed_by": world.alder.people["auditor"].id,
            "signed_at": datetime.now(UTC),
        },
    )
    assert "other figures" in words(auditor.get("review", MONTH))


def test_what_was_not_read_is_not_signed(auditor: Browser, world: World) -> None:
    digest = digest_of(auditor.get("review-sign", MONTH))
    tell(world, moment(last_month(), 9), "identity:session:opened", world.alder.people["manager"].id)
    response = sign(auditor, verdict="findings", remark="Kept.", digest=digest)
    assert response.status_code == 422
    assert "is not the one you read" in words(response)
    assert b"Kept." in response.content
    assert digest_of(response) != digest
    for wrong in ("", "0" * 64, "x"):
        assert auditor.post("review-sign", MONTH, verdict="clean", digest=wrong).status_code == 422
    assert entries_of(world, world.alder, "reports:review:signed") == []
    assert sign(auditor, digest=digest_of(response)).status_code == 302


@pytest.mark.parametrize(
    ("verdict", "remark", "problem"),
    [
        ("", "", "Choose a verdict."),
        ("fine", "", "There is a problem"),
        ("findings", "", "Say what you found."),
        ("findings", "   ", "Say what you found."),
        ("clean", "x" * 4001, "4000"),
    ],
)
def test_a_verdict_is_needed_and_words_with_findings(
    verdict: str, remark: str, problem: str, auditor: Browser, world: World
) -> None:
    response = sign(auditor, verdict=verdict, remark=remark)
    assert response.status_code == 422
    assert problem in words(response)
    assert entries_of(world, world.alder, "reports:review:signed") == []


def test_only_an_auditor_or_the_data_officer_signs(world: World, story: dict[str, UUID]) -> None:
    manager = Browser().become(world.alder.people["manager"])
    page = words(manager.get("review", MONTH))
    assert "Sign this review" not in page
    assert manager.get("review-sign", MONTH).status_code == 403
    assert manager.post("review-sign", MONTH, verdict="clean", digest="0" * 64).status_code == 403
    assert sign(Browser().become(world.alder.people["data_officer"])).status_code == 302


def test_signing_asks_for_a_fresh_code(auditor: Browser, world: World) -> None:
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - interval '11 minutes'")
    assert target(auditor.get("review-sign", MONTH)).startswith("/confirm?next=%2Freviews%2F")
    response = auditor.post("review-sign", MONTH, verdict="clean", digest="0" * 64)
    assert target(response).startswith("/confirm")
    assert auditor.get("review", MONTH).status_code == 200


def test_a_month_that_runs_is_not_reviewed_and_one_that_never_was_is_not_found(auditor: Browser) -> None:
    running = last_month().following
    assert "This month has not ended" in words(auditor.get("review", str(running)))
    assert target(auditor.get("review-sign", str(running))) == f"/reviews/{running}"
    for month in ("2020-01", str(running.following), "2026-13", "x"):
        assert auditor.get("review", month).status_code == 404
        assert auditor.get("review-sign", month).status_code == 404


def test_another_firm_reviews_its_own_month_alone(world: World, story: dict[str, UUID]) -> None:
    begin(world, world.birch)
    sign(Browser().become(world.alder.people["auditor"]), verdict="findings", remark="Alder's own.")
    stranger = Browser().become(world.birch.people["auditor"])
    text = words(stranger.get("review", MONTH))
    for foreign in ("Alder's own", "Agent Tern", "198.51.100.9", "Ines Carter , signed"):
        assert foreign not in text
    assert "Not signed" in text


def test_months_of_an_early_firm_are_all_listed(auditor: Browser) -> None:
    text = words(auditor.get("reports"))
    month: Month = last_month()
    for _ in range(5):
        assert str(month) in text
        month = month.previous
