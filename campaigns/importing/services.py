"""Every write of the firm about an import: taking the file, choosing columns, starting, cancelling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.importing.columns import guess_columns
from campaigns.importing.errors import ImportCancelled, ImportNotFound, ImportOver, NoPhoneColumn, RoleTwice
from campaigns.importing.jobs import defer_import
from campaigns.importing.models import ImportBatch
from campaigns.importing.read import Table, open_table
from campaigns.importing.spooling import remove_spool
from campaigns.importing.stored import NEVER, ChosenColumn, choose_from_guesses, from_json, to_json, with_keys
from campaigns.lists.models import ContactList
from campaigns.planning.errors import CampaignNotFound
from campaigns.planning.models import Campaign, Column
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.events import Event
from tenants.ledger.services import append_entry

_State = ImportBatch.State
_MAX_NAME = 160


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came: `batch_id` names its sealed form; size in bytes; `region` alpha-2, '' for none."""

    batch_id: UUID
    file_name: str
    size_bytes: int
    list_name: str
    region: str


@transaction.atomic
def take_upload(*, actor: Actor, campaign_id: UUID, upload: Upload, stream: BinaryIO) -> ImportBatch:
    """Look at the file's head and keep it as an import that waits for its columns.

    Raises: NotAllowed, CampaignNotFound, TableError when it is no list; the caller removes the file.
    """
    require(actor, Action.LIST_IMPORT)
    campaign = Campaign.objects.filter(firm_id=actor.own_firm_id, id=campaign_id).first()
    if campaign is None:
        raise CampaignNotFound
    table = open_table(stream, filename=upload.file_name)
    batch = ImportBatch(
        id=upload.batch_id,
        firm_id=actor.own_firm_id,
        campaign_id=campaign.id,
        created_by=actor.person_id,
        name=upload.file_name[:_MAX_NAME],
        region=upload.region or "",
        size_bytes=upload.size_bytes,
    )
    describe_file(batch, table, list_name=upload.list_name)
    batch.save()
    _append(actor, Event.LIST_UPLOADED, batch, size_bytes=batch.size_bytes, kind=batch.kind)
    return batch


def describe_file(batch: ImportBatch, table: Table, *, list_name: str) -> None:
    """Write to the batch what the file's head shows, with columns as guessed; does not save."""
    batch.kind, batch.encoding = table.kind, table.encoding[:40]
    batch.delimiter, batch.has_header = table.delimiter, table.has_header
    batch.file_columns = table.columns
    chosen = as_planned(batch, choose_from_guesses(guess_columns(table.columns, table.sample)))
    batch.mapping = {"list": list_name[:_MAX_NAME], **to_json(chosen)}


def as_planned(batch: ImportBatch, columns: Sequence[ChosenColumn]) -> list[ChosenColumn]:
    """Give columns that the campaign has already what its plan says: a second list must not open what is closed."""
    known = {
        column.name: column
        for column in Column.objects.filter(firm_id=batch.firm_id, campaign_id=batch.campaign_id)
    }
    return [
        replace(
            one,
            label=known[one.key].label,
            visible=known[one.key].visible,
            compared=known[one.key].visible == NEVER and bool(known[one.key].question),
        )
        if one.key in known
        else one
        for one in columns
    ]


@transaction.atomic
def choose_columns(
    *, actor: Actor, batch_id: UUID, columns: Sequence[ChosenColumn], keep_possible: bool, region: str
) -> ImportBatch:
    """Keep what a manager chose for the columns; nothing is stored of the file yet.

    Raises: NotAllowed, ImportNotFound, ImportOver.
    """
    require(actor, Action.LIST_IMPORT)
    batch = lock_import(actor, batch_id)
    if batch.state != _State.UPLOADED:
        raise ImportOver
    batch.mapping = {**batch.mapping, **to_json(with_keys(columns))}
    batch.possible_numbers = "keep" if keep_possible else "reject"
    batch.region = region
    batch.save(update_fields=["mapping", "possible_numbers", "region"])
    return batch


@transaction.atomic
def read_header_differently(
    *, actor: Actor, batch_id: UUID, has_header: bool, stream: BinaryIO
) -> ImportBatch:
    """Read the file again with or without a header line; the columns are guessed anew.

    Raises: NotAllowed, ImportNotFound, ImportOver, TableError.
    """
    require(actor, Action.LIST_IMPORT)
    batch = lock_import(actor, batch_id)
    if batch.state != _State.UPLOADED:
        raise ImportOver
    table = open_table(stream, filename=batch.name, header=has_header)
    describe_file(batch, table, list_name=batch.mapping.get("list", ""))
    batch.save()
    return batch


