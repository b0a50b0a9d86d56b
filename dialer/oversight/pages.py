"""Who contacted whom: the record by filters, totals by agent, and the search by number."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from dialer.oversight.forms import EntryFilterForm, NumberForm, read_contacts
from dialer.oversight.names import load_names
from dialer.oversight.queries import find_by_reference, load_choices
from dialer.oversight.services import search_number, view_agents, view_entries
from dialer.oversight.timeline import days_of
from tenants.identity.access import firm_page
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows
from tenants.ledger.queries import list_signed, load_seal
from tenants.oversight.cursor import Cursor, CursorError, read_cursor, write_cursor
from tenants.oversight.errors import NumberUnreadable
from tenants.oversight.filters import EntryFilter
from tenants.oversight.queries import PAGE_ROWS, get_firm, load_outsourcers, load_people
from tenants.vault.sealed import SealedText

VIEWS: Final = ("contact", "agent", "all")
_FILTERS: Final = ("period", "since", "until", "outsourcer", "agent", "campaign", "outcome", "verdict")


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def contacts(request: HttpRequest) -> HttpResponse:
    """Show the record by filters: of contacts, by agent, or every entry."""
    actor, firm_id, zone = where(request)
    view = request.GET.get("view", "contact")
    view = view if view in VIEWS else "contact"
    form = EntryFilterForm(_filled(request.GET), choices=load_choices(firm_id))
    asked = form.read(zone=zone, now=timezone.now())
    chosen = _chosen_contacts(request, firm_id)
    wanted = _narrowed(asked, chosen or (), view)
    context = {
        **frame(request, actor, zone),
        "form": form,
        "view": view,
        "views": _view_links(request.GET),
        "chips": _chips(request, form, chosen or ()),
        "number_form": NumberForm(auto_id="number-%s"),
        "number_said": request.GET.get("number", ""),
        "is_reference_unknown": chosen is None,
        "can_search": allows(actor, Action.NUMBER_SEARCH),
    }
    if form.errors:
        # Without the filter that could not be read, far more would be shown than was asked for.
        context.update(days=[], older_url="", totals=[])
    elif view == "agent":
        context["totals"] = _agent_rows(actor, firm_id, wanted)
    elif chosen is None:
        context.update(days=[], older_url="")
    else:
        context.update(timeline(request, actor, wanted, zone, view))
    return render(request, "dialer/contacts.html", context)


@require_POST
@sensitive_post_parameters("number")
@firm_page(Action.NUMBER_SEARCH)
def find_number(request: HttpRequest) -> HttpResponse:
    """Match a typed number and go to whom it names. Neither the answer nor its address holds the number."""
    actor, firm_id, _zone = where(request)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _to_contacts(number="unreadable")
    try:
        found = search_number(
            actor=actor,
            typed=SealedText(form.cleaned_data["number"]),
            country=get_firm(firm_id).country,
            keyring=settings.KEYRING,
        )
    except NumberUnreadable:
        return _to_contacts(number="unreadable")
    if not found:
        return _to_contacts(number="none")
    if len(found) == 1:
        return HttpResponseRedirect(reverse("contact", args=[found[0]]) + "?number=found")
    return _to_contacts(number="found", period="all", contact=[str(contact_id) for contact_id in found])


def where(request: HttpRequest) -> tuple[Actor, UUID, ZoneInfo]:
    """Return who asks, in which firm, and the zone in which the firm reads times."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, actor.own_firm_id, ZoneInfo(get_firm(actor.own_firm_id).time_zone)


def frame(request: HttpRequest, actor: Actor, zone: ZoneInfo) -> dict[str, Any]:
    """Return what every page of the record needs: how far it is signed, and which entry was chosen."""
    return {
        "nav_active": "contacts",
        "zone": zone,
        "actor": actor,
        "seal": load_seal(firm_id=actor.own_firm_id, now=timezone.now()),
        "chosen_entry": request.GET.get("entry", ""),
    }


