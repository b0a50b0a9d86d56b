"""Who contacted whom, about one subject: a contact, a person who acted, a campaign; and one entry with its proof."""

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dialer.oversight.names import load_campaigns, load_names
from dialer.oversight.pages import frame, timeline, where
from dialer.oversight.queries import get_contact
from dialer.oversight.services import view_entry
from dialer.oversight.timeline import facts_of, row_of, seers_of
from tenants.evidence.services import proof_fields, prove_entry
from tenants.identity.access import firm_page
from tenants.identity.permissions import Action
from tenants.ledger.witnesses import list_active
from tenants.ledger.words import failure_of, lines_of
from tenants.oversight.filters import EntryFilter
from tenants.oversight.queries import count_contact, get_person, list_seers, load_outsourcers, load_people
from tenants.oversight.wording import act_of


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show everything on record about one contact, and who has seen this person."""
    actor, firm_id, zone = where(request)
    head = get_contact(firm_id=firm_id, contact_id=contact_id)
    with_looks = request.GET.get("looks") == "1"
    wanted = EntryFilter(contact_ids=(contact_id,), with_looks=with_looks)
    agents, calls, entries = count_contact(firm_id=firm_id, contact_ids=[contact_id])
    seers = list_seers(firm_id=firm_id, contact_id=contact_id)
    people = load_people(firm_id=firm_id, ids=[seer.person_id for seer in seers])
    context = {
        **frame(request, actor, zone),
        "contact": head,
        "agents": agents,
        "calls": calls,
        "entries": entries,
        "seers": seers_of(seers, people, load_outsourcers(firm_id)),
        "with_looks": with_looks,
        "number_said": request.GET.get("number", ""),
        **timeline(request, actor, wanted, zone, "contact"),
    }
    return render(request, "dialer/contact.html", context)


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def contact_agent(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Show everything one person did for the firm, or looked at in it."""
    actor, firm_id, zone = where(request)
    person = get_person(firm_id=firm_id, person_id=person_id)
    outsourcer = load_outsourcers(firm_id).get(person.outsourcer_id) if person.outsourcer_id else ""
    context = {
        **frame(request, actor, zone),
        "person": person,
        "outsourcer": outsourcer,
        **timeline(request, actor, EntryFilter(agent_id=person_id), zone, "agent"),
    }
    return render(request, "dialer/contact_agent.html", context)


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def contact_campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show everything that was done in one campaign; the firm's own looks only when asked for."""
    actor, firm_id, zone = where(request)
    name = load_campaigns(firm_id=firm_id, ids={campaign_id}).get(campaign_id)
    if name is None:
        raise Http404
    with_looks = request.GET.get("looks") == "1"
    wanted = EntryFilter(campaign_id=campaign_id, with_looks=with_looks)
    context = {
        **frame(request, actor, zone),
        "campaign_id": campaign_id,
        "campaign": name,
        "with_looks": with_looks,
        **timeline(request, actor, wanted, zone, "campaign"),
    }
    return render(request, "dialer/contact_campaign.html", context)


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show one entry in full with its proof, checked now: a panel beside the timeline, or a page of its own."""
    actor, firm_id, zone = where(request)
    found = view_entry(actor=actor, entry_id=entry_id)
    check = prove_entry(actor=actor, entry=found)
    names = load_names(firm_id=firm_id, entries=[found])
    context = {
        **frame(request, actor, zone),
        "entry": found,
        "row": row_of(found, names),
        "facts": facts_of(found, names),
        "act": act_of(found.event, allowed=found.allowed),
        "check": check,
        "proof_lines": lines_of(check, has_witness=bool(list_active(firm_id)), zone=zone),
        "proof_failure": failure_of(check),
    }
    is_panel = request.headers.get("HX-Request") == "true"
    return render(request, "dialer/entry_panel.html" if is_panel else "dialer/entry.html", context)


@require_safe
@firm_page(Action.CONTACTS_AUDIT)
def entry_proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Hand out one entry with its proof as a file. An entry that waits for its place is shown instead."""
    actor, _firm_id, _zone = where(request)
    check = prove_entry(actor=actor, entry=view_entry(actor=actor, entry_id=entry_id))
    if not check.note:
        return HttpResponse(status=302, headers={"Location": reverse("entry", args=[entry_id])})
    text = json.dumps(proof_fields(check), indent=2, ensure_ascii=False) + "\n"
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="entry-{check.position}.json"'
    return response
