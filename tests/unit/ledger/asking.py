"""A log, its bundle, what an auditor kept of it, and how she asks. Holds no test."""

from pathlib import Path

from tenants.ledger.keyhole_verify import Report, check
from tests.unit.ledger.logbook import Files, Logbook, entry, signing_key

KEY = signing_key("first").vkey
LOG = Logbook(entry(number) for number in range(700))
KEPT = [("october", LOG.checkpoint(300)), ("november", LOG.checkpoint(512))]
ZIP = LOG.bundle()


def ask(bundle: Files | bytes | Path, **more: object) -> tuple[Report, str]:
    """Check a bundle with the key and the kept checkpoints; gives the report and all that was said."""
    said: list[str] = []
    source = Files.unpack(bundle) if isinstance(bundle, bytes) else bundle
    report = check(source, **{"kept": KEPT, "keys": [KEY], "out": said.append, **more})  # type: ignore[arg-type]
    return report, "\n".join(said)


def kinds(report: Report) -> set[str]:
    return {fault.kind for fault in report.faults}
