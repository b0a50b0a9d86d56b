"""The sum that must always hold: rows in = stored + duplicate + suppressed + rejected."""

from dataclasses import dataclass


class CountsDoNotAddUp(AssertionError):
    """Rows were lost or counted twice; the import must not be called finished."""


@dataclass(slots=True)
class Counts:
    """Rows of one import by what became of them. Blank lines are no rows and stand beside the sum."""

    rows_in: int = 0
    stored: int = 0
    duplicate: int = 0
    suppressed: int = 0
    rejected: int = 0
    blank: int = 0

    def check(self) -> None:
        """Raises: CountsDoNotAddUp unless every row in has exactly one fate."""
        fates = self.stored + self.duplicate + self.suppressed + self.rejected
        values = (
            self.rows_in,
            self.stored,
            self.duplicate,
            self.suppressed,
            self.rejected,
            self.blank,
        )
        if self.rows_in != fates or min(values) < 0:
            raise CountsDoNotAddUp(f"{self.rows_in} rows in, {fates} accounted for")
