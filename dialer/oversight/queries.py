"""Reads for the evidence pages: what the filters offer, whom a number or reference names, what is open.

A number comes in for one lookup by keyed index; it must never be returned, stored or shown.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from campaigns.importing.normalise import PhoneReader
from campaigns.lists.models import Contact, ContactNumber
from campaigns.planning.models import Campaign, Disposition, RetryRule
from dialer.dispensing.models import Desk, Lease
from dialer.oversight.forms import Choices, FilterChoices
from dialer.oversight.names import load_campaigns, load_labels
from tenants.db.functions import call_rows
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.oversight.errors import NumberUnreadable
from tenants.oversight.queries import list_agents, load_outsourcers, load_people
from tenants.vault.index import firm_index_key, number_index
from tenants.vault.keyring import Keyring
from tenants.vault.sealed import SealedText

# As on the supervisor's floor: a desk that has not said for a minute that it is there is lost.
LOST_AFTER: Final = timedelta(seconds=60)
MOST_MATCHES: Final = 50
_REFERENCE: Final = re.compile(r"(?:C-?)?([0-9A-HJKMNP-TV-Z]{4})-?([0-9A-HJKMNP-TV-Z]{4})")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class ContactHead:
    """What the firm's pages may say of a contact: where it came from, never who it is."""

    id: UUID
    campaign_id: UUID
    campaign: str
    list_name: str
    line_no: int
    region: str
    zone: str


@dataclass(frozen=True, slots=True)
class OpenLease:
    """One record that is open at this moment. `for_s` counts seconds in the state."""

    id: UUID
    state: str
    for_s: int
    agent_id: UUID
    agent: str
    outsourcer: str
    contact_id: UUID
    campaign_id: UUID
    campaign: str
    seen: list[str]
    address: str
    stage: int
    opened_at: datetime
    stopping: bool


def load_choices(firm_id: UUID) -> FilterChoices:
    """Return what the filters offer: the firm's own outsourcers, agents, campaigns and outcomes."""
    outsourcers = load_outsourcers(firm_id)
    agents: dict[str, Choices] = {}
    for person in list_agents(firm_id):
        house = outsourcers.get(person.outsourcer_id, "") if person.outsourcer_id else ""
        agents.setdefault(house, []).append((str(person.id), person.name))
    campaigns = Campaign.objects.filter(firm_id=firm_id).order_by("name").values_list("id", "name")
    outcomes = (
        Disposition.objects.filter(firm_id=firm_id)
        .order_by("campaign__name", "position")
        .values_list("campaign__name", "id", "label")
    )
    recorded: dict[str, Choices] = {}
    for campaign, outcome_id, label in outcomes:
        recorded.setdefault(campaign, []).append((str(outcome_id), label))
    return FilterChoices(
        outsourcers=[(str(key), name) for key, name in outsourcers.items()],
        agents=list(agents.items()),
        campaigns=[(str(key), name) for key, name in campaigns],
        outcomes=[*recorded.items(), (str(_("The network")), _results())],
    )


def get_contact(*, firm_id: UUID, contact_id: UUID) -> ContactHead:
    """Return the head of a contact's page.

    Raises: Http404 when there is none, or it is another firm's.
    """
    row = (
        Contact.objects.filter(firm_id=firm_id, id=contact_id)
        .values("line_no", "region", "zone", "list__name", "list__campaign_id", "list__campaign__name")
        .first()
    )
    if row is None:
        raise Http404
    return ContactHead(
        id=contact_id,
        campaign_id=row["list__campaign_id"],
        campaign=row["list__campaign__name"],
        list_name=row["list__name"],
        line_no=row["line_no"],
        region=row["region"],
        zone=row["zone"],
    )


def find_by_number(*, firm_id: UUID, country: str, typed: SealedText, keyring: Keyring) -> tuple[UUID, ...]:
    """Return the firm's contacts that have this number, at most 50, by keyed index.

    Raises: NumberUnreadable.
    """
    reading = _reader(country).read(typed.open_text())
    if reading.e164 is None:
        raise NumberUnreadable
    index = number_index(firm_index_key(keyring.index_master(), firm_id), reading.e164)
    # The unique index begins with firm and campaign, so the campaigns are named.
    campaigns = list(Campaign.objects.filter(firm_id=firm_id).values_list("id", flat=True))
    found = ContactNumber.objects.filter(firm_id=firm_id, campaign_id__in=campaigns, number_index=index)
    return tuple(found.order_by("contact_id").values_list("contact_id", flat=True)[:MOST_MATCHES])


