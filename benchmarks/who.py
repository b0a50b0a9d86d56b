"""Who contacted whom, asked of 5,000,000 entries through the pages' own queries, under the firm's login with a token.

`ours` is pages a second deep in the record, over all filters; the peer finds the same pages as Django's Paginator does, by
count and offset. `p99_ms` is over every question, the first pages, totals and the proof of an entry included; each
question's middle time stands under `ms`, and the indexes it was answered from under `plans`.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from statistics import median
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.db import connection

from benchmarks.cast import FIRM_KEY, Cast, add_manager, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.record import AGENTS, add_fresh_entries, fill_record, pick, pick_called
from benchmarks.signing import count_entries, ledger, wait_signed
from benchmarks.stage import connect, set_stage, settle
from tenants.db.firm import firm_transaction
from tenants.ledger.entry_check import check_entry
from tenants.oversight.cursor import Cursor
from tenants.oversight.filters import EntryFilter
from tenants.oversight.queries import (
    PAGE_ROWS,
    count_contact,
    get_entry,
    list_entries,
    list_seers,
    select_entries,
    total_agents,
)

ENTRIES: Final = 5_000_000
_SIGNED: Final = 20_000
_TIMES: Final = 30
_LAST: Final = UUID(int=2**128 - 1)
_SCAN: Final = re.compile(r"(Index Only Scan|Index Scan|Bitmap Index Scan|Seq Scan)[^\n]*?(?:using|on) (\w+)")


@dataclass(slots=True)
class _Asked:
    """Milliseconds of each question by name, and the indexes it was answered from."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Subjects:
    """Whom the questions are about, other ones each time."""

    agents: Iterator[UUID]
    campaigns: Iterator[UUID]
    contacts: Iterator[UUID]
    outcomes: Iterator[UUID]
    signed: Iterator[UUID]


def measure(scale: Scale) -> Result:
    """Pages a second."""
    entries = ENTRIES if scale.share == 1 else 300_000
    with set_stage() as conn:
        cast = make_cast(conn, agents=AGENTS)
        add_manager(conn, cast)
    settle()
    with ledger(cast.firm_id):
        add_fresh_entries(cast, _SIGNED if scale.share == 1 else 2_000)
        wait_signed(cast.firm_id)
    fill_record(cast, entries)
    subjects, stored = _find_subjects(cast, entries)
    asked = _Asked()
    filters = _filters(cast, subjects)
    for _ in range(_TIMES):
        _ask_pages(cast, filters, asked)
        _ask_others(cast, subjects, asked)
    deep = [ms for name, times in asked.ms.items() if name.startswith("deep_") for ms in times]
    peer = _measure_peer(cast, filters)
    every = sorted(ms for times in asked.ms.values() for ms in times)
    return Result(
        len(deep) / sum(deep) * 1000,
        None,
        len(peer) / sum(peer.values()) * 1000,
        {
            "p50_ms": round(median(every), 2),
            "p99_ms": round(every[int(len(every) * 0.99)], 2),
            "entries": stored,
            "slowest_ms": round(max(median(times) for times in asked.ms.values()), 2),
            "ms": {name: round(median(times), 2) for name, times in asked.ms.items()},
            "peer_ms": {name: round(ms, 1) for name, ms in peer.items()},
            "plans": asked.plans,
        },
    )


def _find_subjects(cast: Cast, entries: int) -> tuple[_Subjects, int]:
    with set_stage() as conn:
        stored = count_entries(conn, cast.firm_id)
        rows = conn.execute(
            "select entry_id from tenants_position where firm_id = %s order by hashint8(position) limit %s",
            [cast.firm_id, _TIMES],
        ).fetchall()
    with connect("owner") as conn:
        agents, campaigns = pick(conn, "agent", 40), pick(conn, "campaign", 20)
        contacts, outcomes = pick_called(conn, entries, 100), pick(conn, "outcome", 6)
    signed = [row[0] for row in rows]
    return _Subjects(*(cycle(ids) for ids in (agents, campaigns, contacts, outcomes, signed))), stored


