"""What the tests of exports share: an export driven step by step, each step under the login of the process that does it."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from campaigns.exporting import jobs
from campaigns.exporting.keytext import write_public_key
from campaigns.exporting.reseal import reseal_once
from tenants.db.pool import close_pool
from tenants.vault.hpke import KeyPair, generate_key_pair
from tenants.vault.keyring import load_keyring
from tests.database.importing import people, rows_of, run, write_list
from tests.web.browser import Browser, target
from tests.world import House, Member, World

Surface = Callable[[str], None]
REASON = "Move to the new system of customers"


@dataclass
class Exporting:
    """One firm's export in a test: who asks, who approves, and the key they give."""

    world: World
    surface: Surface
    folder: Path
    key: KeyPair

    @property
    def key_text(self) -> str:
        """The public key as people carry it."""
        return write_public_key(self.key.public)

    @property
    def manager(self) -> Member:
        """Who asks."""
        return self.world.alder.people["manager"]

    @property
    def officer(self) -> Member:
        """Who approves."""
        return self.world.alder.people["data_officer"]

    def make_list(self, count: int = 3, firm: House | None = None) -> UUID:
        """Import a list of invented people; returns its id."""
        self.surface("worker")
        path = write_list(self.folder / "list.csv", people(range(1, count + 1)))
        return run(self.world, self.world.campaign(firm), path).list_id

    def browser(self, member: Member) -> Browser:
        """A browser of a member on the firm surface, confirmed just now."""
        self.surface("firm")
        browser = Browser()
        browser.key = self.world.token(member)
        return browser

    def request(self, list_id: UUID, by: Member | None = None, **values: Any) -> UUID:
        """Ask for an export by page; returns its id."""
        asked = {"list": str(list_id), "what": ["numbers", "fields"], "key": self.key_text, "reason": REASON}
        answer = self.browser(by or self.manager).post("export-new", **asked | values)
        return UUID(target(answer).split("/")[2])

    def approve(self, export_id: UUID, by: Member | None = None, key: bytes | None = None) -> Any:
        """Approve by page, having compared the fingerprint of a key."""
        shown = hashlib.sha256(key or self.key.public).hexdigest()
        return self.browser(by or self.officer).post("export-approve", export_id, fingerprint=shown)

    def reseal(self, *processes: str) -> None:
        """Let the holders of the keys look once."""
        for process in processes or ("gateway", "agent"):
            self.surface(process)
            keyring = load_keyring(self.world.database.keys, process)

            async def look(keyring: Any = keyring) -> None:
                try:
                    await reseal_once(keyring)
                finally:
                    await close_pool()

            asyncio.run(look())

    def write(self, export_id: UUID, attempts: int = 1) -> None:
        """Let the worker write the file."""
        self.surface("worker")
        context: Any = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
        jobs.write_export.func(context, str(export_id))

    def tend(self) -> list[UUID]:
        """Let the worker look after exports once; returns those it asks to be written."""
        self.surface("worker")

        async def look() -> None:
            try:
                await jobs.tend_exports()
            finally:
                await close_pool()

        asyncio.run(look())
        asked = rows_of(
            self.world, "select args ->> 'export_id' from procrastinate_jobs where status = 'todo'"
        )
        return [UUID(one) for (one,) in asked]

    def make(self, list_id: UUID, **values: Any) -> UUID:
        """Bring an export to where it can be downloaded."""
        export_id = self.request(list_id, **values)
        self.approve(export_id)
        self.reseal()
        self.write(export_id)
        assert self.state(export_id) == "ready"
        return export_id

    def download(self, export_id: UUID, by: Member | None = None) -> Any:
        """Ask for the file by page."""
        return self.browser(by or self.manager).post("export-download", export_id)

    def state(self, export_id: UUID) -> str:
        """Where the export stands."""
        return str(self.one("select state from campaigns_export where id = %s", export_id))

    def one(self, query: str, *values: object) -> Any:
        """One value, read as the functions' owner."""
        return rows_of(self.world, query, *values)[0][0]

    def entries(self, event: str = "%") -> list[tuple[str, bool, str]]:
        """Entries about exports, oldest first: event, allowed, reason."""
        return rows_of(
            self.world,
            "select event, allowed, reason from tenants_entry where event like %s order by at, id",
            f"campaigns:export:{event}",
        )


def start_exporting(world: World, surface: Surface, folder: Path, settings: Any) -> Exporting:
    """An export's stage with folders of the test's own and a fresh key."""
    settings.KEYHOLE_EXPORTS = folder / "exports"
    settings.KEYHOLE_SPOOL = folder / "spool"
    return Exporting(world, surface, folder, generate_key_pair())


@contextmanager
def administrator(exporting: Exporting) -> Iterator[Any]:
    """A database administrator: every guard of the tables is off for them."""
    tables = ("campaigns_export", "campaigns_exportkey")
    with exporting.world.database.connect("owner") as conn:
        for table in tables:
            conn.execute(f"alter table {table} disable row level security")
        yield conn
        for table in tables:
            conn.execute(f"alter table {table} enable row level security")