def find_by_reference(*, firm_id: UUID, reference: str) -> tuple[UUID, ...]:
    """Return the firm's contacts of this reference (C-7K4Q-92XD, or an id) ever handed out, at most 50."""
    text = reference.strip().upper()
    try:
        return (UUID(text),)
    except ValueError:
        match = _REFERENCE.fullmatch(text)
    if match is None:
        return ()
    bits = 0
    for letter in match[1] + match[2]:
        bits = bits << 5 | _CROCKFORD.index(letter)
    found = call_rows("dialer_find_reference_v1", f"{bits:010x}")
    return tuple(row["dialer_find_reference_v1"] for row in found)


def list_open(*, firm_id: UUID, now: datetime) -> list[OpenLease]:
    """Return every open record of the firm, the one opened first on top."""
    leases = list(Lease.objects.filter(firm_id=firm_id, closed_at__isnull=True).order_by("opened_at", "id"))
    agents = {lease.agent_id for lease in leases}
    desks = {desk.lease_id: desk for desk in Desk.objects.filter(firm_id=firm_id, agent_id__in=agents)}
    people = load_people(firm_id=firm_id, ids=agents)
    outsourcers = load_outsourcers(firm_id)
    campaign_ids = {lease.campaign_id for lease in leases}
    campaigns = load_campaigns(firm_id=firm_id, ids=campaign_ids)
    labels = load_labels(firm_id=firm_id, campaign_ids=campaign_ids)
    addresses = _addresses(firm_id, leases)
    rows = []
    for lease in leases:
        desk = desks.get(lease.id)
        state, since = _state(desk, lease, now)
        person = people.get(lease.agent_id)
        rows.append(
            OpenLease(
                id=lease.id,
                state=state,
                for_s=max(0, int((now - since).total_seconds())),
                agent_id=lease.agent_id,
                agent=person.name if person else str(lease.agent_id),
                outsourcer=outsourcers.get(lease.outsourcer_id, ""),
                contact_id=lease.contact_id,
                campaign_id=lease.campaign_id,
                campaign=campaigns.get(lease.campaign_id, ""),
                seen=[label for stage, label in labels.get(lease.campaign_id, []) if stage <= lease.stage],
                address=addresses.get(lease.id, ""),
                stage=lease.stage,
                opened_at=lease.opened_at,
                stopping=desk is not None and desk.pause_after == "stopped_by_firm",
            )
        )
    return rows


def count_open(firm_id: UUID) -> int:
    """Return how many records of the firm are open now."""
    return Lease.objects.filter(firm_id=firm_id, closed_at__isnull=True).count()


def _state(desk: Desk | None, lease: Lease, now: datetime) -> tuple[str, datetime]:
    if desk is None:
        return "lost", lease.opened_at
    if desk.state != "paused" and now - desk.seen_at > LOST_AFTER:
        return "lost", desk.seen_at
    return desk.state, desk.since


def _addresses(firm_id: UUID, leases: list[Lease]) -> dict[UUID, str]:
    # The session's address stands in the entry of the hand-out; sessions themselves are closed to this login.
    contacts = [lease.contact_id for lease in leases]
    rows = (
        Entry.objects.filter(firm_id=firm_id, contact_id__in=contacts, subject_kind="lease")
        .filter(event__in=[str(Event.CONTACT_RESERVED), str(Event.CONTACT_REVEALED)], actor_kind="person")
        .filter(subject_id__in=[lease.id for lease in leases])
        .order_by("at")
        .values_list("subject_id", "address")
    )
    return {lease_id: address for lease_id, address in rows if lease_id and address}


def _results() -> Choices:
    return [
        ("answered", _("Answered")),
        *RetryRule.Result.choices,
        ("cancelled", _("Ended before the answer")),
    ]


@lru_cache(maxsize=8)
def _reader(country: str) -> PhoneReader:
    return PhoneReader(country)
