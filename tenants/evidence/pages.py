"""Proof: the newest checkpoint and who keeps it, evidence to take home, the tools to check it, witnesses and alarms."""

from collections.abc import Iterable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tenants.evidence.errors import EvidenceBroken, NothingSigned
from tenants.evidence.forms import EvidenceForm
from tenants.evidence.services import export_evidence, keep_checkpoint, view_evidence
from tenants.evidence.tools import list_commands, list_tools, load_tool
from tenants.identity.access import firm_page, step_up
from tenants.identity.actor import Actor
from tenants.identity.permissions import Action, allows
from tenants.ledger.checkpoint import VerifyingKey
from tenants.ledger.entry_check import short_hash
from tenants.ledger.events import Event
from tenants.ledger.models import Entry
from tenants.ledger.queries import list_alarms, list_checkpoints, list_kept, list_keys
from tenants.ledger.witnesses import list_witnesses
from tenants.oversight.queries import get_firm, load_people
from tenants.oversight.wording import act_of, code_words

Response = TypeVar("Response", bound=HttpResponseBase)


@require_safe
@firm_page(Action.EVIDENCE_VIEW)
def evidence(request: HttpRequest) -> HttpResponse:
    """Show how far the log is signed, checked now, and everything to check it with elsewhere."""
    actor, zone = _where(request)
    firm_id, now = actor.own_firm_id, timezone.now()
    newest = view_evidence(actor=actor, now=now)
    keys = list_keys(firm_id)
    commands = list_commands(
        key=keys[-1].vkey if keys else "", address=request.build_absolute_uri("/").rstrip("/")
    )
    context = {
        "nav_active": "evidence",
        "zone": zone,
        "newest": newest,
        "root": short_hash(bytes(newest.checkpoint.root)) if newest else "",
        "checkpoints": [(one, short_hash(bytes(one.root))) for one in list_checkpoints(firm_id)],
        "kept": _named(actor, list_kept(firm_id)),
        "keys": [(key, VerifyingKey.parse(key.vkey).key_id.hex()) for key in keys],
        "witnesses": list_witnesses(firm_id=firm_id, now=now),
        "alarms": _named(actor, list_alarms(firm_id)),
        "tools": list_tools(),
        "can_export": allows(actor, Action.EVIDENCE_EXPORT),
        "can_edit": allows(actor, Action.WITNESS_EDIT),
        "commands": commands,
    }
    return render(request, "tenants/evidence.html", context)


@require_safe
@firm_page(Action.EVIDENCE_VIEW)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Hand out the newest checkpoint as a file to keep."""
    actor, _zone = _where(request)
    try:
        size, note = keep_checkpoint(actor=actor)
    except NothingSigned as error:
        messages.warning(request, str(error.message))
        return redirect("evidence")
    return _attached(HttpResponse(note, content_type="text/plain; charset=utf-8"), f"checkpoint-{size}.txt")


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page(Action.EVIDENCE_EXPORT)
@step_up
def download(request: HttpRequest) -> Any:
    """Ask for a period and a reason, then hand out its evidence as a ZIP."""
    actor, zone = _where(request)
    form = EvidenceForm(request.POST if request.method == "POST" else None)
    problems: list[str] = []
    if form.is_valid():
        since, until = form.period(zone)
        try:
            taken = export_evidence(
                actor=actor,
                session_key=str(request.session.session_key),
                since=since,
                until=until,
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except (NothingSigned, EvidenceBroken) as error:
            problems = [str(error.message)]
        else:
            response = StreamingHttpResponse(taken.file.read(), content_type="application/zip")
            if taken.length is not None:
                response["Content-Length"] = str(taken.length)
            return _attached(response, f"evidence-{taken.start}-{taken.end}-of-{taken.size}.zip")
    context = {"form": form, "problems": problems, "nav_active": "evidence"}
    status = 422 if request.method == "POST" else 200
    return render(request, "tenants/evidence_download.html", context, status=status)


@require_safe
@firm_page(Action.EVIDENCE_VIEW)
def tool(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out one of the two tools, as its file is."""
    found = load_tool(name)
    if found is None:
        raise Http404
    return _attached(HttpResponse(found.octets, content_type="text/x-python; charset=utf-8"), found.name)


def _where(request: HttpRequest) -> tuple[Actor, ZoneInfo]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, ZoneInfo(get_firm(actor.own_firm_id).time_zone)


def _named(actor: Actor, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    rows = list(entries)
    people = load_people(firm_id=actor.own_firm_id, ids=[entry.actor_id for entry in rows if entry.actor_id])
    return [
        {
            "entry": entry,
            "act": act_of(entry.event, allowed=entry.allowed),
            "who": people[entry.actor_id].name if entry.actor_id in people else "",
            "why": code_words(entry.reason) if entry.reason else "",
            "is_bundle": entry.event == Event.EVIDENCE_EXPORTED,
        }
        for entry in rows
    ]


def _attached(response: Response, name: str) -> Response:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
