"""What would happen to the first rows of a file, for its manager. Of a number only region and last two digits.

Looks up duplicates and suppression by keyed index, so no number reaches the database.
"""

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.importing.columns import phone_like
from campaigns.importing.delimited import Cells, Unreadable
from campaigns.importing.judge import Accepted, Judge, Number, Rejected, clean_field
from campaigns.importing.models import ImportBatch
from campaigns.importing.read import open_table
from campaigns.importing.sentences import reason_title
from campaigns.importing.stored import ChosenColumn, as_mapping, from_json
from campaigns.lists.models import ContactNumber
from campaigns.suppression.models import Suppression
from tenants.vault.index import firm_index_key, number_index
from tenants.vault.keyring import Keyring

PREVIEW_ROWS = 20
_NAME_ROLES = ("name", "first_name", "last_name")
_SAMPLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row: its line, the person's name, what was read, the verdict ('store', ...) and its words."""

    line_no: int
    name: str
    read_as: str
    fate: str
    words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, one sample for each column of the file, and how many rows have each fate."""

    rows: tuple[PreviewRow, ...]
    samples: tuple[str, ...]
    counts: dict[str, int]


def preview_import(batch: ImportBatch, stream: BinaryIO, keyring: Keyring) -> Preview:
    """Judge the first rows as the import would. Raises: TableError, MappingError without a phone column."""
    table = open_table(stream, filename=batch.name, header=batch.has_header)
    chosen = from_json(batch.mapping)
    judge = Judge(
        as_mapping(chosen), batch.region or None, "keep" if batch.possible_numbers == "keep" else "reject"
    )
    taken = list(islice(table.rows(), PREVIEW_ROWS))
    verdicts = [judge.judge(line_no, cells) for line_no, cells in taken]
    known = _Known(batch, keyring, [row for row in verdicts if isinstance(row, Accepted)])
    rows = tuple(
        _row(verdict, cells, chosen, known) for verdict, (_line, cells) in zip(verdicts, taken, strict=True)
    )
    counts = dict.fromkeys(("store", "duplicate", "suppressed", "reject"), 0)
    for row in rows:
        counts[row.fate] += 1
    phones = {column.index for column in chosen if column.role == "phone"}
    samples = tuple(_sample(at, taken, at in phones) for at in range(len(table.columns)))
    return Preview(rows, samples, counts)


class _Known:
    """Which of the rows' numbers are suppressed or in the campaign already, asked once for all rows."""

    def __init__(self, batch: ImportBatch, keyring: Keyring, rows: list[Accepted]) -> None:
        self._key = firm_index_key(keyring.index_master(), batch.firm_id)
        indexes = [self.index(number) for row in rows for number in row.numbers]
        firm = Q(firm_id=batch.firm_id)
        live = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        here = Q(campaign_id=batch.campaign_id) | Q(campaign_id=None)
        suppressed = Suppression.objects.filter(firm, live, here, number_index__in=indexes)
        self.suppressed: dict[bytes, UUID | None] = {
            bytes(index): campaign_id
            for index, campaign_id in suppressed.values_list("number_index", "campaign_id")
        }
        stored = ContactNumber.objects.filter(firm, campaign_id=batch.campaign_id, number_index__in=indexes)
        self.stored = {bytes(index) for index in stored.values_list("number_index", flat=True)}
        self.lines: dict[bytes, int] = {}

    def index(self, number: Number) -> bytes:
        return number_index(self._key, number[1])


def _row(verdict: Accepted | Rejected, cells: Cells, chosen: list[ChosenColumn], known: _Known) -> PreviewRow:
    name = _name(cells, chosen)
    if isinstance(verdict, Rejected):
        return PreviewRow(verdict.line_no, name, reason_title(verdict.reason), "reject", _("Reject"))
    first, *others = verdict.numbers
    read_as = _("%(region)s, ends %(digits)s") % {"region": first[2] or "?", "digits": first[1][-2:]}
    if others:
        read_as = _("%(number)s, and %(count)d more") % {"number": read_as, "count": len(others)}
    fate, words = _fate(verdict, known)
    return PreviewRow(verdict.line_no, name, read_as, fate, words)


def _fate(row: Accepted, known: _Known) -> tuple[str, str]:
    indexes = [known.index(number) for number in row.numbers]
    hit = next((index for index in indexes if index in known.suppressed), None)
    if hit is not None:
        firm_wide = known.suppressed[hit] is None
        return "suppressed", _("Suppressed, firm list") if firm_wide else _("Suppressed, campaign list")
    fresh = [index for index in indexes if index not in known.stored and index not in known.lines]
    if not fresh:
        line = next((known.lines[index] for index in indexes if index in known.lines), None)
        if line is None:
            return "duplicate", _("Duplicate, in the campaign")
        return "duplicate", _("Duplicate of line %(line)d") % {"line": line}
    known.lines.update(dict.fromkeys(fresh, row.line_no))
    return "store", _("Store")


def _name(cells: Cells, chosen: list[ChosenColumn]) -> str:
    if isinstance(cells, Unreadable):
        return ""
    parts = [cells[column.index] for column in chosen if column.role in _NAME_ROLES]
    return clean_field(" ".join(parts))[:_SAMPLE_CHARS]


def _sample(at: int, rows: list[tuple[int, Cells]], is_phone: bool) -> str:
    for _line, cells in rows:
        if isinstance(cells, list) and (text := clean_field(cells[at])):
            # A column that looks like phones is covered too, whatever it was mapped to.
            return f"••• ••{text[-2:]}" if is_phone or phone_like(text) else text[:_SAMPLE_CHARS]
    return ""
