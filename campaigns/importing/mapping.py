"""Which column of a list becomes what. Unnamed columns are left out of the store, not kept just in case."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.importing.columns import ColumnGuess

ROLES = (
    "phone", "first_name", "last_name", "name", "email", "postcode", "town", "region", "country", "external_id",
    "other",
)  # fmt: skip


class MappingError(ValueError):
    """The mapping does not fit the list; `sentence` is for people and quotes column names only."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column by its name, its place in the row (from 0) and its role."""

    name: str
    index: int
    role: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """The phone columns in file order, and the other columns that are kept, in file order.

    Invariants: at least one phone column; no column is used twice.
    """

    phones: tuple[MappedColumn, ...]
    fields: tuple[MappedColumn, ...]

    def __post_init__(self) -> None:
        if not self.phones:
            raise MappingError(
                "no_phone",
                "No column is mapped as phone. Nothing was stored. Add --map phone=COLUMN.",
            )
        places = [column.index for column in (*self.phones, *self.fields)]
        if len(set(places)) != len(places):
            raise MappingError(
                "used_twice",
                "A column is mapped twice. Nothing was stored. Map each column once.",
            )


def mapping_from_guesses(guesses: Sequence[ColumnGuess]) -> Mapping:
    """Return the mapping the guesses propose, every column kept. Raises: MappingError without a phone."""
    made = [MappedColumn(guess.name, at, guess.role) for at, guess in enumerate(guesses)]
    return _split(made)


def parse_mapping(options: Iterable[str], columns: Sequence[str]) -> Mapping:
    """Return the mapping of `role=column` options; a repeated role keeps file order.

    Raises: MappingError naming an unknown role or column and the nearest that exists.
    """
    made: dict[int, MappedColumn] = {}
    for option in options:
        role, sign, wanted = option.partition("=")
        role = role.strip().lower().replace("-", "_")
        if not sign or not wanted.strip():
            raise MappingError(
                "bad_option",
                "Write the mapping as role=column, for example phone=Mobile.",
            )
        if role not in ROLES:
            raise MappingError(
                "unknown_role",
                f"There is no role {_quote(role)}. {_near(role, ROLES, 'Roles')}",
            )
        index = _find(wanted.strip(), columns)
        if index in made:
            raise MappingError(
                "used_twice",
                f"The column {_quote(columns[index])} is mapped twice. Map it once.",
            )
        made[index] = MappedColumn(columns[index], index, role)
    return _split([made[index] for index in sorted(made)])


def _split(columns: Iterable[MappedColumn]) -> Mapping:
    listed = list(columns)
    return Mapping(
        phones=tuple(column for column in listed if column.role == "phone"),
        fields=tuple(column for column in listed if column.role != "phone"),
    )


def _find(wanted: str, columns: Sequence[str]) -> int:
    for alike in (str, str.casefold):
        hits = [at for at, name in enumerate(columns) if alike(name) == alike(wanted)]
        if len(hits) == 1:
            return hits[0]
    raise MappingError(
        "unknown_column",
        f"The list has no column {_quote(wanted)}. {_near(wanted, columns, 'Columns')}",
    )


def _near(wanted: str, known: Sequence[str], what: str) -> str:
    by_fold = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(wanted.casefold(), list(by_fold), n=3, cutoff=0.5)
    if close:
        return f"Nearest: {', '.join(_quote(by_fold[name]) for name in close)}."
    shown = ", ".join(_quote(name) for name in known[:12])
    return f"{what}: {shown}{', and more' if len(known) > 12 else ''}."


def _quote(name: str) -> str:
    return f"“{name[:60]}”"