def _filled(asked: QueryDict) -> QueryDict:
    # What is shown as chosen must be what was asked: an address without a period means the last 30 days.
    filled = asked.copy()
    if not filled.get("period"):
        filled["period"] = "days" if filled.get("since") or filled.get("until") else "30"
    return filled


def _narrowed(asked: EntryFilter, contact_ids: tuple[UUID, ...], view: str) -> EntryFilter:
    return EntryFilter(
        since=asked.since,
        until=asked.until,
        outsourcer_id=asked.outsourcer_id,
        agent_id=asked.agent_id,
        campaign_id=asked.campaign_id,
        contact_ids=contact_ids,
        outcome=asked.outcome,
        allowed=asked.allowed,
        contacts_only=view == "contact",
        with_looks=view != "contact",
    )


def _chosen_contacts(request: HttpRequest, firm_id: UUID) -> tuple[UUID, ...] | None:
    """Contacts named in the address; None when a reference was given that names none."""
    chosen = read_contacts(request.GET.getlist("contact"))
    reference = request.GET.get("reference", "").strip()[:40]
    if not reference:
        return chosen
    found = find_by_reference(firm_id=firm_id, reference=reference)
    return chosen + found if found else None


def timeline(
    request: HttpRequest, actor: Actor, wanted: EntryFilter, zone: ZoneInfo, view: str
) -> dict[str, Any]:
    """Return one page of entries by day, what of it is signed, and the addresses of the next; the look is an entry."""
    after = _place(request)
    entries, following = view_entries(actor=actor, wanted=wanted, after=after, view=view, limit=PAGE_ROWS)
    names = load_names(firm_id=actor.own_firm_id, entries=entries)
    signed = list_signed(firm_id=actor.own_firm_id, entry_ids=[entry.id for entry in entries])
    query = request.GET.copy()
    query.pop("entry", None)
    newest = query.copy()
    newest.pop("after", None)
    older = ""
    if following is not None:
        query["after"] = write_cursor(following)
        older = f"?{query.urlencode()}"
    return {
        "days": days_of(entries, names, zone, signed=signed),
        "older_url": older,
        "newest_url": f"?{newest.urlencode()}" if after is not None else "",
    }


def _place(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("after", "")
    if not text:
        return None
    try:
        return read_cursor(text)
    except CursorError:
        # An address that was cut off begins again from the newest.
        return None


def _agent_rows(actor: Actor, firm_id: UUID, wanted: EntryFilter) -> list[dict[str, Any]]:
    totals = view_agents(actor=actor, wanted=wanted)
    people = load_people(firm_id=firm_id, ids=[total.agent_id for total in totals])
    houses = load_outsourcers(firm_id)
    return [
        {
            "total": total,
            "name": people[total.agent_id].name if total.agent_id in people else str(total.agent_id),
            "known": total.agent_id in people,
            "outsourcer": houses.get(total.outsourcer_id, "") if total.outsourcer_id else "",
        }
        for total in totals
    ]


def _view_links(asked: QueryDict) -> list[tuple[str, str]]:
    links = []
    for view in VIEWS:
        query = asked.copy()
        for name in ("after", "entry", "number"):
            query.pop(name, None)
        query["view"] = view
        links.append((view, f"?{query.urlencode()}"))
    return links


def _chips(
    request: HttpRequest, form: EntryFilterForm, contact_ids: tuple[UUID, ...]
) -> list[dict[str, Any]]:
    """Active filters, each with the address that takes it away."""
    chips: list[dict[str, Any]] = []
    for name in _FILTERS:
        value = request.GET.get(name, "")
        if not value or name in form.errors:
            continue
        chips.append(
            {"label": form.fields[name].label, "value": form.display(name), "url": _without(request, name)}
        )
    for contact_id in contact_ids:
        chips.append({"contact_id": contact_id, "url": _without(request, "contact", "reference", "number")})
    return chips


def _without(request: HttpRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in (*names, "after", "entry"):
        query.pop(name, None)
    return f"?{query.urlencode()}"


def _to_contacts(**query: Any) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('contacts')}?{urlencode(query, doseq=True)}")
