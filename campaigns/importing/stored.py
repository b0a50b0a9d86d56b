"""How a mapped file is kept with its batch: which column becomes what, under which key. Pure; never a cell.

A column with a known role is kept under the role's name, so that scripts and rules fit every later list too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from campaigns.importing.columns import ColumnGuess
from campaigns.importing.mapping import MappedColumn, Mapping

NEVER = 9
VISIBILITY = {"before": 0, "answered": 1, "verified": 2, "never": NEVER}
# Roles whose values are the usual answers to a question, so they can be compared from the first list on.
COMPARED_ROLES = frozenset({"postcode", "external_id"})


@dataclass(frozen=True, slots=True)
class ChosenColumn:
    """One column of the file that is kept. `key` names it in the campaign; phones have no key.

    `compared` asks for a question whose answer is compared and never shown.
    """

    index: int
    name: str
    role: str
    key: str = ""
    label: str = ""
    visible: int = NEVER
    compared: bool = False


def choose_from_guesses(guesses: Sequence[ColumnGuess]) -> list[ChosenColumn]:
    """Return the columns as the guesses suggest; what they do not recognise nobody sees."""
    return with_keys(
        ChosenColumn(at, guess.name, guess.role, "", guess.label, VISIBILITY[guess.visibility])
        for at, guess in enumerate(guesses)
    )


def choose_from_mapping(mapping: Mapping, guesses: Sequence[ColumnGuess]) -> list[ChosenColumn]:
    """Return the columns of a mapping a person gave, with labels and suggestions from the guesses."""
    columns = sorted((*mapping.phones, *mapping.fields), key=lambda column: column.index)
    return with_keys(
        ChosenColumn(
            column.index,
            column.name,
            column.role,
            "",
            guesses[column.index].label,
            VISIBILITY[guesses[column.index].visibility] if column.role != "phone" else NEVER,
        )
        for column in columns
    )


def with_keys(columns: Iterable[ChosenColumn]) -> list[ChosenColumn]:
    """Return the columns with their keys: the role, else the header; none twice."""
    made: list[ChosenColumn] = []
    taken: set[str] = set()
    for column in columns:
        key = ""
        if column.role != "phone":
            # A merge field is written in braces, so its name holds none.
            stem = column.role if column.role != "other" else column.name.replace("{", "(").replace("}", ")")
            key, turn = stem, 2
            while key.casefold() in taken:
                key, turn = f"{stem} ({turn})", turn + 1
            taken.add(key.casefold())
        made.append(replace(column, key=key, label=column.label or column.name))
    return made


def to_json(columns: Iterable[ChosenColumn]) -> dict[str, Any]:
    """Return the form kept in the batch."""
    return {"columns": [asdict(column) for column in columns]}


def from_json(stored: dict[str, Any]) -> list[ChosenColumn]:
    """Return the columns of what `to_json` gave."""
    return [ChosenColumn(**column) for column in stored.get("columns", [])]


def as_mapping(columns: Iterable[ChosenColumn]) -> Mapping:
    """Return the mapping the judge works by. Raises: MappingError without a phone."""
    mapped = [MappedColumn(column.name, column.index, column.role) for column in columns]
    return Mapping(
        phones=tuple(column for column in mapped if column.role == "phone"),
        fields=tuple(column for column in mapped if column.role != "phone"),
    )
