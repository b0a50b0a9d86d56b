"""Reads of lists and imports: names, states and counts. Never a contact's fields: no firm opens them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from campaigns.importing.models import ImportBatch, Reject
from campaigns.importing.sentences import reason_mend, reason_title

FATES = ("rejected", "duplicate", "suppressed")
_LINES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class RejectGroup:
    """Rows turned away for one reason in one column, with the first of their lines."""

    count: int
    title: str
    mend: str
    column: str
    lines: tuple[int, ...]

    @property
    def more(self) -> int:
        """Rows beyond the lines shown."""
        return self.count - len(self.lines)


def list_imports(*, firm_id: UUID) -> QuerySet[ImportBatch]:
    """Return the firm's imports that have a list, newest first."""
    return (
        ImportBatch.objects.filter(firm_id=firm_id, list__isnull=False)
        .select_related("list", "campaign")
        .order_by("-created_at")
    )


def list_waiting(*, firm_id: UUID) -> QuerySet[ImportBatch]:
    """Return uploads whose columns nobody has confirmed yet, newest first."""
    return (
        ImportBatch.objects.filter(firm_id=firm_id, state=ImportBatch.State.UPLOADED)
        .select_related("campaign")
        .order_by("-created_at")
    )


def find_import(*, firm_id: UUID, batch_id: UUID) -> ImportBatch | None:
    """Return an import of the firm, None when it is not theirs or not there."""
    return ImportBatch.objects.filter(firm_id=firm_id, id=batch_id).select_related("list", "campaign").first()


def find_import_of_list(*, firm_id: UUID, list_id: UUID) -> ImportBatch | None:
    """Return the import that made a list of the firm."""
    return list_imports(firm_id=firm_id).filter(list_id=list_id).first()


def group_rejects(batch: ImportBatch, fate: str) -> list[RejectGroup]:
    """Return the rows with this fate by reason and column, most rows first."""
    rows = Reject.objects.filter(firm_id=batch.firm_id, batch_id=batch.id, fate=fate)
    groups = rows.values("reason", "column").annotate(count=Count("id"), first=Min("line_no"))
    return [
        RejectGroup(
            count=group["count"],
            title=reason_title(group["reason"]),
            mend=reason_mend(group["reason"]),
            column=group["column"],
            lines=tuple(
                rows.filter(reason=group["reason"], column=group["column"])
                .order_by("line_no")
                .values_list("line_no", flat=True)[:_LINES_SHOWN]
            ),
        )
        for group in groups.order_by("-count", "first")
    ]


def iterate_rejects(batch: ImportBatch) -> QuerySet[Reject]:
    """Return every row turned away, in the order of the file."""
    return Reject.objects.filter(firm_id=batch.firm_id, batch_id=batch.id).order_by("line_no", "id")
