"""What the two import figures share: a campaign to import into, the product's import, its peak of memory, the peer."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import psutil

from benchmarks.cast import make_cast
from benchmarks.plain import PlainPerson, make_tables
from benchmarks.stage import set_stage
from campaigns.importing.operator import Order, import_file

_KEY: Final = b"k" * 32
_EVERY_S: Final = 0.05


class Peak:
    """The most memory a process and its children held, in MB of unshared pages."""

    mb = 0.0


@contextmanager
def watch_memory() -> Iterator[Peak]:
    """Watch this process with its children while the block runs."""
    peak, stop, me = Peak(), threading.Event(), psutil.Process()

    def look() -> None:
        while not stop.wait(_EVERY_S):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            peak.mb = max(peak.mb, total / 2**20)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


def set_import_stage() -> None:
    """A firm `alder` with a campaign `Renewals` to import into."""
    with set_stage() as conn:
        make_cast(conn, agents=1)


def import_whole(path: Path) -> tuple[float, int, float]:
    """Import a file end to end. Returns seconds, rows stored and the peak of memory in MB."""
    began = time.monotonic()
    with watch_memory() as peak:
        done = import_file(Order(path=path, firm="alder", campaign="Renewals", region="US"))
    return time.monotonic() - began, done.counts.stored, peak.mb


def import_plainly(rows: Iterable[list[str]], *, phone_at: int, most: int) -> float:
    """Rows a second of plain Django: phonenumbers, two ciphers a row, bulk_create by the thousand."""
    make_tables(PlainPerson)
    began, count = time.monotonic(), 0
    people = (_plain_person(cells, phone_at) for cells in islice(rows, most))
    while batch := list(islice(people, 1000)):
        PlainPerson.objects.bulk_create(batch, ignore_conflicts=True)
        count += len(batch)
    return count / (time.monotonic() - began)


def _plain_person(cells: list[str], phone_at: int) -> PlainPerson:
    # Not at the top: what the peer loads must not count as memory of ours.
    import phonenumbers

    number = phonenumbers.parse(cells[phone_at], "US")
    phonenumbers.is_valid_number(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    rest = [cell for place, cell in enumerate(cells) if place != phone_at]
    return PlainPerson(
        campaign=1,
        phone_hash=hashlib.blake2b(e164.encode(), key=_KEY, digest_size=32).digest(),
        phone=_seal(e164.encode()),
        fields=_seal(json.dumps(rest).encode()),
    )


def _seal(plain: bytes) -> bytes:
    from Crypto.Cipher import AES

    nonce = secrets.token_bytes(12)
    sealed, tag = AES.new(_KEY, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(plain)
    return bytes(nonce + sealed + tag)
