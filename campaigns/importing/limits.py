"""How big a list may be. Generous, so that only damage and attacks meet them."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes or characters as named; rows and columns are counts."""

    csv_rows: int = 5_000_000
    csv_bytes: int = 4096 * MIB
    xlsx_rows: int = 1_048_576
    xlsx_bytes: int = 200 * MIB
    xlsx_unpacked_bytes: int = 1536 * MIB
    xlsx_ratio: int = 200
    xlsx_members: int = 2_000
    xlsx_cells: int = 30_000_000
    xlsx_text_bytes: int = 2048 * MIB
    columns: int = 512
    cell_chars: int = 32_767
    line_chars: int = MIB
    quoted_lines: int = 50
    field_chars: int = 2_000
