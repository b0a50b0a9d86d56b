"""Entries a second of the auditors' verifier over one bundle of 1,000,000 entries, in a process of its own.

The limit hashes the same entries and nodes and does nothing else: nothing unpacked, nothing read, nothing compared.
The peer holds the log in memory: it parses each entry, writes it in its one form again, and hashes one whole tree
(over a bundle of a tenth, for its memory). `peak_mb` is what the verifier's process held at most.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.evidence import write_evidence
from benchmarks.figures import Result, Scale
from dialer.env import REPOSITORY, read_env

ENTRIES: int = 1_000_000


def measure(scale: Scale) -> Result:
    """Entries a second; a quick run takes a twentieth."""
    count = ENTRIES if scale.share == 1 else ENTRIES // 20
    with tempfile.TemporaryDirectory(dir=read_env().var) as folder:
        whole, small = Path(folder) / "whole.zip", Path(folder) / "small.zip"
        key, small_key = write_evidence(whole, count), write_evidence(small, count // 10)
        size_mb = whole.stat().st_size / 2**20
        checked = _run("check", whole, key)
        hashed = _run("hash", whole, key)
        parsed = _run("parse", small, small_key)
    return Result(
        count / checked["seconds"],
        count / hashed["seconds"],
        count // 10 / parsed["seconds"],
        {
            "entries": count,
            "peak_mb": round(checked["peak_mb"]),
            "seconds": round(checked["seconds"], 2),
            "bundle_mb": round(size_mb),
            "peer_entries": count // 10,
            "peer_peak_mb": round(parsed["peak_mb"]),
        },
    )


def _run(work: str, bundle: Path, key: str) -> dict[str, Any]:
    """Do one of the three in a fresh process, without Django; returns its seconds and its peak of memory."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.verifying", work, str(bundle), key],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{work}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
