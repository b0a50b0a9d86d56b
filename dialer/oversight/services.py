"""Looks at the record, each an entry itself, and the firm's stop of an open record. Keeps no number."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dialer.oversight.errors import LeaseGone
from dialer.oversight.queries import OpenLease, find_by_number, list_open
from dialer.oversight.wake import wake_desk_after_commit
from tenants.db.functions import call
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, require
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.ledger.services import append_entry
from tenants.oversight.cursor import Cursor
from tenants.oversight.errors import NumberUnreadable
from tenants.oversight.filters import EntryFilter
from tenants.oversight.queries import AgentTotals, get_entry, has_recent, list_entries, total_agents
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedText

# A page that stays open asks every two seconds; one entry tells of ten minutes of it.
LIVE_LOOK: Final = timedelta(minutes=10)


def view_entries(
    *, actor: Actor, wanted: EntryFilter, after: Cursor | None, view: str, limit: int
) -> tuple[list[Entry], Cursor | None]:
    """Return a page of entries, and where the next begins; the look is an entry.

    `view` is a code of the page that asks: contact, all, contacts, agent, api.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.CONTACTS_AUDIT).own_firm_id
    entries, following = list_entries(firm_id=firm_id, wanted=wanted, after=after, limit=limit)
    _record_look(actor, wanted, view=view, shown=len(entries), is_later=after is not None)
    return entries, following


def view_agents(*, actor: Actor, wanted: EntryFilter) -> list[AgentTotals]:
    """Return the totals of every agent; the look is an entry.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.CONTACTS_AUDIT).own_firm_id
    totals = total_agents(firm_id=firm_id, wanted=wanted)
    _record_look(actor, wanted, view="agents", shown=len(totals), is_later=False)
    return totals


def view_entry(*, actor: Actor, entry_id: UUID) -> Entry:
    """Return one entry in full; the look is an entry.

    Raises: NotAllowed; Http404 when it is not the firm's.
    """
    firm_id = require(actor, Action.CONTACTS_AUDIT).own_firm_id
    entry = get_entry(firm_id=firm_id, entry_id=entry_id)
    append_entry(
        actor=actor,
        event=Event.ENTRY_VIEWED,
        subject_kind="entry",
        subject_id=entry.id,
    )
    return entry


def search_number(*, actor: Actor, typed: SealedText, country: str, keyring: Keyring) -> tuple[UUID, ...]:
    """Return the contacts that have this number; the search is an entry that holds how many there were.

    Raises: NotAllowed, NumberUnreadable.
    """
    firm_id = require(actor, Action.NUMBER_SEARCH).own_firm_id
    try:
        found = find_by_number(firm_id=firm_id, country=country, typed=typed, keyring=keyring)
    except NumberUnreadable:
        append_entry(actor=actor, event=Event.NUMBER_SEARCHED, reason="unreadable", details={"found": 0})
        raise
    append_entry(actor=actor, event=Event.NUMBER_SEARCHED, details={"found": len(found)})
    return found


def view_live(*, actor: Actor, now: datetime, is_new_look: bool) -> list[OpenLease]:
    """Return every open record of the firm. A new look is an entry, and so is every ten minutes of watching.

    Raises: NotAllowed.
    """
    firm_id = require(actor, Action.LIVE_VIEW).own_firm_id
    rows = list_open(firm_id=firm_id, now=now)
    is_told = not is_new_look and has_recent(
        firm_id=firm_id,
        person_id=actor.person_id,
        event=Event.LIVE_VIEWED,
        session_ref=actor.session_ref,
        since=now - LIVE_LOOK,
    )
    if not is_told:
        append_entry(actor=actor, event=Event.LIVE_VIEWED, details={"open": len(rows)})
    return rows


def stop_lease(*, actor: Actor, lease_id: UUID, reason: str) -> bool:
    """Take an open record back, at once or when its call ends, and pause its agent. True when at once.

    `reason` is a code. The database resolves who asks from the running transaction and writes the entry.

    Raises: NotAllowed, LeaseGone.
    """
    require(actor, Action.LEASE_STOP)
    answer = call("dialer_stop_lease_v2", lease_id, reason, actor.address, actor.device)
    if not answer["ok"]:
        raise LeaseGone
    wake_desk_after_commit(UUID(answer["agent_id"]))
    return bool(answer["at_once"])


def _record_look(actor: Actor, wanted: EntryFilter, *, view: str, shown: int, is_later: bool) -> None:
    is_one_contact = len(wanted.contact_ids) == 1
    append_entry(
        actor=actor,
        event=Event.CONTACTS_VIEWED,
        subject_kind="person" if wanted.agent_id else "",
        subject_id=wanted.agent_id,
        campaign_id=wanted.campaign_id,
        contact_id=wanted.contact_ids[0] if is_one_contact else None,
        details={"view": view, "filters": wanted.kinds(), "entries": shown, "page": is_later},
    )
