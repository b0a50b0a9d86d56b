"""Reads of exports: who asked, who approved, where each stands. Never a key's warrant and never a contact."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from campaigns.exporting.models import Export
from campaigns.lists.models import ContactList
from tenants.identity.models import Person

SHOWN = 200


def list_exports(*, firm_id: UUID) -> QuerySet[Export]:
    """Return the firm's exports, newest first, at most `SHOWN`."""
    return Export.objects.filter(firm_id=firm_id).select_related("list").order_by("-requested_at")[:SHOWN]


def find_export(*, firm_id: UUID, export_id: UUID) -> Export | None:
    """Return an export of the firm, None when it is not theirs or not there."""
    return Export.objects.filter(firm_id=firm_id, id=export_id).select_related("list").first()


def list_exportable(*, firm_id: UUID) -> QuerySet[ContactList]:
    """Return the firm's lists that are whole and whose keys were not destroyed, newest first."""
    ready = ContactList.State.READY
    return (
        ContactList.objects.filter(firm_id=firm_id, state=ready)
        .select_related("campaign")
        .order_by("-created_at")
    )


def find_list(*, firm_id: UUID, list_id: UUID) -> ContactList | None:
    """Return a list of the firm, whatever its state."""
    return ContactList.objects.filter(firm_id=firm_id, id=list_id).first()


def name_people(*, firm_id: UUID, person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of people of the firm by id."""
    wanted = {one for one in person_ids if one is not None}
    return dict(Person.objects.filter(firm_id=firm_id, id__in=wanted).values_list("id", "name"))
