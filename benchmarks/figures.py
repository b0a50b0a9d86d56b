"""What is measured and what is to be reached: the names of the figures, their units and targets, and their results.

A figure that was not measured has no result; nothing here invents one.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Target:
    """What ours has to be: at least these shares of limit and peer and so much, at most these figures. None asks nothing."""

    of_limit: float | None = None
    of_peer: float | None = None
    p99_ms: float | None = None
    peak_mb: float | None = None
    idle_kib: float | None = None
    least: float | None = None

    def words(self) -> str:
        """The target as a person reads it in the table."""
        parts = []
        if self.least is not None:
            parts.append(f">={self.least:,.0f}")
        if self.of_limit is not None:
            parts.append(f">={self.of_limit:g} of limit")
        if self.of_peer is not None:
            parts.append(f">={self.of_peer:g} x peer")
        if self.p99_ms is not None:
            parts.append(f"p99 <{self.p99_ms:g} ms")
        if self.peak_mb is not None:
            parts.append(f"peak <{self.peak_mb:g} MB")
        if self.idle_kib is not None:
            parts.append(f"idle <{self.idle_kib:g} KiB")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the module that measures it, the login it runs under, its unit and its target."""

    name: str
    module: str
    process: str
    unit: str
    target: Target


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure. `seconds` is the length of one timed run, `share` scales the amounts of rows."""

    seconds: float
    share: float

    def rows(self, full: int) -> int:
        """`full` rows in a whole run, fewer in a quick one."""
        return max(int(full * self.share), 1)


@dataclass(slots=True)
class Result:
    """What one figure came to, all in its unit. `extra` goes to bench.json as it is; `note` to the table's foot."""

    ours: float
    limit: float | None = None
    peer: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    note: str = ""


FIGURES: Final = (
    Figure("import", "import_csv", "worker", "rows/s", Target(of_limit=0.35, of_peer=10, peak_mb=300)),
    Figure("import_xlsx", "import_xlsx", "worker", "rows/s", Target(of_peer=10)),
    Figure("claim", "claim", "worker", "claims/s", Target(of_limit=0.5, p99_ms=50)),
    Figure("claim_aged", "claim_aged", "worker", "claims/s", Target(of_limit=0.8)),
    Figure("claim_old_snapshot", "claim_old_snapshot", "worker", "claims/s", Target(of_limit=0.5)),
    Figure("append", "append", "ledger", "entries/s", Target(of_limit=0.7)),
    Figure("tree_lag", "tree_lag", "ledger", "leaves/s", Target(p99_ms=1_000)),
    Figure("verify", "verify", "worker", "entries/s", Target(least=200_000)),
    Figure("who", "who", "firm", "pages/s", Target(p99_ms=250)),
    Figure("roundtrip", "roundtrip", "agent", "round trips/s", Target(of_limit=0.5, idle_kib=50)),
    Figure("resolve", "resolve", "worker", "tokens/s", Target(of_limit=0.5)),
    Figure("next_record", "next_record", "agent", "records/s", Target(p99_ms=250)),
)


def is_reached(target: Target, result: Result) -> bool:
    """Whether every part of the target holds. A part that was not measured does not hold."""
    checks = []
    for share, beside in ((target.of_limit, result.limit), (target.of_peer, result.peer)):
        if share is not None:
            checks.append(bool(beside) and result.ours >= share * float(beside or 0))
    for most, name in ((target.p99_ms, "p99_ms"), (target.peak_mb, "peak_mb"), (target.idle_kib, "idle_kib")):
        if most is not None:
            checks.append(name in result.extra and result.extra[name] < most)
    if target.least is not None:
        checks.append(result.ours >= target.least)
    return all(checks)


def as_json(figure: Figure, result: Result) -> dict[str, Any]:
    """The figure's entry of bench.json."""
    entry: dict[str, Any] = {"unit": figure.unit, "ours": _round(result.ours)}
    for name in ("limit", "peer"):
        value = getattr(result, name)
        if value is not None:
            entry[name] = _round(value)
    entry |= result.extra
    entry["target"] = figure.target.words()
    entry["reached"] = is_reached(figure.target, result)
    return entry


def write_result(path: Path, result: Result) -> None:
    """Hand a result from the process that measured it to the one that prints it."""
    path.write_text(json.dumps({name: getattr(result, name) for name in Result.__slots__}))


def read_result(path: Path) -> Result:
    """Read what `write_result` wrote."""
    return Result(**json.loads(path.read_text()))


def _round(value: float) -> float:
    return round(value, 1 if value < 100 else 0)
