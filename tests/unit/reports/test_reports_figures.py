"""The figures of a review: totals, states, terms and the digest that stands for them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.reports.access_figures import (
    Figures,
    Terms,
    Totals,
    had_access,
    is_within,
    state_at,
    terms_of,
    total,
)
from dialer.reports.periods import Month, Period, ended_months, is_overdue

WARSAW = ZoneInfo("Europe/Warsaw")


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    at: datetime
    event: str
    starts_on: str | None = None
    ends_on: str | None = None


@dataclass(frozen=True)
class Act:
    event: str
    allowed: bool = True
    stage: str | None = None
    reason: str | None = None
    count: int = 1


def test_every_entry_counts_once_under_its_own_name() -> None:
    acts = [
        Act("dialer:contact:reserved", count=4),
        Act("dialer:contact:revealed", stage="1", count=3),
        Act("dialer:contact:revealed", stage="2"),
        Act("dialer:contact:skipped"),
        Act("dialer:contact:skipped", allowed=False, reason="no_skips"),
        Act("dialer:answer:checked", allowed=False, reason="no_match", count=2),
        Act("dialer:dial:refused", allowed=False, reason="closed_hours"),
        Act("identity:access:denied", allowed=False, reason="not_allowed"),
        Act("identity:session:refused", allowed=False, reason="password"),
        Act("identity:session:opened"),
        Act("oversight:live:viewed"),
    ]
    assert total(acts) == Totals(
        received=4,
        after_answer=3,
        after_verification=1,
        skips=1,
        mismatches=2,
        by_rules=1,
        denied=2,
        refused_sign_ins=1,
        sign_ins=1,
        looks=1,
        entries=17,
    )


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ([], "disabled", "disabled"),
        ([(1, "invited")], "active", "invited"),
        ([(1, "invited"), (2, "joined")], "active", "active"),
        ([(1, "joined"), (5, "disabled")], "active", "disabled"),
        ([(1, "joined"), (5, "disabled"), (6, "enabled")], "active", "active"),
        ([(1, "joined"), (5, "invited")], "active", "active"),
        ([(20, "disabled")], "disabled", "active"),
        ([(20, "enabled")], "active", "disabled"),
        ([(20, "joined")], "active", "invited"),
    ],
)
def test_a_state_is_that_of_the_moment_asked_for(
    changes: list[tuple[int, str]], now: str, expected: str
) -> None:
    told = [Told(at(day), f"identity:person:{what}") for day, what in changes]
    assert state_at(told, moment=at(15), now_state=now) == expected


def test_terms_count_as_they_stood_on_the_day() -> None:
    first = Terms(at(1), date(2026, 10, 1), date(2026, 10, 31))
    terms = terms_of(
        [
            Told(at(1), "tenants:engagement:created", "2026-10-01", "2026-10-10"),
            Told(at(12), "tenants:engagement:changed", "2026-10-01", "2026-10-20"),
            Told(at(15), "tenants:engagement:ended"),
        ],
        first=first,
    )
    assert is_within(terms, day=date(2026, 10, 5), at=at(5))
    assert not is_within(terms, day=date(2026, 10, 11), at=at(11))
    assert is_within(terms, day=date(2026, 10, 13), at=at(13))
    assert not is_within(terms, day=date(2026, 10, 16), at=at(16))
    assert had_access(terms, since=at(14), until=at(30))
    assert not had_access(terms, since=at(16), until=at(30))
    assert is_within(terms_of([], first=first), day=date(2026, 10, 30), at=at(30))


def test_the_digest_changes_with_any_figure_and_with_nothing_else() -> None:
    figures = Figures("2026-10", (("a", "active", Totals(received=1)),), (), (), (), (), ())
    assert figures.digest() == replace(figures).digest()
    others = [
        replace(figures, month="2026-11"),
        replace(figures, totals=(("a", "active", Totals(received=2)),)),
        replace(figures, totals=(("a", "disabled", Totals(received=1)),)),
        replace(figures, refusals=("x",)),
        replace(figures, nights=(("a", "2026-10-01", 1),)),
        replace(figures, dormant=("a",)),
    ]
    assert len({each.digest() for each in [figures, *others]}) == len(others) + 1


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "", "x", "1999-12", "２０２６-01"]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert Month.read(text) is None


def test_a_month_knows_its_days_in_the_firms_zone() -> None:
    month = Month.read("2026-10")
    assert month is not None
    period = month.period(WARSAW)
    assert period.since == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert period.until == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert period.until - period.since == timedelta(days=31, hours=1)
    assert (str(month.previous), str(month.following)) == ("2026-09", "2026-11")
    assert str(Month(2026, 12).following) == "2027-01"
    assert str(Period(date(2026, 1, 1), date(2026, 1, 2), WARSAW)) == "2026-01-01 – 2026-01-02"


def test_a_month_ends_in_the_firms_zone_and_is_due_until_the_tenth() -> None:
    begun = datetime(2026, 8, 31, 22, 30, tzinfo=UTC)
    just_before = datetime(2026, 10, 31, 22, 59, tzinfo=UTC)
    assert [str(month) for month in ended_months(since=begun, now=just_before, zone=WARSAW)] == ["2026-09"]
    just_after = just_before + timedelta(minutes=1)
    assert [str(month) for month in ended_months(since=begun, now=just_after, zone=WARSAW)] == [
        "2026-10",
        "2026-09",
    ]
    october = Month(2026, 10)
    assert not is_overdue(october, now=datetime(2026, 11, 10, 22, 59, tzinfo=UTC), zone=WARSAW)
    assert is_overdue(october, now=datetime(2026, 11, 10, 23, 1, tzinfo=UTC), zone=WARSAW)
