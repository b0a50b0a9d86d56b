"""`python -m benchmarks.verifying check|hash|parse BUNDLE KEY`: one way through a bundle, its seconds and its peak."""

import base64
import hashlib
import json
import re
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tenants.ledger.keyhole_verify import check


def main() -> int:
    """Do it, print one line of JSON; 1 when the bundle does not verify."""
    work, bundle, key = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    seconds = {"check": _check, "hash": _hash, "parse": _parse}[work](bundle, key)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"seconds": seconds, "peak_mb": int(peak[1]) / 1024 if peak else 0.0}))
    return 0


def _check(bundle: Path, key: str) -> float:
    said: list[str] = []
    began = time.perf_counter()
    report = check(bundle, keys=[key], out=said.append)
    took = time.perf_counter() - began
    if report.code or not report.entries or report.entries != report.size:
        raise SystemExit("\n".join(said))
    return took


def _hash(bundle: Path, _key: str) -> float:
    """Seconds of SHA-256 over every leaf and every node alone."""
    took, leaves = 0.0, list[bytes]()
    for block in _blocks(bundle):
        began = time.perf_counter()
        leaves += [hashlib.sha256(b"\x00" + entry).digest() for entry in block]
        took += time.perf_counter() - began
    began = time.perf_counter()
    _root(leaves)
    return took + time.perf_counter() - began


def _parse(bundle: Path, _key: str) -> float:
    """Seconds of a check without care: the whole log as objects, each written again, one tree over all."""
    began = time.perf_counter()
    entries = [json.loads(entry) for block in _blocks(bundle) for entry in block]
    forms = [
        json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for entry in entries
    ]
    root = _root([hashlib.sha256(b"\x00" + form.encode()).digest() for form in forms])
    took = time.perf_counter() - began
    if root != _signed_root(bundle):
        raise SystemExit("the peer's root is not the checkpoint's")
    return took


def _root(nodes: list[bytes]) -> bytes:
    while len(nodes) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + nodes[at] + nodes[at + 1]).digest() for at in range(0, len(nodes) - 1, 2)
        ]
        nodes = pairs + nodes[-1:] if len(nodes) % 2 else pairs
    return nodes[0]


def _signed_root(bundle: Path) -> bytes:
    with zipfile.ZipFile(bundle) as archive:
        text = archive.read("checkpoint").decode()
    return base64.b64decode(text.splitlines()[2])


def _blocks(bundle: Path) -> Iterator[list[bytes]]:
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            if not name.startswith("tile/entries/"):
                continue
            octets, at, block = archive.read(name), 0, list[bytes]()
            while at < len(octets):
                length = int.from_bytes(octets[at : at + 2], "big")
                block.append(octets[at + 2 : at + 2 + length])
                at += 2 + length
            yield block


if __name__ == "__main__":
    sys.exit(main())
