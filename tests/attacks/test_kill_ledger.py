"""The ledger and PostgreSQL killed with SIGKILL while entries are written, on a real instance: one gapless, proven log."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.attacks.test_kill_processes import _account, kill
from tests.browser.product import ROOT, Product

# Both tests look at one instance, which takes its time to start.
pytestmark = pytest.mark.xdist_group("ledger")
KILLS = ("ledger", "ledger", "PostgreSQL", "ledger", "ledger", "PostgreSQL", "ledger", "ledger")
READERS = 3


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("ledger"), speed=2)
    try:
        product.start()
        yield product
    finally:
        product.stop()


def verify(product: Product, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Check the instance's logs as its operator would."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KEYHOLE_")}
    own = {"KEYHOLE_VAR": str(product.var), "KEYHOLE_PORT": str(product.port), "KEYHOLE_PROCESS": "ledger"}
    return subprocess.run(
        [sys.executable, "manage.py", "verify_ledger", *arguments],
        cwd=ROOT,
        env={**clean, **own},
        check=False,
        capture_output=True,
        text=True,
    )


class Reader(threading.Thread):
    """Olga, who looks at the record again and again: every page that she was shown has its entry."""

    def __init__(self, product: Product, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._base, self._stop_reading = product.firm, stop
        self.shown = 0

    def run(self) -> None:
        with httpx.Client(base_url=self._base, headers={"Origin": self._base}, timeout=20) as client:
            said = client.post("/demo/sign-in", data={"person": "olga"})
            while not self._stop_reading.is_set():
                try:
                    said = client.get("/contacts?view=all")
                except httpx.HTTPError:
                    continue
                self.shown += said.status_code == 200


def kill_when_up(product: Product, name: str) -> None:
    """Kill a process as soon as the supervisor has it up again."""
    until = time.monotonic() + 60
    while True:
        try:
            return kill(product, name)
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def signed_since(product: Product, before: dict[str, bytes]) -> dict[str, bytes]:
    """Wait until the ledger has signed something newer, and return what it remembers."""
    until = time.monotonic() + 60
    while True:
        found = {path.name: path.read_bytes() for path in (product.var / "ledger").glob("*.checkpoint")}
        if found and found != before:
            return found
        assert time.monotonic() < until, "the ledger does not come back"
        time.sleep(0.1)


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_killed_ledger_loses_doubles_and_forks_nothing(product: Product, tmp_path: Path) -> None:
    stop = threading.Event()
    readers = [Reader(product, stop) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    kept = tmp_path / "kept"
    kept.mkdir()
    before: dict[str, bytes] = {}
    for number, name in enumerate(KILLS):
        # What the signer gave out since it came back is kept, as a firm would: the log has to go on from it.
        before = signed_since(product, before)
        for file_name, note in before.items():
            (kept / f"{number}-{file_name}").write_bytes(note)
        kill_when_up(product, name)
    time.sleep(4)
    stop.set()
    for reader in readers:
        reader.join(30)
    until = time.monotonic() + 60
    while _waiting(product) and time.monotonic() < until:
        time.sleep(0.5)
    shown = sum(reader.shown for reader in readers)
    assert shown > 20
    with _account(product) as conn:
        row = conn.execute(
            "select count(*) filter (where event = 'oversight:contacts:viewed'), count(*),"
            " (select count(*) from tenants_position), (select max(position) + 1 from tenants_position)"
            " from tenants_entry"
        ).fetchone()
    assert row is not None
    looks, entries, placed, last = row
    assert looks >= shown
    assert entries == placed == last
    said = verify(product, "--kept", str(kept))
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{entries} entries signed" in said.stdout
    assert len(list(kept.iterdir())) == len(KILLS)


@pytest.mark.full
def test_the_check_of_the_stored_log_can_fail(product: Product) -> None:
    signed_since(product, {})
    # As the operator could with the owner's login: an owner can take off every guard.
    with _account(product) as conn:
        conn.execute("reset role")
        conn.execute("alter table tenants_entry no force row level security")
        conn.execute(
            "update tenants_entry set device = device || '.' where id = (select min(id::text)::uuid from tenants_entry)"
        )
    said = verify(product)
    assert said.returncode == 1, said.stdout + said.stderr
    assert "WRONG" in said.stdout


def _waiting(product: Product) -> bool:
    with _account(product) as conn:
        row = conn.execute(
            "select (select count(*) from tenants_entry) > coalesce((select max(size) from tenants_checkpoint), 0)"
        ).fetchone()
    return bool(row and row[0])
