"""Reviews in the database: signed by whom may, for months that have ended, once written never changed."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from tests.web.evidence import entries_of
from tests.web.months import begin, last_month
from tests.world import House, World

DIGEST = hashlib.sha256(b"csv").digest()
FIGURES = hashlib.sha256(b"figures").digest()


def sign(world: World, house: House, role: str, *args: Any) -> Any:
    """Call the function in the transaction of a person's session."""
    month, verdict, remark, digest, figures = args or (last_month().first, "clean", "", DIGEST, FIGURES)
    with world.database.connect("firm", autocommit=False) as conn:
        conn.execute("select set_config('keyhole.token', %s, true)", [world.token(house.people[role])])
        return conn.execute(
            "select tenants_sign_review_v1(%s, %s, %s, %s, %s, '203.0.113.24', 'Test')",
            [month, verdict, remark, digest, figures],
        ).fetchone()[0]  # type: ignore[index]


@pytest.mark.parametrize("role", ["auditor", "data_officer"])
def test_whoever_may_sign_does_and_the_record_says_so(role: str, world: World) -> None:
    begin(world)
    assert sign(world, world.alder, role)["ok"]
    (entry,) = entries_of(world, world.alder, "reports:review:signed")
    assert entry["actor_id"] == world.alder.people[role].id
    assert entry["details"] == {
        "month": str(last_month()),
        "verdict": "clean",
        "digest": DIGEST.hex(),
        "figures": FIGURES.hex(),
        "size": 0,
        "remark": "",
    }


def test_nobody_else_does(world: World) -> None:
    begin(world)
    with pytest.raises(psycopg.Error) as refused:
        sign(world, world.alder, "manager")
    assert refused.value.sqlstate == "KH001"
    for login in ("agent", "gateway", "worker", "firm"):
        with world.database.connect(login) as conn, pytest.raises(psycopg.Error):
            conn.execute(
                "select tenants_sign_review_v1(%s, 'clean', '', %s, %s, null, '')",
                [last_month().first, DIGEST, FIGURES],
            )
    assert entries_of(world, world.alder, "reports:review:signed") == []


def test_what_does_not_fit_is_refused_and_on_record(world: World) -> None:
    begin(world)
    month = last_month().first
    this = datetime.now(UTC).date().replace(day=1)
    for code, args in (
        ("month_open", (this, "clean", "", DIGEST, FIGURES)),
        ("month_open", (date(2999, 1, 1), "clean", "", DIGEST, FIGURES)),
        ("month", (date(2001, 1, 1), "clean", "", DIGEST, FIGURES)),
        ("month", (month.replace(day=2), "clean", "", DIGEST, FIGURES)),
        ("verdict", (month, "fine", "", DIGEST, FIGURES)),
        ("remark", (month, "findings", "  ", DIGEST, FIGURES)),
        ("remark", (month, "clean", "x" * 4001, DIGEST, FIGURES)),
        ("digest", (month, "clean", "", DIGEST[:31], FIGURES)),
        ("digest", (month, "clean", "", DIGEST, None)),
    ):
        assert sign(world, world.alder, "auditor", *args) == {"ok": False, "code": code}
    told = entries_of(world, world.alder, "reports:review:signed")
    assert len(told) == 9
    assert not any(entry["allowed"] for entry in told)
    with world.definer() as conn:
        assert conn.execute("select count(*) from tenants_review").fetchone() == (0,)


def test_the_size_is_that_of_the_newest_checkpoint(world: World) -> None:
    begin(world)
    for size in (5, 9):
        world.insert(
            "tenants_checkpoint",
            {
                "firm_id": world.alder.id,
                "size": size,
                "root": bytes(32),
                "note": "n",
                "at": datetime.now(UTC),
            },
        )
    sign(world, world.alder, "auditor")
    with world.definer() as conn:
        assert conn.execute("select size from tenants_review").fetchone() == (9,)


def test_a_signed_review_is_never_changed(world: World) -> None:
    begin(world)
    sign(world, world.alder, "auditor")
    for act in (
        "update tenants_review set verdict = 'clean'",
        "delete from tenants_review",
        "truncate tenants_review",
    ):
        for login in ("firm", "agent", "worker"):
            with world.database.connect(login) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(act)
        with world.definer() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(act)


def test_each_firm_reads_its_own_reviews(world: World) -> None:
    begin(world)
    sign(world, world.alder, "auditor")
    seen = {}
    for house in (world.alder, world.birch):
        with world.database.connect("firm", autocommit=False) as conn:
            conn.execute(
                "select set_config('keyhole.token', %s, true)", [world.token(house.people["auditor"])]
            )
            seen[house.handle] = conn.execute("select count(*) from tenants_review").fetchone()[0]  # type: ignore[index]
    assert seen == {"alder": 1, "birch": 0}


def test_the_language_of_reports_is_one_of_three_and_its_change_is_on_record(world: World) -> None:
    def choose(role: str, language: str) -> Any:
        with world.database.connect("firm", autocommit=False) as conn:
            conn.execute(
                "select set_config('keyhole.token', %s, true)", [world.token(world.alder.people[role])]
            )
            return conn.execute("select tenants_choose_language_v1(%s, null, '')", [language]).fetchone()[0]  # type: ignore[index]

    assert choose("manager", "pl")["ok"]
    assert choose("data_officer", "pl")["ok"]
    assert choose("manager", "xx") == {"ok": False, "code": "language"}
    with pytest.raises(psycopg.Error):
        choose("auditor", "es")
    told = entries_of(world, world.alder, "tenants:rules:changed")
    assert [(entry["allowed"], entry["reason"]) for entry in told] == [(True, ""), (False, "language")]
    with world.definer() as conn:
        rows = conn.execute("select language from tenants_firm order by handle").fetchall()
    assert rows == [("pl",), ("en",)]
