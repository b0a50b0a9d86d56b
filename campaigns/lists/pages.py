"""The firm's pages of lists: counts, states, and the rows that were turned away. Never a cell of a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from campaigns.importing.models import ImportBatch, Reject
from campaigns.importing.sentences import failure_words, reason_mend, reason_title
from campaigns.lists import queries
from campaigns.planning.figures import bar_of
from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows

# A sheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@firm_page(Action.LIST_VIEW)
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """List the firm's lists with their counts."""
    actor = _actor(request)
    context = {
        "imports": list(queries.list_imports(firm_id=actor.own_firm_id)),
        "waiting": list(queries.list_waiting(firm_id=actor.own_firm_id)),
        "may_import": allows(actor, Action.LIST_IMPORT),
        "nav_active": "lists",
    }
    return render(request, "campaigns/lists_lists.html", context)


@firm_page(Action.LIST_VIEW)
@require_safe
def contact_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Show one list: what became of its rows, and why some were turned away."""
    batch = _find(request, list_id)
    context = {"nav_active": "lists", **fates_context(request, batch)}
    return render(request, "campaigns/lists_list.html", context)


@firm_page(Action.LIST_VIEW)
@require_safe
def list_rows(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Give the rows that were not stored as CSV: line, fate, reason, never a cell."""
    batch = _find(request, list_id)
    response = HttpResponse(
        "".join(rows_as_csv(queries.iterate_rejects(batch).iterator(chunk_size=5000))),
        content_type="text/csv; charset=utf-8",
    )
    name = slugify(batch.name.rpartition(".")[0]) or "list"
    response["Content-Disposition"] = f'attachment; filename="{name}-rows.csv"'
    return response


def fates_context(request: HttpRequest, batch: ImportBatch) -> dict[str, object]:
    """Return what the sum, its bar and the table of reasons show; `fate` in the address picks the table."""
    asked = request.GET.get("fate", "")
    fate = asked if asked in queries.FATES else queries.FATES[0]
    parts = (
        ("ok", "stored", batch.stored),
        ("warn", "duplicate", batch.duplicate),
        ("info", "suppressed", batch.suppressed),
        ("danger", "rejected", batch.rejected),
    )
    return {
        "batch": batch,
        "bar": bar_of(parts, batch.rows_in),
        "fate": fate,
        "groups": queries.group_rejects(batch, fate),
        "adds_up": batch.rows_in == batch.stored + batch.duplicate + batch.suppressed + batch.rejected,
        "failure": failure_words(batch.failure) if batch.failure else "",
    }


def rows_as_csv(rejects: Iterable[Reject]) -> Iterator[str]:
    """Yield lines of CSV, with cells that a sheet would take for a formula made text."""
    yield _line(["line", "fate", "reason", "column", "what to do"])
    for row in rejects:
        yield _line(
            [str(row.line_no), row.fate, reason_title(row.reason), row.column, reason_mend(row.reason)]
        )


def neutralise(cell: str) -> str:
    """Return the cell such that no sheet runs it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([neutralise(cell) for cell in cells])
    return out.getvalue()


def _find(request: HttpRequest, list_id: UUID) -> ImportBatch:
    found = queries.find_import_of_list(firm_id=_actor(request).own_firm_id, list_id=list_id)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
