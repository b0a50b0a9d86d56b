"""Small lists built in the tests: invented people, numbers of the fictional ranges."""

import io
import zipfile
from collections.abc import Callable

import openpyxl

from campaigns.importing.delimited import Cells
from campaigns.importing.limits import Limits
from campaigns.importing.read import Table, open_table

AREAS = (504, 312, 408, 605, 410, 602, 907, 303, 212, 808)
PEOPLE = (
    ("Ada", "Alder", "Chicago"),
    ("Bram", "Birch", "Denver"),
    ("Cleo", "Cedar", "Phoenix"),
    ("Dov", "Dogwood", "Boise"),
    ("Edda", "Elm", "Tulsa"),
    ("Finn", "Fir", "Reno"),
    ("Gwen", "Gorse", "Salem"),
    ("Hal", "Hazel", "Austin"),
    ("Ines", "Ivy", "Mobile"),
    ("Jory", "Juniper", "Fargo"),
)
HEADER = ["first_name", "last_name", "city", "phone1", "email"]
ROWS = [
    [first, last, town, f"{area}-555-01{at:02d}", f"{first.lower()}@example.com"]
    for at, ((first, last, town), area) in enumerate(zip(PEOPLE, AREAS, strict=True))
]


class OneWay(io.RawIOBase):
    """A stream that cannot seek and gives short pieces, as the unsealing reader does."""

    def __init__(self, content: bytes, piece: int = 1000) -> None:
        self._inner = io.BytesIO(content)
        self._piece = piece

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(self._piece if size < 0 else min(size, self._piece))


def csv_text(
    rows: list[list[str]] | None = None,
    *,
    delimiter: str = ",",
    end: str = "\n",
    header: bool = True,
) -> str:
    lines = [*([HEADER] if header else []), *(ROWS if rows is None else rows)]
    return "".join(delimiter.join(cells) + end for cells in lines)


def opened(content: bytes | str, *, header: bool | None = None, limits: Limits | None = None) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return open_table(OneWay(raw), filename="list.csv", header=header, limits=limits)  # type: ignore[arg-type]


def all_rows(table: Table) -> list[tuple[int, Cells]]:
    return list(table.rows())


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rewritten(
    content: bytes,
    change: Callable[[str, bytes], bytes | None],
    extra: dict[str, bytes] | None = None,
) -> bytes:
    """Return the archive with each member passed through `change`; None drops it."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            changed = change(member, old.read(member))
            if changed is not None:
                new.writestr(member, changed)
        for name, body in (extra or {}).items():
            new.writestr(name, body)
    return out.getvalue()
