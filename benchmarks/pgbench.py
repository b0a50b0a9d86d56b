"""Drives a script of SQL with pgbench, the client of PostgreSQL's own that costs next to nothing beside the server.

Each login goes through its own socket connection; results are counted by the caller from the tables, not from here.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stage import program
from dialer.env import read_env
from dialer.runtime.address import database_address
from tenants.db.bootstrap import read_credentials
from tenants.db.roles import LOGINS


@dataclass(frozen=True, slots=True)
class Drive:
    """One finished run: scripts a second and, sorted, what each took in milliseconds."""

    per_s: float
    scripts: int
    seconds: float
    latencies_ms: list[float]

    def p(self, percent: float) -> float:
        """A percentile of the latencies, in milliseconds."""
        if not self.latencies_ms:
            return float("nan")
        at = min(int(len(self.latencies_ms) * percent / 100), len(self.latencies_ms) - 1)
        return self.latencies_ms[at]


def drive(
    script: str,
    *,
    process: str,
    clients: int = 8,
    seconds: float,
    variables: Mapping[str, int | str] | None = None,
    rate: float | None = None,
) -> Drive:
    """Run a script in a loop from `clients` connections. `rate` offers that many a second instead of all it can.

    Raises: RuntimeError with pgbench's own words when a client failed.
    """
    env = read_env()
    address = database_address(env)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "script.sql"
        path.write_text(script)
        argv = [
            str(program("pgbench")),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            "2",
            "-f",
            str(path),
        ]
        argv += ["-T", str(max(round(seconds), 1)), "--log", "--log-prefix", str(Path(scratch) / "log")]
        argv += ["--rate", f"{rate:g}"] if rate else []
        for name, value in (variables or {}).items():
            argv += ["-D", f"{name}={value}"]
        argv += ["-h", address.host, "-p", address.port, "-U", LOGINS[process].name, address.name]
        done = subprocess.run(
            argv,
            env={**os.environ, "PGPASSWORD": read_credentials(env.keys)[process].open_text()},
            capture_output=True,
            text=True,
            check=False,
        )
        per_s = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
        if done.returncode != 0 or per_s is None or "ERROR" in done.stderr:
            raise RuntimeError(f"pgbench: {done.stderr.strip()[-400:]}")
        took = [
            int(line.split(" ", 3)[2]) / 1000 for log in Path(scratch).glob("log.*") for line in log.open()
        ]
    rate_s = float(per_s.group(1))
    return Drive(rate_s, len(took), len(took) / rate_s if rate_s else 0.0, sorted(took))