@transaction.atomic
def start_import(*, actor: Actor, batch_id: UUID) -> ImportBatch:
    """Make the list, settle who sees which column, and ask the worker to import, all or nothing.

    Raises: NotAllowed, ImportNotFound, ImportOver, NoPhoneColumn, RoleTwice.
    """
    require(actor, Action.LIST_IMPORT)
    batch = lock_import(actor, batch_id)
    if batch.state != _State.UPLOADED:
        raise ImportOver
    chosen = from_json(batch.mapping)
    check_columns(chosen)
    prepare_list(batch, chosen)
    batch.state = _State.QUEUED
    batch.save(update_fields=["list", "state"])
    if settle_columns(batch, chosen):
        campaign = Campaign.objects.select_for_update(of=("self",)).get(
            firm_id=batch.firm_id, id=batch.campaign_id
        )
        campaign.plan_version += 1
        campaign.save(update_fields=["plan_version"])
        append_entry(
            actor=actor,
            event=Event.PLAN_CHANGED,
            subject_kind="campaign",
            subject_id=campaign.id,
            campaign_id=campaign.id,
            details={"plan_version": campaign.plan_version, "changed": "columns"},
        )
    defer_import(batch.id)
    return batch


@transaction.atomic
def cancel_import(*, actor: Actor, batch_id: UUID) -> ImportBatch:
    """Stop an import; what a running one stored is cleared by the worker, and nothing of the file stays.

    Raises: NotAllowed, ImportNotFound, ImportOver.
    """
    require(actor, Action.LIST_IMPORT)
    batch = lock_import(actor, batch_id)
    if batch.state == _State.RUNNING and not batch.failure:
        batch.failure = ImportCancelled.code
        batch.save(update_fields=["failure"])
    elif batch.state in (_State.UPLOADED, _State.QUEUED):
        batch.state, batch.failure = _State.CANCELLED, ImportCancelled.code
        batch.finished_at = timezone.now()
        batch.save(update_fields=["state", "failure", "finished_at"])
        if batch.list_id is not None:
            ContactList.objects.filter(firm_id=batch.firm_id, id=batch.list_id).update(
                state=ContactList.State.FAILED
            )
        transaction.on_commit(lambda: remove_spool(batch.id))
    else:
        raise ImportOver
    _append(actor, Event.LIST_CANCELLED, batch)
    return batch


def record_preview(*, actor: Actor, batch: ImportBatch, rows: int) -> None:
    """Append that this person was shown the first rows of the file."""
    require(actor, Action.LIST_IMPORT)
    _append(actor, Event.LIST_PREVIEWED, batch, rows=rows)


def check_columns(columns: Sequence[ChosenColumn]) -> None:
    """Raises: NoPhoneColumn, RoleTwice."""
    roles = [column.role for column in columns if column.role not in ("phone", "other")]
    if not any(column.role == "phone" for column in columns):
        raise NoPhoneColumn
    if len(set(roles)) != len(roles):
        raise RoleTwice


def prepare_list(batch: ImportBatch, columns: Sequence[ChosenColumn]) -> ContactList:
    """Make the list that the import fills; it is not called while it is importing."""
    made = ContactList.objects.create(
        firm_id=batch.firm_id,
        campaign_id=batch.campaign_id,
        name=batch.mapping.get("list") or batch.name,
        columns=[column.key for column in columns if column.role != "phone"],
    )
    batch.list_id = made.id
    return made


def settle_columns(batch: ImportBatch, columns: Sequence[ChosenColumn]) -> bool:
    """Write who sees the columns; True when the campaign's plan is another now."""
    ours = {"firm_id": batch.firm_id, "campaign_id": batch.campaign_id}
    known = {column.name: column for column in Column.objects.filter(**ours)}
    changed = False
    position = max((column.position for column in known.values()), default=0)
    for chosen in columns:
        if chosen.role == "phone":
            continue
        column = known.get(chosen.key)
        if column is None:
            position += 1
            column = Column(**ours, name=chosen.key, position=position, label=chosen.label, role=chosen.role)
        elif column.visible == chosen.visible and bool(column.question) >= chosen.compared:
            continue
        column.visible = chosen.visible
        if chosen.compared and not column.question:
            column.question = _("What is your %(field)s?") % {"field": chosen.label[:100]}
        column.save()
        changed = True
    return changed


def lock_import(actor: Actor, batch_id: UUID) -> ImportBatch:
    """Return the firm's import, locked. Raises: ImportNotFound."""
    batch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .filter(firm_id=actor.own_firm_id, id=batch_id)
        .first()
    )
    if batch is None:
        raise ImportNotFound
    return batch


def _append(actor: Actor, event: Event, batch: ImportBatch, **details: int | str) -> None:
    append_entry(
        actor=actor,
        event=event,
        subject_kind="import",
        subject_id=batch.id,
        campaign_id=batch.campaign_id,
        details=details,
    )
