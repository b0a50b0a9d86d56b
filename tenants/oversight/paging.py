"""Pages of the API's lists by key, newest first: no offset, so that a new row moves nothing."""

from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tenants.oversight.cursor import Cursor, CursorError, read_cursor, write_cursor

MOST_ROWS: Final = 200
USUAL_ROWS: Final = 50

Row = TypeVar("Row", bound=Model)


class PageQuery(serializers.Serializer[Any]):
    """What a list may be asked: how many rows, and from where on."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=USUAL_ROWS, required=False)
    cursor = serializers.CharField(
        max_length=64, required=False, default="", allow_blank=True, help_text="`next` of the page before."
    )


def read_place(text: str) -> Cursor | None:
    """Return the place a cursor names, None for the beginning.

    Raises: ValidationError.
    """
    if not text:
        return None
    try:
        return read_cursor(text)
    except CursorError:
        raise serializers.ValidationError({"cursor": _("not a place in this list")}) from None


def page_by_creation(rows: QuerySet[Row], *, asked: dict[str, Any]) -> tuple[list[Row], str | None]:
    """Return one page of rows by (created_at, id), newest first, and the cursor of the next.

    Raises: ValidationError.
    """
    limit = int(asked["limit"])
    after = read_place(asked["cursor"])
    if after is not None:
        rows = rows.filter(created_at__lte=after.at).exclude(created_at=after.at, id__gte=after.id)
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last: Any = found[limit - 1]
    return found[:limit], write_cursor(Cursor(last.created_at, last.id))