def _filters(cast: Cast, subjects: _Subjects) -> dict[str, Callable[[], EntryFilter]]:
    """The filters of the contacts page by name; each call asks about others."""
    month = datetime.now(UTC) - timedelta(days=30)
    return {
        "all": EntryFilter,
        "month": lambda: EntryFilter(since=month, contacts_only=True, with_looks=False),
        "contact": lambda: EntryFilter(contact_ids=(next(subjects.contacts),), with_looks=False),
        "agent": lambda: EntryFilter(agent_id=next(subjects.agents)),
        "campaign": lambda: EntryFilter(campaign_id=next(subjects.campaigns)),
        "outsourcer": lambda: EntryFilter(outsourcer_id=cast.outsourcer_id),
        "denied": lambda: EntryFilter(allowed=False),
        "outcome": lambda: EntryFilter(outcome=str(next(subjects.outcomes))),
        "busy": lambda: EntryFilter(outcome="busy"),
    }


def _ask_pages(cast: Cast, filters: dict[str, Callable[[], EntryFilter]], asked: _Asked) -> None:
    """The first page of each filter, and one deep in."""
    for name, make in filters.items():
        wanted = make()
        _ask(asked, name, partial(list_entries, firm_id=cast.firm_id, wanted=wanted, after=None))
        if name == "contact":
            continue
        days = 15 if name == "month" else 365
        place = Cursor(datetime.now(UTC) - timedelta(days=days), _LAST)
        _ask(asked, f"deep_{name}", partial(list_entries, firm_id=cast.firm_id, wanted=wanted, after=place))


def _ask_others(cast: Cast, subjects: _Subjects, asked: _Asked) -> None:
    """What stands beside the lists: totals, a person's counts, who saw a person, one entry with its proof."""
    firm_id = cast.firm_id
    month = EntryFilter(since=datetime.now(UTC) - timedelta(days=30))
    contact, signed = next(subjects.contacts), next(subjects.signed)
    _ask(asked, "totals", lambda: total_agents(firm_id=firm_id, wanted=month))
    _ask(asked, "counts", lambda: count_contact(firm_id=firm_id, contact_ids=[contact]))
    _ask(asked, "seers", lambda: list_seers(firm_id=firm_id, contact_id=contact))

    def prove() -> None:
        entry = get_entry(firm_id=firm_id, entry_id=signed)
        if not check_entry(firm_id=firm_id, entry=entry).is_proven:
            raise RuntimeError("an entry that is signed could not be proven")

    _ask(asked, "proof", prove)


def _ask(asked: _Asked, name: str, question: Callable[[], object]) -> None:
    """Ask in a transaction of the firm, as a page does; the first time, note the plan as well."""
    with firm_transaction(FIRM_KEY):
        began = time.perf_counter()
        answer = question()
        took_ms = (time.perf_counter() - began) * 1000
        if answer in ([], ([], None), (0, 0, 0)):
            raise RuntimeError(f"nothing was found for {name}")
        if name not in asked.plans:
            with _statements() as statements:
                question()
            asked.plans[name] = ", ".join(_scans(statements))
    asked.ms.setdefault(name, []).append(took_ms)


@contextmanager
def _statements() -> Iterator[list[tuple[str, Any]]]:
    """The reads that Django sends within the block."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if str(statement).lstrip().lower().startswith("select"):
            seen.append((str(statement), params))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def _scans(statements: list[tuple[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    with connection.cursor() as cursor:
        for statement, params in statements:
            cursor.execute(f"explain {statement}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            found |= {f"{how} {what}": None for how, what in _SCAN.findall(plan)}
    return list(found)


def _measure_peer(cast: Cast, filters: dict[str, Callable[[], EntryFilter]]) -> dict[str, float]:
    """Milliseconds of a page from the middle of each list, by count and offset."""
    took: dict[str, float] = {}
    for name, make in filters.items():
        if name == "contact":
            continue
        with firm_transaction(FIRM_KEY):
            began = time.perf_counter()
            rows = select_entries(firm_id=cast.firm_id, wanted=make()).order_by("-at", "-id")
            pages = Paginator(rows, PAGE_ROWS)
            if not list(pages.page(max(pages.num_pages // 2, 1))):
                raise RuntimeError(f"the peer found nothing for {name}")
            took[name] = (time.perf_counter() - began) * 1000
    return took
