"""Write contact lists for benchmarks: realistic columns, invented people, valid-looking US numbers.

The fictional 555-01xx range is too small for a million rows, so numbers may exist: nothing here may be dialled.
"""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

COLUMNS = (
    "first_name", "last_name", "company_name", "address", "city", "county", "state", "zip", "phone1", "phone2",
    "email", "web",
)  # fmt: skip

_FIRST = (
    "Ada",
    "Bram",
    "Cleo",
    "Dov",
    "Edda",
    "Finn",
    "Gwen",
    "Hal",
    "Ines",
    "Jory",
    "Kaja",
    "Lars",
    "Mona",
    "Nils",
)
_LAST = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Gorse",
    "Hazel",
    "Ivy",
    "Juniper",
    "Larch",
    "Maple",
)
_FIRMS = (
    "Alder & Vale",
    '"Birch, Cedar and Sons"',
    "Copper Kettle Ltd",
    '"North Mill, Inc"',
    "Slate Works",
)
_PLACES = (
    ("New Orleans", "Orleans", "LA", "70116", "504"),
    ("Chicago", "Cook", "IL", "60632", "312"),
    ("San Jose", "Santa Clara", "CA", "95111", "408"),
    ("Sioux Falls", "Minnehaha", "SD", "57105", "605"),
    ("Baltimore", "Baltimore City", "MD", "21224", "410"),
    ("Phoenix", "Maricopa", "AZ", "85013", "602"),
    ("Anchorage", "Anchorage", "AK", "99501", "907"),
    ("Denver", "Denver", "CO", "80202", "303"),
    ("New York", "New York", "NY", "10011", "212"),
    ("Honolulu", "Honolulu", "HI", "96817", "808"),
)
_BATCH = 10_000


def write_list(path: Path, rows: int, *, seed: int, two_phones: bool = True) -> int:
    """Write a CSV of `rows` people under a header and return its size in bytes. The same seed, the same file.

    First numbers differ from row to row up to 60,000,000 rows; second numbers come from the same range reversed.
    """
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join(COLUMNS) + "\n")
        batch: list[str] = []
        for line in _lines(rows, random.Random(seed), two_phones=two_phones):
            batch.append(line)
            if len(batch) == _BATCH:
                out.writelines(batch)
                batch.clear()
        out.writelines(batch)
    return path.stat().st_size


def write_workbook(path: Path, rows: int, *, seed: int) -> int:
    """Write the same people as `write_list` into the first sheet of an XLSX workbook; return its size in bytes."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.append(COLUMNS)
    for cells in csv.reader(_lines(rows, random.Random(seed), two_phones=False)):
        sheet.append(cells)
    book.save(path)
    return path.stat().st_size


def _lines(rows: int, chance: random.Random, *, two_phones: bool) -> Iterator[str]:
    start = chance.randrange(6_000_000)
    for at in range(rows):
        pick = chance.getrandbits(30)
        first, last = _FIRST[pick % len(_FIRST)], _LAST[(pick >> 4) % len(_LAST)]
        city, county, state, zip_code, area = _PLACES[at % len(_PLACES)]
        # A large odd step walks all 6,000,000 numbers of an area code before one repeats.
        local = 2_000_000 + (start + at // len(_PLACES) * 1_000_003) % 6_000_000
        second = ""
        if two_phones:
            other = 8_000_000 + (pick * 7 + at) % 1_990_000
            second = f"{area}-{other // 10_000:03d}-{other % 10_000:04d}"
        yield (
            f"{first},{last},{_FIRMS[pick % 5]},{1 + pick % 9_900} Mill Street,{city},{county},{state},{zip_code},"
            f"{area}-{local // 10_000:03d}-{local % 10_000:04d},{second},"
            f"{first.lower()}.{last.lower()}{at}@example.com,http://www.example.com\n"
        )
