"""The people of the demo's list as the test knows them: what only the gateway may read, and the right answers."""

import csv
from dataclasses import dataclass
from pathlib import Path

from dialer.demo.customers import write_customers
from tests.browser.leaks import Number


@dataclass(frozen=True)
class Customer:
    """One row of the list."""

    name: str
    number: Number
    row: dict[str, str]

    @property
    def answers(self) -> dict[str, str]:
        """The right answers by what the question asks for."""
        return {"post code": self.row["zip"], "account number": self.row["account_no"]}


def read_customers(folder: Path, *, count: int) -> list[Customer]:
    """Give the rows of the demo's list: its writer makes the same people every time."""
    path = folder / "customers.csv"
    write_customers(path, count=count)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    path.unlink()
    return [customer_of(row) for row in rows]


def customer_of(row: dict[str, str]) -> Customer:
    """Read a row with a phone of ten digits of North America."""
    digits = "".join(filter(str.isdigit, row["phone"]))
    return Customer(f"{row['first_name']} {row['last_name']}", Number(f"+1{digits}", digits), row)
