"""What the tests of the proof set on the stage: a log that is signed, a witness with its key, an administrator."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tenants.ledger.checkpoint import COSIGNATURE, SigningKey
from tenants.ledger.cosignature import cosign
from tenants.ledger.sequencer import Sequencer
from tenants.vault.sealed import SealedBytes
from tests.database.ledger import append_many, open_ledger, settle
from tests.web.browser import Browser
from tests.world import World


class Signing:
    """The ledger process of a web test: signs when told, then the firm surface goes on."""

    def __init__(self, world: World, folder: Path, surface: Callable[[str], None]) -> None:
        self.world = world
        self._surface = surface
        self._ledger: Sequencer = open_ledger(world.database, folder)
        surface("firm")

    def sign(self, *, more: int = 0) -> None:
        """Sign everything committed so far, after this many entries more."""
        if more:
            append_many(self.world, more)
        self.world.database.use("ledger")
        settle(self._ledger)
        self._surface("firm")

    def spoil(self, statement: str, *values: Any) -> None:
        """Change the database as its administrator, past every grant."""
        with self.world.database.connect_superuser() as admin:
            admin.execute("set session_replication_role = replica")
            assert admin.execute(statement, values).rowcount > 0


class Watcher:
    """A witness: its key, and its registration by a person of the firm."""

    def __init__(self, name: str = "witness/test", seed: bytes = b"w" * 32) -> None:
        self.key = SigningKey(name, SealedBytes(seed))

    @property
    def vkey(self) -> str:
        """The line that is registered."""
        return self.key.verifying(COSIGNATURE).vkey

    def register(self, browser: Browser, *, due_h: int = 24) -> Any:
        """Register at the page; returns the answer."""
        return browser.post("witness-new", name="Our desk", vkey=self.vkey, due_h=due_h)

    def sign(self, note: str, *, at_s: int | None = None) -> str:
        """The line of a countersignature."""
        return cosign(note.encode(), self.key, int(time.time()) if at_s is None else at_s)


def rows_of(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows read as the functions' owner: for controls."""
    with world.definer() as conn:
        return list(conn.execute(statement, values).fetchall())
