"""The demo's list: invented people with numbers from the range reserved for fiction (555-0100 to 555-0199)."""

import csv
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

_TOWNS: Final = (
    ("New Orleans", "LA", "70116", "504"),
    ("Chicago", "IL", "60632", "312"),
    ("Milwaukee", "WI", "53207", "414"),
    ("Denver", "CO", "80205", "303"),
    ("Phoenix", "AZ", "85012", "602"),
    ("San Francisco", "CA", "94104", "415"),
    ("Portland", "OR", "97202", "503"),
    ("Brooklyn", "NY", "11207", "718"),
    ("Boston", "MA", "02128", "617"),
    ("Atlanta", "GA", "30328", "404"),
)
_FIRST: Final = (
    "Helen", "Arthur", "Nadia", "Piotr", "Grace", "Omar", "Lucia", "Edwin", "Mabel", "Tomas",
    "Ingrid", "Ravi", "Clara", "Felix", "Noor", "Agnes", "Hector", "Wanda", "Silas", "Beatriz",
)  # fmt: skip
_LAST: Final = (
    "Archer", "Bellweather", "Castillo", "Dunmore", "Eastwick", "Farrow", "Galindo", "Hartley", "Imber", "Jessup",
    "Kowal", "Lindqvist", "Marlow", "Novak", "Okafor", "Penrose", "Quill", "Ramires", "Stanhope", "Thorne",
)  # fmt: skip
_TARIFFS: Final = ("Green Fixed 24", "Standard Variable", "Night Saver", "Family Fixed 12")
HEADER: Final = (
    "first_name", "last_name", "town", "state", "zip", "phone", "email", "customer_since", "tariff",
    "contract_ends", "yearly_use_kwh", "account_no", "credit_note",
)  # fmt: skip


def write_customers(path: Path, *, count: int, seed: int = 7) -> None:
    """Write `count` people (at most 400) as CSV with a header."""
    random = Random(seed)  # noqa: S311 - invented people, not a secret
    names = list(product(_FIRST, _LAST))
    random.shuffle(names)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, (first, last) in enumerate(names[:count]):
            town, state, code, area = _TOWNS[number % len(_TOWNS)]
            writer.writerow(
                (
                    first, last, town, state, code, f"{area}-555-{100 + number // len(_TOWNS):04d}",
                    f"{first}.{last}@mail.example".lower(), random.randint(2009, 2024), random.choice(_TARIFFS),
                    f"{random.randint(1, 28)}.{random.randint(1, 12)}.2027", random.randint(1800, 6400),
                    f"AV-{random.randint(100000, 999999)}", random.choice(("", "", "review", "dispute open")),
                )
            )  # fmt: skip
