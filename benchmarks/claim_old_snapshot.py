"""The claim while a backup or a report holds an old snapshot: nothing that dies is cleaned up, and the rate must hold.

`limit` is the fresh rate of this run, before the snapshot; `ours` the rate at the end of the claims, all of them made
one by one by the clients while the snapshot is held. The peer is the bare claim in the same plight.
"""

from typing import Final

from benchmarks.claiming import run_bare_claims, run_claims, set_bare_stage, set_claim_stage
from benchmarks.figures import Result, Scale
from benchmarks.stage import connect

_SECONDS: Final = 50


def measure(scale: Scale) -> Result:
    """Claims a second at the end of 50 seconds of claims under an old snapshot."""
    contacts = scale.rows(220_000)
    cast = set_claim_stage(contacts)
    run_claims(cast, seconds=1)
    fresh, _ = run_claims(cast, seconds=scale.seconds)
    with connect("owner") as reader:
        reader.execute("begin isolation level repeatable read")
        reader.execute("select 1 from pg_class limit 1")
        before = max(scale.share * _SECONDS, 3.0)
        rate, _ = run_claims(cast, seconds=before)
        old, _ = run_claims(cast, seconds=scale.seconds)
        made = round(rate * before + old * scale.seconds)
        set_bare_stage(contacts)
        bare_rate = run_bare_claims(seconds=before / 2)
        bare = run_bare_claims(seconds=scale.seconds / 2)
        reader.execute("rollback")
    extra = {"claims_under_snapshot": made, "bare_claims_under_snapshot": round(bare_rate * before / 2)}
    return Result(
        old, fresh, bare, extra, note="limit is the rate before the snapshot; peer the bare claim under it"
    )
